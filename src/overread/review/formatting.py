"""Say dates, ages, probabilities and evidence in the words of a reader."""

from datetime import datetime

from overread.outputs.evidence_text import value_of
from overread.records import (
    Activation,
    Answer,
    Box,
    Change,
    Claim,
    GateVerdict,
    Growth,
    HeaderValue,
    Laterality,
    Lettering,
    Mask,
    Measurement,
    OrderField,
    Outlook,
    Payload,
    PriorSought,
    Registration,
    Retrieved,
    RuleVerdict,
    RunOutcome,
    Score,
    Unassessed,
)
from overread.review.language import gettext, speech
from overread.speech import ENGLISH

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


KEPT = (
    Answer, HeaderValue, Lettering, OrderField, GateVerdict, RunOutcome, RuleVerdict, PriorSought, Registration, Growth,
    Change, Unassessed,
)  # fmt: skip
"""Evidence that is shown in the words of its record."""


def certainty_words(probability: float) -> str:
    """Give the word for a calibrated probability."""
    return next(word for bound, word in CERTAINTY if probability >= bound)


def date_words(date: str | None) -> str:
    """Write a DICOM date (YYYYMMDD) as days are written; anything else that is not empty as it stands."""
    if not date:
        return gettext("not stated")
    try:
        return speech().day(datetime.strptime(date, "%Y%m%d")) if len(date) == 8 else date
    except ValueError:  # a day that no calendar has is shown as it was sent
        return date


def moment_words(at: datetime) -> str:
    """Write a time to the second, with UTC after it where that is its zone; another zone is not named."""
    zone = " UTC" if at.utcoffset() is not None and not at.utcoffset() else ""
    return f"{speech().day(at)} {at:%H:%M:%S}{zone}"


def sided(label: str, laterality: Laterality | None) -> str:
    """Name a finding with its side, where there is one."""
    spoken, name = speech(), gettext(label)
    name = name.lower() if spoken is ENGLISH else name
    if laterality is not None:
        name = gettext("{side} {finding}").format(side=gettext(laterality), finding=name)
    return f"{name[:1].upper()}{name[1:]}"


def structure_words(name: str) -> str:
    """Write a structure or measurement name as words."""
    return gettext(name.replace("_", " "))


def payload_words(payload: Payload) -> str:
    """Say what one piece of evidence states, in one line."""
    match payload:
        case Score():
            return _score_words(payload)
        case Mask():
            words = gettext("Mask of the {structure}, {pixels} pixels")
            return words.format(
                structure=structure_words(payload.structure), pixels=speech().counted(payload.area_pixels)
            )
        case Box():
            return gettext("Box around {finding}").format(finding=gettext(payload.label))
        case Activation():
            return gettext("Where the network looked for {finding}").format(finding=gettext(payload.label))
        case Measurement():
            unit = "" if payload.unit == "1" else f" {payload.unit}"
            name, value = structure_words(payload.name), speech().figures(payload.value)
            return f"{name[:1].upper()}{name[1:]} {value}{unit} ({payload.method})"
        case Answer():
            return f"“{payload.question}” {payload.answer}"
        case Claim():
            return gettext("Report model: “{text}”").format(text=payload.text)
        case HeaderValue():
            return f"{payload.keyword} = {payload.value}" + (f" ({payload.note})" if payload.note else "")
        case Retrieved():
            words = gettext("A similar study, similarity {value}")
            return words.format(value=speech().number(payload.similarity, 2))
        case _:
            return value_of(payload)


def short_words(payload: Payload) -> str:
    """Say the same in a word or two, for a chip."""
    match payload:
        case Score() | Measurement() | Retrieved() | Outlook():
            return _figure_words(payload)
        case Mask():
            return structure_words(payload.structure)
        case Activation():
            return gettext("heat map")
        case Answer():
            return f"“{payload.answer[:24]}”"
        case Claim():
            return gettext(payload.section)
        case Box():
            return gettext("box")
        case HeaderValue():
            return payload.keyword
        case RunOutcome():
            return payload.of_tool
        case _:
            return payload.kind


def _figure_words(payload: Score | Measurement | Retrieved | Outlook) -> str:
    match payload:
        case Score() | Outlook():
            return speech().number(payload.probability, 2)
        case Measurement():
            return speech().figures(payload.value)
        case Retrieved():
            return speech().number(payload.similarity, 2)


def _score_words(score: Score) -> str:
    say = speech()
    words = gettext("{finding}: {value} by {method}").format(
        finding=gettext(score.label), value=say.number(score.probability, 2), method=score.method.replace("_", "-")
    )
    if score.threshold is not None:
        words += gettext(", threshold {value}").format(value=say.number(score.threshold, 2))
    return words if score.calibrated else words + gettext(", not calibrated")
