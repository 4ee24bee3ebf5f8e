"""Payloads in one short call: a score, a ratio, an answer, a claim."""

from typing import Literal

from overread.records import Answer, Assertion, Claim, HeaderValue, Laterality, Measurement, Score, Status


def make_score(label: str, probability: float, *, band: tuple[float, float] | None = None) -> Score:
    """Score a label by a calibrated head whose operating point is 0.5."""
    return Score(label=label, probability=probability, threshold=0.5, band=band, calibrated=True, method="head")


def make_ratio(value: float) -> Measurement:
    """Measure a cardiothoracic ratio."""
    return Measurement(name="cardiothoracic_ratio", value=value, unit="1", method="widths of the masks")


def make_answer(
    label: str, status: Status, laterality: Laterality | None = None, question: str | None = None
) -> Answer:
    """Answer the question whether a label is there, on a side when one is named."""
    side = f"{laterality} " if laterality else ""
    words = {"present": "yes", "absent": "no", "uncertain": "cannot tell", "not_assessed": "cannot tell"}
    asked = question or f"Is there {side}{label.lower()}?"
    return Answer(question=asked, answer=words[status], label=label, status=status, laterality=laterality)


def make_claim(
    text: str,
    label: str | None = None,
    status: Literal["present", "absent", "uncertain"] = "present",
    laterality: Laterality | None = None,
    *,
    section: Literal["findings", "impression"] = "findings",
) -> Claim:
    """Claim a sentence, with the one assertion it makes when a label is named."""
    said = (
        () if label is None else (Assertion(label=label, status=status, laterality=laterality, start=0, end=len(text)),)
    )
    return Claim(text=text, section=section, assertions=said)


def make_header(keyword: str = "ViewPosition", value: str = "PA") -> HeaderValue:
    """State one header value, the view PA unless another is given."""
    return HeaderValue(keyword=keyword, value=value)
