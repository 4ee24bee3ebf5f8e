"""From evidence to findings: the most trusted voice decides, dissent is kept, nothing is averaged.

Policy, label by label:
- Only who was measured on this kind of study has a vote, and it says what was measured to be worth saying (`votes`).
- The most trusted vote decides; equal ones that contradict leave it uncertain. A tool that failed has no vote.
- Without a vote the label is not assessed, whatever unmeasured voters say; what they say is kept beside it.
- A side comes from sided votes only, and stays None when these contradict themselves unresolved.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from overread.ports import EvidenceIndex
from overread.reasoning.opinions import Vote
from overread.reasoning.vocabulary import LABELS, term
from overread.reasoning.votes import Heard, hear
from overread.records import Case, Finding, Laterality, Status, ToolFailure, Trust, content_digest

NO_FINDING = "No Finding"
CORE = ("Cardiomegaly", "Edema", "Consolidation", "Atelectasis", "Pneumothorax", "Pleural Effusion")
"""Labels that must all be assessed and absent before the study may be called free of findings."""
NOT_DISEASE = (NO_FINDING, "Support Devices")
NO_VOICE = ("prognosis",)
"""Tools that speak of no label, so that their failure leaves none unassessed."""


def merge(
    case: Case,
    evidence: EvidenceIndex,
    failures: Sequence[ToolFailure],
    trust: Trust | None,
    labels: Sequence[str] = LABELS,
    core: Sequence[str] = CORE,
) -> tuple[Finding, ...]:
    """Give one finding per label, in the order of `labels`; the same input gives the same output.

    `core` are those of them that must be assessed and absent before nothing may be called found.
    """
    heard = hear(case, evidence.all(), trust)
    ballots, unheard = ballots_of(heard.votes), ballots_of(heard.silent)
    found = {
        label: _decide(case, label, Heard(ballots.get(label, ()), unheard.get(label, ())), failures)
        for label in labels
        if label != NO_FINDING
    }
    if NO_FINDING in labels:
        found[NO_FINDING] = _no_finding(case, found, ballots.get(NO_FINDING, ()), core)
    return tuple(found[label] for label in labels)


def rederived(case: Case, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Say anew whether there is no finding, after others of a case were decided by a person."""
    found = {finding.label: finding for finding in findings if finding.label != NO_FINDING}
    if len(found) == len(findings) or not found.keys() >= set(CORE):
        return tuple(findings)
    none = _no_finding(case, found, ())
    return tuple(none if finding.label == NO_FINDING else finding for finding in findings)


def ballots_of(votes: Iterable[Vote]) -> dict[str, tuple[Vote, ...]]:
    """Collect the votes of each label, the most trusted first."""
    ballots: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        ballots[vote.label].append(vote)
    return {label: tuple(sorted(said, key=_rank)) for label, said in ballots.items()}


def deciding(votes: Sequence[Vote]) -> tuple[Vote, ...]:
    """Give the most trusted of some ranked votes: one, or several of equal trust."""
    return tuple(vote for vote in votes if vote.trust == votes[0].trust)


def side_of(votes: Sequence[Vote], status: Status) -> Laterality | None:
    """Give the side that the most trusted votes of a status name (votes come ranked); None when they clash.

    A vote that denies one side takes that side out.
    """
    if status in ("absent", "not_assessed"):
        return None
    denied = {vote.laterality for vote in votes if not vote.whole}
    agreeing = [vote for vote in votes if agrees(vote, status)]
    sided = [vote for vote in agreeing if vote.laterality is not None and vote.laterality not in denied]
    named = {vote.laterality for vote in sided if vote.trust == sided[0].trust}
    return named.pop() if len(named) == 1 else None


def _rank(vote: Vote) -> tuple[float, bool, str]:
    return (-(vote.trust or 0.0), vote.probability is None, vote.evidence_id)


def _decide(case: Case, label: str, heard: Heard, failures: Sequence[ToolFailure]) -> Finding:
    votes, silent = heard.votes, _ids(heard.silent)
    opinions = [vote for vote in votes if vote.whole]
    if not opinions:
        return _finding(case, label, "not_assessed", reason=_silence(heard, failures), silent_ids=silent)
    deciders = deciding(opinions)
    status, reason = _verdict(deciders)
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
        location=_place_of(agreeing, side),
        supported=all(vote.supported for vote in deciders) and not against,
        probability=deciders[0].probability,
        reason=reason if not against else f"{reason}; against it: {_names(against)}",
        evidence_ids=_ids(agreeing),
        against_ids=tuple(identity for identity in _ids(against) if identity not in _ids(agreeing)),
        silent_ids=silent,
    )


def _place_of(agreeing: Sequence[Vote], side: Laterality | None) -> str | None:
    """Name the zone that the most trusted votes tell, on the side that the finding has; None where they differ."""
    zones = [vote for vote in agreeing if vote.zone is not None and vote.zone.side == side]
    named = {vote.zone.phrase for vote in zones if vote.zone and vote.trust == zones[0].trust}
    return named.pop() if len(named) == 1 else None


def _verdict(deciders: Sequence[Vote]) -> tuple[Status, str]:
    said = {vote.status for vote in deciders}
    who = _names(deciders)
    if len(said) > 1:
        return "uncertain", f"Equally trusted evidence contradicts itself ({who})"
    first = deciders[0]
    return first.status, f"Decided by the most trusted voice ({who}, trust {first.trust or 0.0:.2f}): {_means(first)}"


def _means(vote: Vote) -> str:
    """Say what a vote is worth, by what was measured of its voter."""
    if vote.chance is None:
        return vote.status
    among = "" if vote.prevalence is None else f", where {vote.prevalence:.0%} of all have it"
    if vote.status == "absent":
        return f"absent, and so in {1 - vote.chance:.0%} of such studies{among}"
    words = {"present": "present", "uncertain": "possible"}[vote.status]
    return f"{words}, and there in {vote.chance:.0%} of such studies{among}"


def agrees(vote: Vote, status: Status) -> bool:
    """Say whether a vote supports a status; what is seen also supports that it may be there."""
    return vote.status == status or (status == "uncertain" and vote.status == "present")


def _no_finding(case: Case, found: dict[str, Finding], claims: Sequence[Vote], core: Sequence[str] = CORE) -> Finding:
    diseases = [finding for label, finding in found.items() if label not in NOT_DISEASE]
    seen = [finding for finding in diseases if finding.status in ("present", "uncertain")]
    missing = [label for label in core if found[label].status == "not_assessed"]
    said = {status: _ids([vote for vote in claims if vote.status == status]) for status in ("present", "absent")}
    if seen:
        status: Status = "absent" if any(finding.status == "present" for finding in seen) else "uncertain"
        support = tuple(dict.fromkeys((*(i for f in seen for i in f.evidence_ids), *said["absent"])))
        reason = f"Derived: {', '.join(finding.label for finding in seen)} present or uncertain"
        against = tuple(identity for identity in said["present"] if identity not in support)
        return _finding(case, NO_FINDING, status, reason=reason, evidence_ids=support, against_ids=against)
    if missing:
        return _finding(case, NO_FINDING, "not_assessed", reason=f"Derived: {', '.join(missing)} not assessed")
    support = tuple(dict.fromkeys((*(i for label in core for i in found[label].evidence_ids), *said["present"])))
    against = tuple(identity for identity in said["absent"] if identity not in support)
    reason = "Derived: nothing present or uncertain, and every core label assessed and absent"
    return _finding(case, NO_FINDING, "present", reason=reason, evidence_ids=support, against_ids=against)


def _silence(heard: Heard, failures: Sequence[ToolFailure]) -> str:
    failed = ", ".join(sorted({f"{each.tool} {each.kind}" for each in failures if each.tool not in NO_VOICE}))
    if heard.silent:
        said = f"What {_names(heard.silent)} gave was not measured on such studies to be worth saying"
    else:
        said = "No evidence speaks of it"
    return said + (f" (failed: {failed})" if failed else "")


def _ids(votes: Iterable[Vote]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(vote.evidence_id for vote in votes))


def _names(votes: Iterable[Vote]) -> str:
    *others, last = dict.fromkeys(vote.tool for vote in votes)
    return f"{', '.join(others)} and {last}" if others else last


def _finding(
    case: Case,
    label: str,
    status: Status,
    *,
    reason: str,
    laterality: Laterality | None = None,
    location: str | None = None,
    supported: bool = False,
    probability: float | None = None,
    evidence_ids: tuple[str, ...] = (),
    against_ids: tuple[str, ...] = (),
    silent_ids: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        id="f-" + content_digest([case.case_id, label]),
        code=term(label).code,
        label=label,
        status=status,
        laterality=laterality,
        location=location,
        supported=supported,
        probability=probability,
        evidence_ids=evidence_ids,
        against_ids=against_ids,
        silent_ids=silent_ids,
        reason=reason + ".",
    )
