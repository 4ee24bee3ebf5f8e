"""Compose the draft from findings: code chooses every sentence, and every sentence cites the evidence it rests on."""

from collections.abc import Iterable, Mapping, Sequence

from overread.agents._comparison import comparison
from overread.agents._draft_inputs import DraftInputs
from overread.agents._feedback import Feedback, statement
from overread.agents._impression import impression
from overread.agents._limits import limitations, outlooks
from overread.agents._phrases import GROUPS
from overread.agents._sentences import finding_wordings, negative_wordings, ratio_sentence, stands_alone
from overread.agents._styles import Style, load_style
from overread.agents.planner import labels_of_order
from overread.ports import EvidenceIndex
from overread.protocol import Protocol
from overread.protocols.chest_radiograph import CHEST
from overread.records import (
    Alert,
    Case,
    Conflict,
    DraftReport,
    Finding,
    Objection,
    OrderField,
    Plan,
    Review,
    Section,
    Statement,
    Study,
    ToolFailure,
    Trust,
)

DRAFTER = "sentences@3"
"""Who wrote the draft; changes whenever the same findings may be worded otherwise."""
BANNER = "DRAFT – NOT SIGNED – research use, not a medical device"
PHANTOM_BANNER = f"{BANNER} – SYNTHETIC PHANTOM"
GENERATED_BANNER = f"{BANNER} – SYNTHETIC IMAGE, NO FAITHFUL PICTURE OF A PATIENT"
SIGNED_WITH_THE_REPORT: tuple[Section, ...] = ("indication", "technique", "comparison", "limitations")
"""Sections of which no sentence waits for a decision, but what a site's prognosis says."""


def draft(
    case: Case,
    plan: Plan,
    findings: Sequence[Finding],
    evidence: EvidenceIndex,
    failures: Sequence[ToolFailure],
    conflicts: Sequence[Conflict],
    alerts: Sequence[Alert],
    *,
    trust: Trust | None = None,
    revision: int = 0,
    feedback: Iterable[Objection | Review | object] = (),
    style: Style | None = None,
    protocol: Protocol = CHEST,
) -> DraftReport:
    """Write the draft; what `feedback` refused comes in a wording that claims less, or not at all.

    A sentence without evidence to cite is not written: with no evidence at all the draft is empty. `evidence` holds
    what is known of the reading itself too (`reasoning.context`); `trust` says which of it has a vote.
    """
    style = style or load_style()
    inputs = DraftInputs(case, plan, findings, evidence, failures, conflicts, alerts, trust, style)
    said = Feedback.of(feedback)
    seen, withdrawn = _findings(inputs, said)
    technique = protocol.technique(case, plan, evidence)
    sections: dict[Section, tuple[Statement, ...]] = {
        "indication": _chosen(said, "indication", _indication(inputs)),
        "technique": _chosen(said, "technique", [statement("technique", technique.text, technique.citations)]),
        "comparison": _chosen(said, "comparison", comparison(inputs)),
        "findings": (*_further(inputs, said, protocol), *seen),
        "impression": impression(inputs, said, withdrawn, protocol.normal),
        "limitations": tuple(
            kept for item in limitations(inputs, withdrawn) if (kept := said.choose("limitations", (item,))) is not None
        ),
    }
    waiting = (said.choose("limitations", (item,)) for item in outlooks(inputs))
    decided = decided_once(sections)
    decided["limitations"] += tuple(item for item in waiting if item is not None)
    return DraftReport(
        sections=decided,
        drafter=DRAFTER if style.name == load_style().name else f"{DRAFTER}:{style.name}",
        revision=revision,
        banner=_banner(case.study),
        headings=() if style.name == load_style().name else style.headings,
    )


def _banner(study: Study) -> str:
    if study.generated:
        return GENERATED_BANNER
    return PHANTOM_BANNER if study.synthetic else BANNER


def decided_once(sections: Mapping[Section, tuple[Statement, ...]]) -> dict[Section, tuple[Statement, ...]]:
    """Mark what waits for a decision: each finding where it is described, and what the impression alone says."""
    described = {identity for item in sections["findings"] for identity in item.finding_ids}

    def waits(section: Section, item: Statement) -> bool:
        if section in SIGNED_WITH_THE_REPORT:
            return False
        return section == "findings" or not item.finding_ids or not described.issuperset(item.finding_ids)

    return {
        section: tuple(item.model_copy(update={"needs_decision": waits(section, item)}) for item in statements)
        for section, statements in sections.items()
    }


def _findings(inputs: DraftInputs, said: Feedback) -> tuple[tuple[Statement, ...], list[str]]:
    """Write the findings section, and name the labels whose sentence had to go."""
    kept: list[Statement] = []
    withdrawn: list[str] = []
    for finding in (each for each in inputs.in_order() if not inputs.covered(each)):
        if finding.status in ("present", "uncertain") or stands_alone(inputs, finding):
            chosen = said.choose("findings", finding_wordings(inputs, finding))
            kept += [chosen] if chosen else []
            withdrawn += [] if chosen else [finding.label]
    ratio = ratio_sentence(inputs)
    if ratio and (chosen := said.choose("findings", (ratio,))):
        kept.append(chosen)
    asked = labels_of_order(inputs.case)
    for group in sorted(GROUPS, key=lambda group: not set(group) & set(asked)):
        absent = [f for f in inputs.in_order(asked) if f.label in group and f.status == "absent"]
        denied, gone = _negatives(inputs, said, [f for f in absent if not stands_alone(inputs, f)])
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


def _indication(inputs: DraftInputs) -> list[Statement | None]:
    order = inputs.case.order
    words = " ".join(_stopped(text) for text in (order.indication, order.question) if text)
    if not words:
        return []
    asked = inputs.facts(OrderField)
    return [
        statement("indication", f"As stated in the order: {words}", asked),
        statement("indication", "The order states an indication.", asked),
    ]


def _stopped(text: str) -> str:
    """Give words on one line, ended by a stop where they have none: what follows them is another sentence."""
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?", ";", ":")) else f"{line}."


def _further(inputs: DraftInputs, said: Feedback, protocol: Protocol) -> list[Statement]:
    """Write what the protocol tells of no label: each sentence with a decision of its own."""
    told = protocol.told(inputs.case, inputs.plan, inputs.evidence)
    made = (statement("findings", sentence.text, sentence.citations) for sentence in told)
    chosen = (said.choose("findings", (item,)) for item in made if item is not None)
    return [item for item in chosen if item is not None]


def _chosen(said: Feedback, section: Section, wordings: Sequence[Statement | None]) -> tuple[Statement, ...]:
    chosen = said.choose(section, [item for item in wordings if item is not None])
    return (chosen,) if chosen else ()
