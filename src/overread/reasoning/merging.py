"""From evidence to findings: the most trusted voice decides, dissent is kept, nothing is averaged.

Policy, label by label:
- A voter may decide only with a measured trust of at least `trust.SUFFICIENT` for that label (absence also needs a
  measured sensitivity); among those the most trusted one decides, equal ones that contradict leave it uncertain.
- Voices that may not decide can make a label at most uncertain; if all they say is "absent", it is not assessed.
- A deciding score under even odds makes it at most uncertain: an operating point set to miss little states nothing.
- An abstaining decider leaves it uncertain. A tool that failed has no voice.
- A side comes from sided evidence only, and stays None when sided evidence contradicts itself unresolved.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from overread.ports import EvidenceIndex
from overread.reasoning.trust import Trust
from overread.reasoning.vocabulary import LABELS, term
from overread.reasoning.votes import Vote, votes_in
from overread.records import Case, Finding, Laterality, Status, ToolFailure, content_digest

EVEN = 0.5
"""Calibrated probability under which a finding is "possible", wherever the operating point lies."""
NO_FINDING = "No Finding"
CORE = ("Cardiomegaly", "Edema", "Consolidation", "Atelectasis", "Pneumothorax", "Pleural Effusion")
"""Labels that must all be assessed and absent before the study may be called free of findings."""
NOT_DISEASE = (NO_FINDING, "Support Devices")


def merge(case: Case, evidence: EvidenceIndex, failures: Sequence[ToolFailure], trust: Trust) -> tuple[Finding, ...]:
    """Give one finding per label of the vocabulary, in its order; the same input gives the same output."""
    ballots = cast(case, evidence, trust)
    found = {label: _decide(case, label, ballots.get(label, ()), failures) for label in LABELS if label != NO_FINDING}
    found[NO_FINDING] = _no_finding(case, found, ballots.get(NO_FINDING, ()))
    return tuple(found[label] for label in LABELS)


def cast(case: Case, evidence: EvidenceIndex, trust: Trust) -> dict[str, tuple[Vote, ...]]:
    """Collect the votes of each label, the most trusted first."""
    ballots: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes_in(case, evidence.all(), trust):
        ballots[vote.label].append(vote)
    return {label: tuple(sorted(votes, key=_rank)) for label, votes in ballots.items()}


def deciding(votes: Sequence[Vote]) -> tuple[Vote, ...]:
    """Give the most trusted voters that may decide: one, or several of equal trust."""
    able = [vote for vote in votes if vote.may_decide]
    return tuple(vote for vote in able if vote.trust == able[0].trust)


def side_of(votes: Sequence[Vote], status: Status) -> Laterality | None:
    """Give the side that the most trusted evidence of a status names (votes come ranked); None when it clashes.

    A voter of sufficient trust that denies one side takes that side out.
    """
    if status in ("absent", "not_assessed"):
        return None
    denied = {vote.laterality for vote in votes if not vote.whole and vote.able}
    agreeing = [vote for vote in votes if agrees(vote, status)]
    sided = [vote for vote in agreeing if vote.laterality is not None and vote.laterality not in denied]
    able = [vote for vote in sided if vote.may_decide]
    named = {vote.laterality for vote in (able or sided) if not able or vote.trust == able[0].trust}
    return named.pop() if len(named) == 1 else None


def _rank(vote: Vote) -> tuple[bool, float, bool, str]:
    return (not vote.may_decide, -(vote.trust or 0.0), vote.probability is None, vote.evidence_id)


def _decide(case: Case, label: str, votes: Sequence[Vote], failures: Sequence[ToolFailure]) -> Finding:
    opinions = [vote for vote in votes if vote.whole]
    if not opinions:
        return _finding(case, label, "not_assessed", reason=_silence(failures))
    deciders = deciding(opinions)
    status, reason = _verdict(opinions, deciders)
    if status == "not_assessed":
        return _finding(case, label, status, reason=reason, evidence_ids=_ids(opinions))
    agreeing = [vote for vote in opinions if agrees(vote, status)]
    side = side_of(votes, status)
    against = [
        vote for vote in votes if vote not in agreeing and (vote.whole or vote.laterality in (side, "bilateral"))
    ]
    return _finding(
        case,
        label,
        status,
        laterality=side,
        probability=deciders[0].probability if deciders else None,
        reason=reason if not against else f"{reason}; {_names(against)} speaks against it",
        evidence_ids=_ids(agreeing),
        against_ids=tuple(identity for identity in _ids(against) if identity not in _ids(agreeing)),
    )


def _verdict(opinions: Sequence[Vote], deciders: Sequence[Vote]) -> tuple[Status, str]:
    if deciders:
        said = {vote.status for vote in deciders}
        who = _names(deciders)
        if len(said) > 1:
            return "uncertain", f"Equally trusted evidence contradicts itself ({who})"
        status = said.pop()
        if status == "uncertain":
            return status, f"The most trusted voice abstains ({who}, trust {deciders[0].trust:.2f})"
        if status == "present" and all(_is_unlikely(vote) for vote in deciders):
            return "uncertain", f"Above the operating point of {who}, which is set to miss little, yet not likely"
        return status, f"Decided by the most trusted voice ({who}, trust {deciders[0].trust:.2f})"
    if all(vote.status == "absent" for vote in opinions):
        return "not_assessed", f"Only {_names(opinions)} says absent, without sufficient measured trust for this label"
    hopeful = [vote for vote in opinions if vote.status != "absent"]
    return "uncertain", f"Only {_names(hopeful)} speaks for it, without sufficient measured trust for this label"


def _is_unlikely(vote: Vote) -> bool:
    """Say whether a score's own calibrated probability is below even odds: enough to mention, not to state."""
    return vote.probability is not None and vote.probability < EVEN


def agrees(vote: Vote, status: Status) -> bool:
    """Say whether a vote supports a status; what is seen also supports that it may be there."""
    return vote.status == status or (status == "uncertain" and vote.status == "present")


def _no_finding(case: Case, found: dict[str, Finding], claims: Sequence[Vote]) -> Finding:
    diseases = [finding for label, finding in found.items() if label not in NOT_DISEASE]
    seen = [finding for finding in diseases if finding.status in ("present", "uncertain")]
    missing = [label for label in CORE if found[label].status == "not_assessed"]
    said = {status: _ids([vote for vote in claims if vote.status == status]) for status in ("present", "absent")}
    if seen:
        status: Status = "absent" if any(finding.status == "present" for finding in seen) else "uncertain"
        support = tuple(dict.fromkeys((*(i for f in seen for i in f.evidence_ids), *said["absent"])))
        reason = f"Derived: {', '.join(finding.label for finding in seen)} present or uncertain"
        against = tuple(identity for identity in said["present"] if identity not in support)
        return _finding(case, NO_FINDING, status, reason=reason, evidence_ids=support, against_ids=against)
    if missing:
        return _finding(case, NO_FINDING, "not_assessed", reason=f"Derived: {', '.join(missing)} not assessed")
    support = tuple(dict.fromkeys((*(i for label in CORE for i in found[label].evidence_ids), *said["present"])))
    against = tuple(identity for identity in said["absent"] if identity not in support)
    reason = "Derived: nothing present or uncertain, and every core label assessed and absent"
    return _finding(case, NO_FINDING, "present", reason=reason, evidence_ids=support, against_ids=against)


def _silence(failures: Sequence[ToolFailure]) -> str:
    failed = ", ".join(sorted({f"{failure.tool} {failure.kind}" for failure in failures}))
    return "No evidence speaks of it" + (f" (failed: {failed})" if failed else "")


def _ids(votes: Iterable[Vote]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(vote.evidence_id for vote in votes))


def _names(votes: Iterable[Vote]) -> str:
    return ", ".join(dict.fromkeys(vote.tool for vote in votes))


def _finding(
    case: Case,
    label: str,
    status: Status,
    *,
    reason: str,
    laterality: Laterality | None = None,
    probability: float | None = None,
    evidence_ids: tuple[str, ...] = (),
    against_ids: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        id="f-" + content_digest([case.case_id, label]),
        code=term(label).code,
        label=label,
        status=status,
        laterality=laterality,
        probability=probability,
        evidence_ids=evidence_ids,
        against_ids=against_ids,
        reason=reason + ".",
    )
