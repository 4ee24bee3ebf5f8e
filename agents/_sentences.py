"""One finding in one sentence: what is there, how sure, who disagrees; and the wordings it falls back to."""

from collections.abc import Iterable

from overread.agents._draft_inputs import ABOUT_SIDE, ONE_VOICE, DraftInputs
from overread.agents._feedback import statement
from overread.agents._phrases import capital, named
from overread.reasoning.opinions import ratio_status
from overread.reasoning.vocabulary import TERMS
from overread.records import Evidence, Finding, Laterality, Measurement, Section, Statement

MOST_TRUSTED = " according to the most trusted tool"
MEASURABLE = ("present", "absent", "uncertain")
"""What can be said of a label; one that was not assessed is named among the limitations."""


def finding_wordings(inputs: DraftInputs, finding: Finding) -> tuple[Statement, ...]:
    """Give the sentences for the findings section, the fullest first; each later one claims less."""
    side = said_side(inputs, finding)
    ratio = _fitting_ratio(inputs, finding)
    tails = _tails(inputs, finding)
    texts = [_text(finding, _head(inputs, finding, side, ratio), tails)]
    if side is not None:
        texts.append(_text(finding, _head(inputs, finding, None, None), tails))
    if finding.status == "present":
        texts.append(f"{inputs.style.says('uncertain', finding.label, None)}.")
    cited = _cited(inputs, finding, ratio)
    return _statements("findings", texts, cited, finding)


def impression_wordings(inputs: DraftInputs, finding: Finding) -> tuple[Statement, ...]:
    """Give the sentences for the impression: short, with the critical category when it is urgent."""
    side = said_side(inputs, finding)
    texts = [_short(inputs, finding, each) for each in dict.fromkeys((side, None))]
    return _statements("impression", texts, _cited(inputs, finding, None), finding)


def stands_alone(inputs: DraftInputs, finding: Finding) -> bool:
    """Say whether an absence needs a sentence of its own: a contested one, an alert, a heart that was measured."""
    if finding.status != "absent":
        return False
    alerted = any(alert.label == finding.label for alert in inputs.alerts)
    measured = finding.label == "Cardiomegaly" and inputs.ratio() is not None
    return alerted or measured or bool(inputs.open_rules(finding.label))


def ratio_sentence(inputs: DraftInputs) -> Statement | None:
    """Give the cardiothoracic ratio on its own, where no sentence about the heart holds it."""
    ratio = inputs.ratio()
    heart = inputs.finding("Cardiomegaly")
    if ratio is None or (heart is not None and _fitting_ratio(inputs, heart) is not None):
        return None
    return statement("findings", f"The cardiothoracic ratio is {_value(ratio)}.", (ratio.id,))


def negative_wordings(
    inputs: DraftInputs, group: list[Finding], section: Section = "findings"
) -> tuple[Statement, ...]:
    """Deny several findings in one sentence."""
    cited = [identity for finding in group for identity in finding.evidence_ids]
    made = statement(
        section,
        f"{inputs.style.denies([finding.label for finding in group])}.",
        cited,
        [finding.id for finding in group],
    )
    return (made,) if made else ()


def _head(inputs: DraftInputs, finding: Finding, side: Laterality | None, ratio: Evidence | None) -> str:
    who = MOST_TRUSTED if inputs.contested(finding.label) and finding.status != "uncertain" else ""
    if ratio is not None and finding.label == "Cardiomegaly":
        return f"{inputs.style.heart(finding.status)}{who}, cardiothoracic ratio {_value(ratio)}"
    place = finding.location if side is not None and side == finding.laterality else None
    status = finding.status if finding.status in MEASURABLE else "absent"
    return inputs.style.says(status, finding.label, side, place) + who


def _short(inputs: DraftInputs, finding: Finding, side: Laterality | None) -> str:
    tails = _tails(inputs, finding)
    if finding.status == "present":
        critical = TERMS[finding.label].critical
        urgent = [f"critical result, category {critical}"] if critical else []
        who = MOST_TRUSTED if inputs.contested(finding.label) else ""
        return _text(finding, capital(named(finding.label, side)) + who, [*urgent, *tails])
    return _text(finding, _head(inputs, finding, side, None), tails)


def _text(finding: Finding, head: str, tails: Iterable[str]) -> str:
    return "; ".join((head, *tails)) + "."


def _tails(inputs: DraftInputs, finding: Finding) -> list[str]:
    rules = inputs.open_rules(finding.label)
    tails = ["the tools disagree"] if inputs.contested(finding.label) else []
    if ABOUT_SIDE in rules:
        tails.append("the tools disagree on the side")
    if ONE_VOICE in rules:
        tails.append("described by one model only")
    raised = any(alert.label == finding.label for alert in inputs.alerts)
    if raised and finding.status != "present":
        tails.append(f"an alert of category {TERMS[finding.label].critical} was raised")
    return tails


def said_side(inputs: DraftInputs, finding: Finding) -> Laterality | None:
    """Give the side that may be said: none while it is contested."""
    return None if ABOUT_SIDE in inputs.open_rules(finding.label) else finding.laterality


def _fitting_ratio(inputs: DraftInputs, finding: Finding) -> Evidence | None:
    """Give the ratio when it belongs in the sentence about the heart: not when it says the opposite."""
    ratio = inputs.ratio()
    if ratio is None or finding.label != "Cardiomegaly" or finding.status not in MEASURABLE:
        return None
    measured = ratio.payload
    if not isinstance(measured, Measurement):
        return None
    opposite = "present" if finding.status == "absent" else "absent"
    return None if ratio_status(inputs.case, ratio, measured.value) == opposite else ratio


def _value(ratio: Evidence) -> str:
    return f"{ratio.payload.value:.2f}" if isinstance(ratio.payload, Measurement) else ""


def _cited(inputs: DraftInputs, finding: Finding, ratio: Evidence | None) -> tuple[str, ...]:
    against = finding.against_ids if inputs.contested(finding.label) else ()
    return (*finding.evidence_ids, *against, *((ratio.id,) if ratio else ()))


def _statements(
    section: Section, texts: Iterable[str], cited: Iterable[str], finding: Finding
) -> tuple[Statement, ...]:
    made = (statement(section, text, tuple(cited), (finding.id,)) for text in dict.fromkeys(texts))
    return tuple(item for item in made if item is not None)
