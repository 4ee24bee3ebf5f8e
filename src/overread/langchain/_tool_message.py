"""What a tool saw, in a few lines that a language model may read: no value of a patient, nothing a file could plant."""

import re
from collections.abc import Sequence

from overread.errors import Unreadable
from overread.outputs.evidence_text import maker_of, value_of, words
from overread.records import Evidence, HeaderValue, Refusal, ToolFailure

CAUTION = "A model's output, not a diagnosis: a radiologist decides."
IMAGE_KEYWORDS = frozenset(
    {"ViewPosition", "PixelSpacing", "ImagerPixelSpacing", "PhotometricInterpretation", "BitsStored"}
    | {"BurnedInAnnotation", "Rows", "Columns", "Modality", "ImageLaterality"}
)
CODED = re.compile(r"PA|AP|LATERAL|MONOCHROME[12]|YES|NO|none|[A-Z]{1,2}|\d{1,6}|[\d.e+-]{1,12}\\[\d.e+-]{1,12} mm")
"""Values of those keywords that are a code or a figure; free text of a header reaches no language model."""


def message_of(evidence: Sequence[Evidence], failure: ToolFailure | None = None) -> str:
    """Give one line for each piece of evidence, with its id; where it lies and how it came about stay in the record.

    A `failure` says what is missing: a question that was not answered is named, as its asker put it.
    """
    shown = [item for item in evidence if _may_be_told(item)]
    lines = [f"[{item.id}] {_line(item)}" for item in shown]
    if kept := len(evidence) - len(shown):
        lines.append(f"{kept} header values are not told here.")
    if failure is not None:
        lines.append(f"Not all was seen ({words(failure.kind)}): {failure.message}.")
        lines += [f"Not answered: {question.text}" for question in failure.questions]
    makers = dict.fromkeys(maker_of(item.provenance) for item in evidence)
    return "\n".join([*lines, *makers, CAUTION]) if evidence else f"Nothing was seen. {CAUTION}"


def why_not(refusal: Refusal | Unreadable) -> str:
    """Say why an input was refused by its type alone: its detail may quote a header or a file's name."""
    return f"The study is refused ({words(refusal.reason)}). {refusal.next_step.rstrip('.')}."


def _may_be_told(item: Evidence) -> bool:
    payload = item.payload
    if not isinstance(payload, HeaderValue):
        return True
    return payload.keyword in IMAGE_KEYWORDS and CODED.fullmatch(payload.value) is not None


def _line(item: Evidence) -> str:
    region = item.locator.region
    where = "" if region is None else f", at x {region.x}, y {region.y}, {region.width} × {region.height} px"
    return " ".join(value_of(item.payload).split()) + where
