"""Settle conflicts by measured trust, or leave them open for the reviewer; nobody is outvoted, nothing is averaged.

A conflict about a label is settled when the voter that decided the finding was measured well enough for that label and
clearly better than everyone who disagrees. Two safeguards: an urgent label is not called absent over a dissenting voice
unless the question aimed at the conflict was answered so, and a claim that nobody supports does not support itself.
Conflicts about a sentence (a view, a number, a comparison), a place, a size or a person are not evidence against
evidence and stay open. An answer settles only where it holds when the same is asked otherwise
(`reasoning.consistency`).
"""

from collections.abc import Collection, Sequence

from overread.ports import EvidenceIndex
from overread.reasoning.merging import ballots_of, deciding, side_of
from overread.reasoning.opinions import Vote
from overread.reasoning.questions import probes_of
from overread.reasoning.vocabulary import TERMS
from overread.reasoning.votes import votes_in
from overread.records import Case, Conflict, Finding, Question, Trust
from overread.settings import Settings

MARGIN = 0.05
"""How much better than a dissenter the decider must be; closer figures tell nothing apart."""
URGENT = 1
VQA = "vqa"
ABOUT_STATUS = ("polarity", "cardiothoracic_ratio", "unsupported_claim", "impression_vs_findings", "missed_critical")
ABOUT_SIDE = ("laterality",)
_SEVERITIES = ("block", "warn", "note")


def questions(conflicts: Sequence[Conflict], limit: int) -> tuple[Question, ...]:
    """List the questions that could settle open conflicts: urgent labels first, then by severity, each once."""
    waiting = sorted((conflict for conflict in conflicts if conflict.resolution == "open"), key=_urgency)
    asked = {conflict.question.text: conflict.question for conflict in waiting if conflict.question}
    return tuple(asked.values())[:limit]


def to_ask(
    case: Case, conflicts: Sequence[Conflict], asked: Collection[str], settings: Settings, trust: Trust
) -> tuple[Question, ...]:
    """List what to ask now, one batch: the questions of open conflicts, and the same asked otherwise (`probes_of`).

    A question whose answer could have a vote is probed even when it was asked before, for then its answer was not. At
    most `adjudication_questions` * (1 + `adjudication_probes`) questions; what is in `asked` is left out.
    """
    found: dict[str, Question] = {}
    for question in questions(conflicts, settings.adjudication_questions):
        found[question.text] = question
        if question.label and trust.on(case.study).of(VQA, question.label) is not None:
            probes = probes_of(question, settings.adjudication_negation)[: settings.adjudication_probes]
            found |= {probe.question.text: probe.question for probe in probes if probe.question.text not in found}
    return tuple(question for text, question in found.items() if text not in asked)


def settle(
    case: Case, conflicts: Sequence[Conflict], findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust
) -> tuple[Conflict, ...]:
    """Give every conflict again, the settled ones with what settled them; `findings` are those of the same evidence."""
    ballots = ballots_of(votes_in(case, evidence.all(), trust))
    by_label = {finding.label: finding for finding in findings}
    return tuple(
        _settled(conflict, by_label[conflict.label], ballots.get(conflict.label, ()))
        if conflict.resolution == "open" and conflict.label in by_label
        else conflict
        for conflict in conflicts
    )


def _settled(conflict: Conflict, finding: Finding, votes: Sequence[Vote]) -> Conflict:
    if conflict.rule in ABOUT_STATUS:
        return _settle_status(conflict, finding, votes)
    if conflict.rule in ABOUT_SIDE:
        return _settle_side(conflict, finding, votes)
    return conflict


def _settle_status(conflict: Conflict, finding: Finding, votes: Sequence[Vote]) -> Conflict:
    whole = [vote for vote in votes if vote.whole]
    deciders = [vote for vote in deciding(whole) if vote.status == finding.status] if whole else []
    if conflict.rule == "unsupported_claim":
        deciders = [vote for vote in deciders if vote.kind != "claim"]
    dissent = [vote for vote in whole if {vote.status, finding.status} == {"present", "absent"}]
    if finding.status not in ("present", "absent") or not deciders or not _clearly_better(deciders[0], dissent):
        return conflict
    if finding.status == "absent" and dissent and TERMS[finding.label].critical == URGENT:
        aimed = conflict.evidence_ids
        deciders = [vote for vote in deciders if vote.kind == "answer" and vote.evidence_id not in aimed]
        if not deciders:
            return conflict
    return _resolve(conflict, deciders, finding.status, dissent)


def _settle_side(conflict: Conflict, finding: Finding, votes: Sequence[Vote]) -> Conflict:
    side = side_of(votes, finding.status)
    naming = [vote for vote in votes if vote.laterality == side and vote.status != "absent"]
    denying = [vote for vote in votes if not vote.whole and vote.laterality != side]
    dissent = [vote for vote in votes if vote.status != "absent" and vote.laterality not in (None, side)]
    deciders = (naming or denying)[:1]
    if side is None or finding.laterality != side or not deciders or not _clearly_better(deciders[0], dissent):
        return conflict
    return _resolve(conflict, deciders, side, dissent)


def _clearly_better(decider: Vote, dissent: Sequence[Vote]) -> bool:
    return all((decider.trust or 0.0) - (vote.trust or 0.0) >= MARGIN - 1e-9 for vote in dissent)


def _resolve(conflict: Conflict, deciders: Sequence[Vote], outcome: str, dissent: Sequence[Vote]) -> Conflict:
    decider = deciders[0]
    note = f"{outcome}: {decider.tool} was measured at {decider.trust:.2f} for {decider.label}"
    others = dict.fromkeys(f"{vote.tool} ({vote.trust:.2f})" for vote in dissent if vote.tool != decider.tool)
    if others:
        note += f"; against {', '.join(others)}"
    return conflict.model_copy(
        update={
            "resolution": "resolved",
            "resolved_by": tuple(dict.fromkeys(vote.evidence_id for vote in deciders)),
            "resolution_note": f"Settled as {note}.",
        }
    )


def _urgency(conflict: Conflict) -> tuple[int, int, str]:
    term = TERMS.get(conflict.label or "")
    return (term.critical if term and term.critical else 9), _SEVERITIES.index(conflict.severity), conflict.id
