"""One finding in one sentence: what is there, how sure, who disagrees; and the wordings it falls back to."""

from collections.abc import Iterable
from typing import NamedTuple

from overread.agents._comparison import on, since
from overread.agents._draft_inputs import ABOUT_PLACE, ABOUT_SIDE, ONE_VOICE, DraftInputs
from overread.agents._feedback import statement
from overread.agents._phrases import capital, named
from overread.reasoning.opinions import ratio_status
from overread.reasoning.vocabulary import TERMS
from overread.records import Evidence, Finding, Laterality, Measurement, Section, Statement

MOST_TRUSTED = " according to the most trusted tool"
MEASURABLE = ("present", "absent", "uncertain")
"""What can be said of a label; one that was not assessed is named among the limitations."""


class Since(NamedTuple):
    """What became of a finding, in words, and the evidence that says so."""

    evidence_id: str
    words: str
    """To follow what is there, with its own punctuation."""


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
    head = _head(inputs, finding, side, ratio)
    full = [_text(finding, f"{head}{told.words}", tails) for told in _since(inputs, finding)]
    return (*_compared(inputs, "findings", full, cited, finding), *_statements("findings", texts, cited, finding))


def impression_wordings(inputs: DraftInputs, finding: Finding) -> tuple[Statement, ...]:
    """Give the sentences for the impression: short, with the critical category when it is urgent."""
    side = said_side(inputs, finding)
    texts = [_short(inputs, finding, each) for each in dict.fromkeys((side, None))]
    cited = _cited(inputs, finding, None)
    full = [_short(inputs, finding, side, told.words) for told in _since(inputs, finding)]
    return (*_compared(inputs, "impression", full, cited, finding), *_statements("impression", texts, cited, finding))


def stands_alone(inputs: DraftInputs, finding: Finding) -> bool:
    """Say whether an absence needs a sentence of its own: a contested one, an alert, a heart that was measured."""
    if finding.status != "absent":
        return False
    alerted = any(alert.label == finding.label for alert in inputs.alerts)
    measured = finding.label == "Cardiomegaly" and inputs.ratio() is not None
    resolved = finding.change == "resolved"
    return alerted or measured or resolved or bool(inputs.open_rules(finding.label))


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
    placed = side is not None and side == finding.laterality and ABOUT_PLACE not in inputs.open_rules(finding.label)
    place = finding.location if placed else None
    status = finding.status if finding.status in MEASURABLE else "absent"
    return inputs.style.says(status, finding.label, side, place) + who


def _since(inputs: DraftInputs, finding: Finding) -> tuple[Since, ...]:
    """Say what became of a finding since the earlier study; empty where there is nothing to say."""
    told, when = inputs.change(finding), since(inputs.earlier)
    if told is None:
        return ()
    identity, change = told
    match change.course:
        case "cannot_compare":
            if (finding.status, change.then) != ("present", "present"):
                return ()
            return (Since(identity, f", present {on(inputs.earlier)} too; its extent was not compared"),)
        case "resolved" if finding.label == "Cardiomegaly":
            return (Since(identity, f"; cardiomegaly resolved {when}"),)
        case course:
            return (Since(identity, f", {course} {when}"),)


def _compared(
    inputs: DraftInputs, section: Section, texts: Iterable[str], cited: Iterable[str], finding: Finding
) -> tuple[Statement, ...]:
    """Make the sentences that say what became of a finding; they cite the comparison as well."""
    both = (*cited, *(told.evidence_id for told in _since(inputs, finding)))
    return _statements(section, texts, both, finding)


def _short(inputs: DraftInputs, finding: Finding, side: Laterality | None, change: str = "") -> str:
    tails = _tails(inputs, finding)
    if finding.status == "present":
        critical = TERMS[finding.label].critical
        urgent = [f"critical result, category {critical}"] if critical else []
        who = MOST_TRUSTED if inputs.contested(finding.label) else ""
        return _text(finding, capital(named(finding.label, side)) + who + change, [*urgent, *tails])
    return _text(finding, _head(inputs, finding, side, None) + change, tails)


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
