"""The pages of a PDF: head, foot with page numbers, watermark; the same report gives the same bytes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, SimpleDocTemplate

from overread.export._pdf_fonts import BOLD, REGULAR
from overread.export._pdf_labels import PageLabels

SIDE, TOP, BOTTOM = 20 * mm, 32 * mm, 22 * mm
INK, MUTED, WATERMARK = HexColor("#1b1f24"), HexColor("#59636e"), HexColor("#ececec")


def pages_of(story: Sequence[Flowable], labels: PageLabels, title: str, at: datetime) -> bytes:
    """Lay flowables out on A4 pages with their labels; `at` is the date that the file states as its own."""

    class _Pages(Canvas):
        """Keeps the pages until it is known how many there are."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.setDateFormatter(lambda *_: f"D:{at.astimezone(UTC):%Y%m%d%H%M%S}+00'00'")
            self._kept: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802
            self._kept.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]  # the recipe of reportlab for "page n of m"

        def save(self) -> None:
            for page in self._kept:
                self.__dict__.update(page)
                _foot(self, labels, len(self._kept))
                super().showPage()
            super().save()

    stream = BytesIO()
    document = SimpleDocTemplate(
        stream, pagesize=A4, leftMargin=SIDE, rightMargin=SIDE, topMargin=TOP, bottomMargin=BOTTOM,
        title=title, author="Overread", creator=labels.software, producer="ReportLab", subject="", lang="en",
        invariant=1,
    )  # fmt: skip

    def head(canvas: Canvas, _: object) -> None:
        _watermark(canvas, labels)
        _head(canvas, labels, title)

    document.build(list(story), onFirstPage=head, onLaterPages=head, canvasmaker=_Pages)
    return stream.getvalue()


def _head(canvas: Canvas, labels: PageLabels, title: str) -> None:
    width, height = A4
    right = width - SIDE
    _fitted(canvas, BOLD, 10.5, labels.patient, (right - SIDE) * 0.68)
    canvas.setFillColor(INK)
    canvas.drawString(SIDE, height - 16 * mm, labels.patient)
    canvas.setFont(BOLD, 9)
    canvas.drawRightString(right, height - 16 * mm, title)
    canvas.setFillColor(MUTED)
    _fitted(canvas, REGULAR, 8, labels.details, (right - SIDE) * 0.6)
    canvas.drawString(SIDE, height - 21 * mm, labels.details)
    _fitted(canvas, REGULAR, 8, labels.study, (right - SIDE) * 0.38)
    canvas.drawRightString(right, height - 21 * mm, labels.study)
    canvas.setStrokeColor(MUTED)
    canvas.setLineWidth(0.5)
    canvas.line(SIDE, height - 24 * mm, right, height - 24 * mm)


def _foot(canvas: Canvas, labels: PageLabels, pages: int) -> None:
    width, _ = A4
    canvas.setFillColor(MUTED)
    canvas.setStrokeColor(MUTED)
    canvas.setLineWidth(0.5)
    canvas.line(SIDE, 16 * mm, width - SIDE, 16 * mm)
    left = f"{labels.watermark} · {labels.software}" if labels.watermark else labels.software
    _fitted(canvas, REGULAR, 7.5, left, (width - 2 * SIDE) * 0.84)
    canvas.drawString(SIDE, 11.5 * mm, left)
    canvas.setFont(REGULAR, 7.5)
    canvas.drawRightString(width - SIDE, 11.5 * mm, f"Page {canvas.getPageNumber()} of {pages}")


def _watermark(canvas: Canvas, labels: PageLabels) -> None:
    if labels.watermark is None:
        return
    width, height = A4
    canvas.saveState()
    canvas.translate(width / 2, height / 2)
    canvas.rotate(52)
    canvas.setFont(BOLD, 80)
    canvas.setFillColor(WATERMARK)
    canvas.drawCentredString(0, -26, labels.watermark)
    canvas.restoreState()


def _fitted(canvas: Canvas, font: str, size: float, text: str, most: float) -> None:
    """Set a font in which a line fits into a width in points, down to 5 points: an identity is never cut."""
    wide = canvas.stringWidth(text, font, size)
    canvas.setFont(font, max(5.0, size * most / wide) if wide > most else size)
