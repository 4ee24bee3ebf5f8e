"""What became of each finding since an earlier study, told only where both pictures were seen and nothing clashes.

Policy, finding by finding:
- Both pictures are read by the same models and weighed by the same rules (`merging`); a signed report of the earlier
  study speaks for it too. Where report and models differ on what was there, there is nothing to compare.
- There now and surely absent then is new, the other way round resolved; but not where the same model sees as much in
  both pictures. A doubt in either picture is no change.
- There in both: how much larger it is seen now tells, where that was measured to be right on this kind of study.
- Pictures whose lung fields cannot be laid over each other are not compared; a heart is not across projections.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from overread.ports import EvidenceIndex
from overread.reasoning.alignment import Alignment
from overread.reasoning.merging import NOT_DISEASE, merge
from overread.reasoning.priors import comparable_priors
from overread.reasoning.projection import projection_of
from overread.reasoning.trust import BY
from overread.records import (
    Assertion,
    Case,
    Change,
    Claim,
    Course,
    Evidence,
    Finding,
    Growth,
    ImageRef,
    Laterality,
    Locator,
    Prior,
    Region,
    Registration,
    Trust,
)

LEAST_OVERLAP = 0.85
"""Overlap of the lung fields from which two pictures are compared. Of 100 phantom pairs, shifted, turned or of the
other projection, 1 in 20 lay below .94, with landmarks within 3 % of the picture's side
(`training.registration_eval`)."""
SIGNED_REPORT = "signed_report"
"""What a claim of an earlier report was given by."""
MAGNIFIED = frozenset({"Cardiomegaly", "Enlarged Cardiomediastinum"})
"""Labels that look larger on AP than on PA."""
Definite = Literal["present", "absent"]
DEFINITE: tuple[Definite, ...] = get_args(Definite)


class Told(NamedTuple):
    """A change, and where in the picture at hand it is."""

    change: Change
    where: Locator


class Verdict(NamedTuple):
    """What became of a finding, why, and what it was."""

    course: Course
    reason: str
    then: Literal["present", "absent"] | None = None


@dataclass(frozen=True)
class Earlier:
    """An earlier study as it was read, beside the picture at hand."""

    prior: Prior
    image: ImageRef
    laid: Evidence
    alignment: Alignment
    seen: Mapping[str, Finding]
    """What the models make of its picture, by label."""
    said: Mapping[str, tuple[Evidence, ...]]
    """Sentences of its signed report, by label."""
    grown: Mapping[str, Evidence]

    @property
    def comparable(self) -> bool:
        """Say whether the pictures show the same part of a chest."""
        return self.alignment.overlap >= LEAST_OVERLAP


def with_changes(
    case: Case, findings: Sequence[Finding], evidence: Sequence[Evidence], trust: Trust | None
) -> tuple[Finding, ...]:
    """Give the findings again, each with what became of it; None without an earlier study that was compared."""
    courses = {told.change.label: told.change.course for told in changes_in(case, findings, evidence, trust)}
    return tuple(finding.model_copy(update={"change": courses.get(finding.label)}) for finding in findings)


def changes_in(
    case: Case, findings: Sequence[Finding], evidence: Sequence[Evidence], trust: Trust | None
) -> tuple[Told, ...]:
    """Compare each finding with what was there in the earlier study that was laid under this one, the newest."""
    earlier = earlier_in(case, evidence, trust)
    if earlier is None or not earlier.comparable:
        return ()
    index = EvidenceIndex(evidence)
    return tuple(
        _told(case, finding, earlier, verdict, index)
        for finding in findings
        if finding.label not in NOT_DISEASE and (verdict := _verdict(case, finding, earlier, evidence)) is not None
    )


def earlier_in(case: Case, evidence: Sequence[Evidence], trust: Trust | None) -> Earlier | None:
    """Find the earlier study that was laid under the picture at hand, with all that is known of it."""
    for prior in comparable_priors(case):
        for item in evidence:
            match item.payload:
                case Registration(prior=where, matrix=matrix, overlap=overlap):
                    image = prior.study.image(where.sop_instance_uid, where.frame)
                    if image is not None and case.study.image(item.locator.sop_instance_uid, item.locator.frame):
                        return _earlier(case, prior, image, (item, Alignment(matrix, overlap)), evidence, trust)
    return None


def contradicted(earlier: Earlier, label: str) -> tuple[str, ...]:
    """Give the evidence that report and models differ by on what was there in the earlier study; empty where not."""
    seen, said = earlier.seen.get(label), _said(earlier, label)
    if seen is None or said is None or seen.status not in DEFINITE:
        return ()
    if seen.status == said[0] and not _is_opposite(seen.laterality, said[1]):
        return ()
    return (*seen.evidence_ids, *said[2])


def _earlier(
    case: Case,
    prior: Prior,
    image: ImageRef,
    laid: tuple[Evidence, Alignment],
    evidence: Sequence[Evidence],
    trust: Trust | None,
) -> Earlier:
    there = [item for item in evidence if prior.study.image(item.locator.sop_instance_uid, item.locator.frame)]
    models = [item for item in there if item.provenance.parameters.get(BY) != SIGNED_REPORT]
    then = Case(case_id=case.case_id, profile=case.profile, study=prior.study)
    seen = merge(then, EvidenceIndex(models), (), trust)
    said: dict[str, tuple[Evidence, ...]] = {}
    for item in there:
        if item.provenance.parameters.get(BY) == SIGNED_REPORT and isinstance(item.payload, Claim):
            for each in item.payload.assertions:
                said[each.label] = (*said.get(each.label, ()), item)
    grown = {
        item.payload.label: item
        for item in evidence
        if isinstance(item.payload, Growth) and item.payload.prior.sop_instance_uid == image.sop_instance_uid
    }
    return Earlier(prior, image, laid[0], laid[1], {finding.label: finding for finding in seen}, said, grown)


def _verdict(case: Case, now: Finding, earlier: Earlier, evidence: Sequence[Evidence]) -> Verdict | None:
    if now.status not in DEFINITE:
        return None
    then, side, who = _then(earlier, now.label)
    if contradicted(earlier, now.label):
        return Verdict("cannot_compare", "the earlier report and the models' reading of the earlier picture differ")
    if then is None or (now.status, then) == ("absent", "absent"):
        return None
    if now.label in MAGNIFIED and not _same_projection(case, earlier, evidence):
        return Verdict("cannot_compare", "the projections differ or are not known", then)
    grown = _grown(earlier, now.label)
    if then == "absent":
        return _came(grown, who)._replace(then=then)
    if now.status == "absent":
        return _went(grown, who)._replace(then=then)
    if _is_opposite(now.laterality, side):
        return Verdict("cannot_compare", f"on the other side then {who}")
    return _stayed(now.laterality, side, grown, who)._replace(then=then)


def _is_opposite(one: Laterality | None, other: Laterality | None) -> bool:
    return {one, other} == {"left", "right"}


def _came(grown: str | None, who: str) -> Verdict:
    if grown in ("unchanged", "decreased"):
        return Verdict("cannot_compare", f"absent then {who}, and yet as much of it is seen in both pictures")
    return Verdict("new", f"absent then {who}")


def _went(grown: str | None, who: str) -> Verdict:
    if grown in ("unchanged", "increased"):
        return Verdict("cannot_compare", f"present then {who}, and yet as much of it is seen in both pictures")
    return Verdict("resolved", f"present then {who}")


def _stayed(now: Laterality | None, then: Laterality | None, grown: Course | None, who: str) -> Verdict:
    if now and then and now != then:
        return Verdict("increased" if now == "bilateral" else "decreased", f"on the {then} side then {who}")
    if grown is None:
        return Verdict("cannot_compare", f"present then too {who}; the extent was not compared")
    return Verdict(grown, f"present then too {who}, its extent compared by the same model")


def _then(earlier: Earlier, label: str) -> tuple[Definite | None, Laterality | None, str]:
    """Give what was there: status, side, and who says so; no status where nobody surely does."""
    said, seen = _said(earlier, label), earlier.seen.get(label)
    if said is not None:
        return said[0], said[1] or (seen.laterality if seen and seen.status == said[0] else None), "by its report"
    if seen is not None and seen.status in ("present", "absent"):
        return seen.status, seen.laterality, "by the models' reading"
    return None, None, ""


def _said(earlier: Earlier, label: str) -> tuple[Definite, Laterality | None, tuple[str, ...]] | None:
    """Give what the earlier report surely says of a label, with its sentences; None for a doubt or both ways."""
    items = earlier.said.get(label, ())
    each = [said for item in items for said in _assertions(item) if said.label == label]
    statuses = {said.status for said in each}
    status = statuses.pop() if len(statuses) == 1 else "uncertain"
    if status == "uncertain":
        return None
    sides = {said.laterality for said in each if said.laterality}
    side: Laterality | None = "bilateral" if len(sides) > 1 else next(iter(sides), None)
    return status, side, tuple(item.id for item in items)


def _assertions(item: Evidence) -> tuple[Assertion, ...]:
    return item.payload.assertions if isinstance(item.payload, Claim) else ()


def _grown(earlier: Earlier, label: str) -> Course | None:
    item = earlier.grown.get(label)
    return item.payload.course if item is not None and isinstance(item.payload, Growth) else None


def _same_projection(case: Case, earlier: Earlier, evidence: Sequence[Evidence]) -> bool:
    here = case.study.image(earlier.laid.locator.sop_instance_uid, earlier.laid.locator.frame)
    now = projection_of(here, evidence).view if here else None
    return now is not None and now == projection_of(earlier.image, evidence).view


def _told(case: Case, finding: Finding, earlier: Earlier, verdict: Verdict, index: EvidenceIndex) -> Told:
    seen = earlier.seen.get(finding.label)
    said = tuple(item.id for item in earlier.said.get(finding.label, ()))
    grown = earlier.grown.get(finding.label)
    then_ids = (*(seen.evidence_ids if seen else ()), *said, *((grown.id,) if grown else ()))
    here, there = earlier.laid.locator, earlier.image
    now = _region(finding.evidence_ids, index, here.sop_instance_uid)
    then = _region(then_ids, index, there.sop_instance_uid)
    shown = case.study.image(here.sop_instance_uid, here.frame)
    if now is None and then is not None and shown is not None:
        now = earlier.alignment.region_now(then, shown.columns, shown.rows)
    elif then is None and now is not None:
        then = earlier.alignment.region_then(now, there.columns, there.rows)
    change = Change(
        label=finding.label,
        course=verdict.course,
        then=verdict.then,
        prior=Locator(sop_instance_uid=there.sop_instance_uid, frame=there.frame, region=then),
        now_ids=finding.evidence_ids,
        then_ids=then_ids,
        reason=verdict.reason,
    )
    return Told(change, here.model_copy(update={"region": now}))


def _region(identities: Sequence[str], index: EvidenceIndex, uid: str) -> Region | None:
    """Give the first region in an image that some evidence names."""
    return next((region for region in _regions(identities, index, uid)), None)


def _regions(identities: Sequence[str], index: EvidenceIndex, uid: str) -> Iterator[Region]:
    for identity in identities:
        item = index.get(identity)
        if item is not None and item.locator.sop_instance_uid == uid and item.locator.region is not None:
            yield item.locator.region
