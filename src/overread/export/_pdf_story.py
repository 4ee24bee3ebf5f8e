"""What stands between head and foot of a PDF: the document's parts as flowing paragraphs, everything escaped."""

from collections.abc import Iterator, Sequence
from functools import cache
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, KeepTogether, Paragraph, Spacer

from overread.export._pdf_fonts import BOLD, REGULAR
from overread.outputs.document import Document, Source
from overread.outputs.statement_view import SectionView, StatementView

MUTED = "#59636e"


def story_of(document: Document, signature: Sequence[str], made_by: Sequence[str]) -> list[Flowable]:
    """Lay a document out; `signature` are the lines of the block below the report, `made_by` those of the software."""
    return [
        *_top(document),
        *(part for section in document.sections for part in _section(section)),
        *_list("Addenda", document.addenda, "body"),
        *_signature(signature, signed=document.kind == "final"),
        *_list("Withheld statements", [f"({item.section}) {item.text}" for item in document.withheld]),
        *_list("Open conflicts", document.conflicts),
        *_list("Tools that failed", document.failures),
        *_list("Notes", document.notes),
        *_list("Versions of this report", document.versions),
        *_evidence(document),
        *_list("Made by", made_by),
    ]


def _top(document: Document) -> Iterator[Flowable]:
    yield Paragraph(escape(document.title), _style("title"))
    yield from (Paragraph(escape(banner), _style("banner")) for banner in document.banners)
    yield Spacer(0, 4)
    for name, value in document.facts:
        yield Paragraph(f'<font color="{MUTED}">{escape(name)}:</font> {escape(value)}', _style("fact"))
    yield Spacer(0, 4)
    yield from (Paragraph(escape(alert), _style("alert")) for alert in document.alerts)


def _section(section: SectionView) -> list[Flowable]:
    lines = [Paragraph(_sentence(item), _style("body"), bulletText="–") for item in section.statements]
    return [KeepTogether([Paragraph(escape(section.title), _style("heading")), *lines[:2]]), *lines[2:]]


def _sentence(item: StatementView) -> str:
    marks = " ".join(f'<a href="#e{number}" color="#1f4e79">[{number}]</a>' for number in item.numbers)
    own = f' <font color="{MUTED}">(reviewer\'s wording)</font>' if item.edited else ""
    return f'{escape(item.text)} <font size="7">{marks}</font>{own}'


def _list(title: str, lines: Sequence[str], style: str = "small") -> list[Flowable]:
    if not lines:
        return []
    items = [Paragraph(escape(line), _style(style), bulletText="–") for line in lines]
    return [KeepTogether([Paragraph(title, _style("heading")), items[0]]), *items[1:]]


def _signature(lines: Sequence[str], *, signed: bool) -> list[Flowable]:
    style = _style("signature" if signed else "unsigned")
    return [Spacer(0, 8), Paragraph("<br/>".join(escape(line) for line in lines), style)]


def _evidence(document: Document) -> list[Flowable]:
    if not document.cited:
        return []
    items = [Paragraph(_source(item), _style("small"), bulletText=f"{item.number}.") for item in document.cited]
    more = len(document.uncited)
    kept = f"{more} more {'piece' if more == 1 else 'pieces'} of evidence, which no sentence cites, in the case file."
    rest = [Paragraph(kept, _style("small"))] if more else []
    return [KeepTogether([Paragraph("Evidence", _style("heading")), items[0]]), *items[1:], *rest]


def _source(item: Source) -> str:
    origin = escape(f"{item.maker} · {item.place} · {item.id}")
    return f'<a name="e{item.number}"/>{escape(item.value)}<br/><font size="6.5" color="{MUTED}">{origin}</font>'


@cache
def _style(name: str) -> ParagraphStyle:
    body = ParagraphStyle(
        "body", fontName=REGULAR, fontSize=9.5, leading=13.5, leftIndent=12, bulletIndent=0, bulletFontName=REGULAR,
        bulletFontSize=9, textColor=HexColor("#1b1f24"), spaceAfter=2, splitLongWords=1,
    )  # fmt: skip
    small = ParagraphStyle(
        "small", body, fontSize=8, leading=10.5, bulletFontSize=8, leftIndent=20, spaceAfter=2.5, wordWrap=None
    )
    box = ParagraphStyle("box", body, leftIndent=0, borderPadding=5, spaceBefore=12, spaceAfter=12)
    found = {
        "title": ParagraphStyle("title", body, fontName=BOLD, fontSize=15, leading=19, leftIndent=0, spaceAfter=11),
        "heading": ParagraphStyle(
            "heading", body, fontName=BOLD, fontSize=10.5, leading=14, leftIndent=0, spaceBefore=9, spaceAfter=3
        ),
        "banner": ParagraphStyle(
            "banner", box, fontName=BOLD, fontSize=8.5, leading=11, backColor=HexColor("#fff4d6"), spaceAfter=10
        ),
        "alert": ParagraphStyle("alert", box, fontName=BOLD, backColor=HexColor("#fde8e4")),
        "fact": ParagraphStyle("fact", body, leftIndent=0, fontSize=8.5, leading=11.5, spaceAfter=0),
        "signature": ParagraphStyle("signature", box, borderWidth=0.8, borderColor=HexColor("#1b1f24")),
        "unsigned": ParagraphStyle("unsigned", box, fontName=BOLD, borderWidth=0.8, borderColor=HexColor("#b58100")),
    }
    return {"body": body, "small": small, **found}[name]
