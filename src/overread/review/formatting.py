"""Say dates, ages, probabilities and evidence in the words of a reader."""

from datetime import datetime

from overread.outputs.evidence_text import value_of
from overread.records import (
    Activation,
    Answer,
    Box,
    Claim,
    HeaderValue,
    Laterality,
    Mask,
    Measurement,
    Payload,
    Retrieved,
    RunOutcome,
    Score,
)

CERTAINTY = (
    (0.95, "almost certain"),
    (0.75, "likely"),
    (0.55, "more likely than not"),
    (0.45, "as likely as not"),
    (0.25, "less likely than not"),
    (0.05, "unlikely"),
    (0.0, "very unlikely"),
)
"""Lower bound of a calibrated probability, and the word for it."""


def certainty_words(probability: float) -> str:
    """Give the word for a calibrated probability."""
    return next(word for bound, word in CERTAINTY if probability >= bound)


def date_words(date: str | None) -> str:
    """Write a DICOM date (YYYYMMDD) as YYYY-MM-DD; anything else that is not empty as it stands."""
    if not date:
        return "not stated"
    return f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 and date.isdigit() else date


def moment_words(at: datetime) -> str:
    """Write a time to the second, with UTC after it where that is its zone; another zone is not named."""
    return at.strftime("%Y-%m-%d %H:%M:%S") + (" UTC" if at.utcoffset() is not None and not at.utcoffset() else "")


def sided(name: str, laterality: Laterality | None) -> str:
    """Put the side, where there is one, before a name."""
    return f"{laterality} {name}" if laterality else name


def structure_words(name: str) -> str:
    """Write a structure or measurement name as words."""
    return name.replace("_", " ")


def payload_words(payload: Payload) -> str:
    """Say what one piece of evidence states, in one line."""
    match payload:
        case Score():
            return _score_words(payload)
        case Mask():
            return f"Mask of the {structure_words(payload.structure)}, {payload.area_pixels:,} pixels"
        case Box():
            return f"Box around {payload.label}"
        case Activation():
            return f"Where the network looked for {payload.label}"
        case Measurement():
            unit = "" if payload.unit == "1" else f" {payload.unit}"
            return f"{structure_words(payload.name).capitalize()} {payload.value:.3g}{unit} ({payload.method})"
        case Answer():
            return f"“{payload.question}” {payload.answer}"
        case Claim():
            return f"Report model: “{payload.text}”"
        case HeaderValue():
            return f"{payload.keyword} = {payload.value}" + (f" ({payload.note})" if payload.note else "")
        case Retrieved():
            return f"A similar study, similarity {payload.similarity:.2f}"
        case _:
            return value_of(payload)


def short_words(payload: Payload) -> str:
    """Say the same in a word or two, for a chip."""
    match payload:
        case Score():
            return f"{payload.probability:.2f}"
        case Mask():
            return structure_words(payload.structure)
        case Activation():
            return "heat map"
        case Measurement():
            return f"{payload.value:.3g}"
        case Answer():
            return f"“{payload.answer[:24]}”"
        case Claim():
            return payload.section
        case HeaderValue():
            return payload.keyword
        case Retrieved():
            return f"{payload.similarity:.2f}"
        case RunOutcome():
            return payload.of_tool
        case _:
            return payload.kind


def _score_words(score: Score) -> str:
    kind = "" if score.calibrated else ", not calibrated"
    limit = "" if score.threshold is None else f", threshold {score.threshold:.2f}"
    return f"{score.label}: {score.probability:.2f} by {score.method.replace('_', '-')}{limit}{kind}"
