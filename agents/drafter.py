"""Compose the draft from findings: code chooses every sentence, and every sentence cites the evidence it rests on."""

from collections.abc import Iterable, Sequence

from overread.agents._draft_inputs import DraftInputs
from overread.agents._feedback import Feedback, statement
from overread.agents._limits import limitations
from overread.agents._phrases import GROUPS
from overread.agents._sentences import finding_wordings, impression_wordings, negative_wordings, ratio_sentence
from overread.ports import EvidenceIndex
from overread.reasoning.priors import comparable_priors
from overread.reasoning.vocabulary import TERMS
from overread.records import (
    Alert,
    Case,
    Conflict,
    DraftReport,
    Finding,
    Objection,
    Plan,
    Review,
    Section,
    Statement,
    ToolFailure,
)

DRAFTER = "sentences@1"
"""Who wrote the draft; changes whenever the same findings may be worded otherwise."""
BANNER = "DRAFT – NOT SIGNED – research use, not a medical device"
PHANTOM_BANNER = f"{BANNER} – SYNTHETIC PHANTOM"
ORDER = tuple(label for group in GROUPS for label in group)
NOTHING = "No acute finding identified by the models."
NO_STATEMENT = "The models give no basis for an overall statement."


def draft(
    case: Case,
    plan: Plan,
    findings: Sequence[Finding],
    evidence: EvidenceIndex,
    failures: Sequence[ToolFailure],
    conflicts: Sequence[Conflict],
    alerts: Sequence[Alert],
    *,
    revision: int = 0,
    feedback: Iterable[Objection | Review | object] = (),
) -> DraftReport:
    """Write the draft; what `feedback` refused comes in a wording that claims less, or not at all.

    A sentence without evidence to cite is not written: with no evidence at all the draft is empty.
    """
    inputs = DraftInputs(case, plan, findings, evidence, failures, conflicts, alerts)
    said = Feedback.of(feedback)
    seen, withdrawn = _findings(inputs, said)
    sections: dict[Section, tuple[Statement, ...]] = {
        "indication": _chosen(said, "indication", _indication(inputs)),
        "technique": _chosen(said, "technique", _technique(inputs)),
        "comparison": _chosen(said, "comparison", _comparison(inputs)),
        "findings": seen,
        "impression": _impression(inputs, said, withdrawn),
        "limitations": tuple(
            kept for item in limitations(inputs, withdrawn) if (kept := said.choose("limitations", (item,))) is not None
        ),
    }
    return DraftReport(
        sections=sections,
        drafter=DRAFTER,
        revision=revision,
        banner=PHANTOM_BANNER if case.study.synthetic else BANNER,
    )


def _findings(inputs: DraftInputs, said: Feedback) -> tuple[tuple[Statement, ...], list[str]]:
    """Write the findings section, and name the labels whose sentence had to go."""
    kept: list[Statement] = []
    withdrawn: list[str] = []
    for finding in _in_order(inputs):
        if finding.status in ("present", "uncertain") or _stands_alone(inputs, finding):
            chosen = said.choose("findings", finding_wordings(inputs, finding))
            kept += [chosen] if chosen else []
            withdrawn += [] if chosen else [finding.label]
    ratio = ratio_sentence(inputs)
    if ratio and (chosen := said.choose("findings", (ratio,))):
        kept.append(chosen)
    for group in GROUPS:
        absent = [f for f in _in_order(inputs) if f.label in group and f.status == "absent"]
        denied, gone = _negatives(inputs, said, [f for f in absent if not _stands_alone(inputs, f)])
        kept += denied
        withdrawn += gone
    return tuple(kept), withdrawn


def _negatives(inputs: DraftInputs, said: Feedback, group: list[Finding]) -> tuple[list[Statement], list[str]]:
    """Deny a group in one sentence; one that was refused is taken apart, to lose only what does not hold."""
    if not group:
        return [], []
    together = said.choose("findings", negative_wordings(inputs, group))
    single = {finding.label: negative_wordings(inputs, [finding]) for finding in group}
    refused = {item.id for wordings in single.values() for item in wordings} & (said.refused | said.dropped)
    if together is not None and not (refused and len(group) > 1):
        return [together], []
    chosen = {label: said.choose("findings", wordings) for label, wordings in single.items()}
    return [item for item in chosen.values() if item], [label for label, item in chosen.items() if item is None]


def _impression(inputs: DraftInputs, said: Feedback, withdrawn: Sequence[str]) -> tuple[Statement, ...]:
    """Write the impression: critical results first, then what is present, contested urgent ones, and the possible."""
    named = [f for f in _in_order(inputs) if _belongs_in_impression(inputs, f) and f.label not in withdrawn]
    chosen = (said.choose("impression", impression_wordings(inputs, f)) for f in sorted(named, key=_urgency))
    kept = tuple(item for item in chosen if item is not None)
    return kept or _overall(inputs, said)


def _overall(inputs: DraftInputs, said: Feedback) -> tuple[Statement, ...]:
    """Say that nothing was found only when every core label was assessed and nothing is contested."""
    none = inputs.finding("No Finding")
    waiting = any(conflict.label and conflict.resolution == "open" for conflict in inputs.conflicts)
    wordings = [statement("impression", NO_STATEMENT, inputs.backdrop())]
    if none is not None and none.status == "present" and not waiting:
        wordings.insert(0, statement("impression", NOTHING, inputs.clean(none.evidence_ids), (none.id,)))
    return _chosen(said, "impression", wordings)


def _belongs_in_impression(inputs: DraftInputs, finding: Finding) -> bool:
    if finding.label == "Support Devices":
        return False
    urgent = TERMS[finding.label].critical is not None and _stands_alone(inputs, finding)
    return finding.status in ("present", "uncertain") or urgent


def _stands_alone(inputs: DraftInputs, finding: Finding) -> bool:
    """Say whether an absence needs a sentence of its own: a contested one, an alert, a heart that was measured."""
    if finding.status != "absent":
        return False
    alerted = any(alert.label == finding.label for alert in inputs.alerts)
    measured = finding.label == "Cardiomegaly" and inputs.ratio() is not None
    return alerted or measured or bool(inputs.open_rules(finding.label))


def _urgency(finding: Finding) -> tuple[int, int, int]:
    rank = {"present": 0, "absent": 1, "uncertain": 2}[finding.status]
    critical = TERMS[finding.label].critical or 9
    return rank, critical, ORDER.index(finding.label)


def _in_order(inputs: DraftInputs) -> list[Finding]:
    known = {finding.label: finding for finding in inputs.findings}
    return [known[label] for label in ORDER if label in known]


def _indication(inputs: DraftInputs) -> list[Statement | None]:
    order = inputs.case.order
    words = " ".join(" ".join(text.split()) for text in (order.indication, order.question) if text)
    if not words:
        return []
    return [
        statement("indication", f"As stated in the order: {words}", inputs.backdrop()),
        statement("indication", "The order states an indication.", inputs.backdrop()),
    ]


def _technique(inputs: DraftInputs) -> list[Statement | None]:
    image = inputs.image
    view = image.view if image else None
    text = f"Chest radiograph, {view} view" if view else "Frontal chest radiograph, projection not stated"
    if image is not None and image.view is not None and image.view_source == "pixels":
        text += " as judged from the picture"
    images = len(inputs.case.study.images)
    if images > 1:
        text += f"; one of {images} images in the study, the only one that the models read"
    return [statement("technique", f"{text}.", inputs.backdrop("ViewPosition"))]


def _comparison(inputs: DraftInputs) -> list[Statement | None]:
    priors = comparable_priors(inputs.case)
    if priors:
        date = priors[0].study.study_date
        when = f"of {date[:4]}-{date[4:6]}-{date[6:]}" if date and len(date) == 8 else "of unknown date"
        text = f"The prior study {when} was not compared by the models."
    elif inputs.case.priors:
        text = "None available: the prior supplied is not known to be of this patient."
    else:
        text = "None available."
    return [statement("comparison", text, inputs.backdrop("StudyDate"))]


def _chosen(said: Feedback, section: Section, wordings: Sequence[Statement | None]) -> tuple[Statement, ...]:
    chosen = said.choose(section, [item for item in wordings if item is not None])
    return (chosen,) if chosen else ()
