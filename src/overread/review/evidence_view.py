"""Evidence as the page shows it, with the way back to the sentences and findings that rest on it."""

from dataclasses import dataclass

from overread.records import (
    NO_MODEL,
    Activation,
    Answer,
    Box,
    CaseFile,
    Change,
    Claim,
    Evidence,
    Growth,
    Payload,
    Score,
)
from overread.review.formatting import KEPT, payload_words, short_words
from overread.review.language import gettext
from overread.review.overlays import drawn_for
from overread.review.pictures import images_of, number_of


@dataclass(frozen=True)
class EvidenceView:
    """One thing a tool saw, and how it came about."""

    id: str
    tool: str
    kind: str
    what: str
    english: bool
    """True where that is said by the record itself, which stays as it is in a page of any language."""
    short: str
    """What it says in a word or two, for a chip."""
    where: str
    picture: int | None
    """Number of the picture it points at."""
    drawn: tuple[str, ...]
    """Evidence ids of the overlays that show it; empty = the whole picture."""
    labels: tuple[str, ...]
    """Findings that it speaks of."""
    maker: str
    """The tool, and the model where it has one."""
    weights: str | None
    prompt: str | None
    seconds: float
    started: str
    parameters: str
    cited_by: tuple[str, ...]
    """Ids of the statements that cite it."""


def evidence_views(file: CaseFile) -> tuple[EvidenceView, ...]:
    """Lay out all evidence in the order of the file; `cited_by` comes from the draft, whether signed or not."""
    citing: dict[str, list[str]] = {}
    for statement in file.draft.statements if file.draft else ():
        for identity in statement.citations:
            citing.setdefault(identity, []).append(statement.id)
    return tuple(_view(file, item, tuple(citing.get(item.id, ()))) for item in file.evidence)


def _view(file: CaseFile, item: Evidence, cited_by: tuple[str, ...]) -> EvidenceView:
    how = item.provenance
    picture = number_of(file.case, item.locator.sop_instance_uid, item.locator.frame)
    return EvidenceView(
        id=item.id,
        tool=item.tool,
        kind=item.payload.kind,
        what=payload_words(item.payload),
        english=isinstance(item.payload, KEPT),
        short=short_words(item.payload),
        where=_where(file, item, picture),
        picture=picture,
        drawn=drawn_for(item, file.evidence),
        labels=_labels(item.payload),
        maker=item.tool if how.model == NO_MODEL else f"{item.tool} · {how.model}",
        weights=how.weights_digest,
        prompt=how.prompt,
        seconds=(how.ended - how.started).total_seconds(),
        started=how.started.strftime("%H:%M:%S"),
        parameters=", ".join(f"{name}={value}" for name, value in sorted(how.parameters.items())),
        cited_by=cited_by,
    )


def _where(file: CaseFile, item: Evidence, picture: int | None) -> str:
    if picture is None:
        return gettext("an image that this case does not hold")
    view = images_of(file.case)[picture][1].view or gettext("view unknown")
    region = item.locator.region
    spot = gettext("whole image") if region is None else f"x {region.x}–{region.x + region.width}, y {region.y}–"
    return f"{view}, {spot}" + ("" if region is None else f"{region.y + region.height}")


def _labels(payload: Payload) -> tuple[str, ...]:
    match payload:
        case Claim(assertions=said):
            return tuple(dict.fromkeys(assertion.label for assertion in said))
        case Score() | Box() | Activation() | Growth() | Change():
            return (payload.label,)
        case Answer(label=str(label)):
            return (label,)
        case _:
            return ()
