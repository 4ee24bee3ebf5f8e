"""Whether what a sentence asserts follows from the evidence it cites."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from overread.reasoning.opinions import Vote
from overread.records import Assertion, Finding

NO_FINDING = "No Finding"
NOT_DISEASE = (NO_FINDING, "Support Devices")
KINDS: Mapping[str, tuple[str, ...]] = {
    "Lung Opacity": ("Consolidation", "Pneumonia", "Edema", "Atelectasis", "Lung Lesion", "COVID-19", "Tuberculosis"),
    "Consolidation": ("Pneumonia",),
    "Enlarged Cardiomediastinum": ("Cardiomegaly",),
}
"""A label and those that are kinds of it (the CheXpert hierarchy): a kind that is there makes the label be there."""

Verdict = tuple[Literal["unsupported", "contradicted"], str]
"""Kind of the objection and its message."""


def about_labels(said: Iterable[Assertion]) -> frozenset[str]:
    """List the labels whose evidence is relevant to what is asserted; empty where it is relevant whatever it is of."""
    named = {each.label for each in said}
    if not named or NO_FINDING in named:
        return frozenset()
    kinds = {kind for label in named for kind in KINDS.get(label, ())}
    parents = {parent for parent, below in KINDS.items() if named & set(below)}
    return frozenset(named | kinds | parents)


def against_evidence(said: Assertion, votes: Sequence[Vote]) -> Verdict | None:
    """Say why the opinions of the cited evidence do not carry an assertion, or None when they do."""
    if said.label == NO_FINDING:
        return _against_no_finding(said, votes)
    about = [vote for vote in votes if vote.label in _speaking(said)]
    for_it = [vote for vote in about if _carries(vote, said)]
    if not for_it:
        opposite = [v for v in about if {v.status, said.status} == {"present", "absent"} and v.label == said.label]
        if opposite:
            return "contradicted", f"says {said.label} is {said.status}; the {opposite[0].tool} it cites says otherwise"
        return "unsupported", f"says {said.label} is {said.status}; nothing that it cites says so"
    return _against_side(said, for_it)


def against_findings(said: Assertion, findings: Sequence[Finding]) -> Verdict | None:
    """Say why the merged findings, which weigh all evidence by its measured trust, do not allow an assertion."""
    if said.label == NO_FINDING:
        seen = [f.label for f in findings if f.status == "present" and f.label not in NOT_DISEASE]
        if said.status == "present" and seen:
            return "contradicted", f"says that nothing is there; the finding is {seen[0]}"
        return None
    finding = next((finding for finding in findings if finding.label == said.label), None)
    if finding is None:
        return None
    if finding.status == "not_assessed":
        kinds = {f.label for f in findings if f.status in ("present", "uncertain")} & set(KINDS.get(said.label, ()))
        return None if kinds and said.status != "absent" else _not_assessed(said)
    if finding.status == "uncertain" and said.status != "uncertain":
        return "unsupported", f"says {said.label} is {said.status}; the finding is uncertain"
    if finding.status != said.status and "absent" in (finding.status, said.status):
        return "contradicted", f"says {said.label} is {said.status}; the finding is {finding.status}"
    if said.status == "absent" or said.laterality is None:
        return None
    if finding.laterality is None:
        return "unsupported", f"puts {said.label} on the {said.laterality}; the finding has no side"
    if finding.laterality != said.laterality:
        return "contradicted", f"puts {said.label} on the {said.laterality}; the finding is {finding.laterality}"
    return None


def _not_assessed(said: Assertion) -> Verdict:
    return "unsupported", f"says {said.label} is {said.status}; it was not assessed"


def _speaking(said: Assertion) -> frozenset[str]:
    """List the labels whose evidence can carry it: for presence its kinds, for absence what it is a kind of."""
    if said.status == "absent":
        return frozenset({said.label, *(label for label, kinds in KINDS.items() if said.label in kinds)})
    return frozenset({said.label, *KINDS.get(said.label, ())})


def _carries(vote: Vote, said: Assertion) -> bool:
    if said.status == "absent":
        return vote.status == "absent" and (vote.whole or vote.laterality == said.laterality)
    if said.status == "present":
        return vote.status == "present"
    return vote.status in ("present", "uncertain")


def _against_side(said: Assertion, for_it: Iterable[Vote]) -> Verdict | None:
    """An absence everywhere covers a side; a presence on a side needs evidence of that side."""
    if said.laterality is None or said.status == "absent":
        return None
    shown: set[str] = set()
    for vote in for_it:
        shown |= {"left", "right"} if vote.laterality == "bilateral" else {vote.laterality or ""}
    shown -= {""}
    needed = {"left", "right"} if said.laterality == "bilateral" else {said.laterality}
    if needed <= shown:
        return None
    if shown:
        found = " and ".join(sorted(shown))
        return "contradicted", f"puts {said.label} on the {said.laterality}; what it cites shows it on the {found}"
    return "unsupported", f"puts {said.label} on the {said.laterality}; nothing that it cites has a side"


def _against_no_finding(said: Assertion, votes: Sequence[Vote]) -> Verdict | None:
    if said.status != "present":
        return None
    ill = [vote for vote in votes if vote.status == "present" and vote.label not in NOT_DISEASE]
    if ill:
        return "contradicted", f"says that nothing is there; the {ill[0].tool} it cites shows {ill[0].label}"
    if not any(vote.status == "absent" or vote.label == NO_FINDING for vote in votes):
        return "unsupported", "says that nothing is there; nothing that it cites says so"
    return None
