"""The findings as a reviewer left them: each decision is evidence of the reviewer, and a finding rests on it."""

from collections.abc import Sequence
from typing import NamedTuple

from overread.reasoning.merging import rederived
from overread.reasoning.opinions import boxes_in
from overread.reasoning.vocabulary import term
from overread.reasoning.zones import SIDES, Side, Zone, side_of, zone_of
from overread.records import (
    NO_MODEL,
    REVIEWER,
    AddedFinding,
    Answer,
    Case,
    Evidence,
    Finding,
    FindingReview,
    Laterality,
    Locator,
    Plan,
    Provenance,
    Region,
    Review,
    content_digest,
)

VERSION = "1"


class Reading(NamedTuple):
    """What the reviewer had before them."""

    case: Case
    plan: Plan
    findings: Sequence[Finding]
    evidence: Sequence[Evidence]


class Decided(NamedTuple):
    """A finding as the reviewer made it, and the evidence that it rests on: the reviewer's own word."""

    finding: Finding
    evidence: Evidence
    added: bool


def decided_in(reading: Reading, review: Review) -> tuple[Decided, ...]:
    """Give the findings that a review changed or added, in its order; unknown ones are left out."""
    known = {finding.id: finding for finding in reading.findings}
    changed = [
        _decided(reading, review, known[item.finding_id].label, item)
        for item in review.findings
        if item.finding_id in known
    ]
    return (*changed, *(_decided(reading, review, item.label, item) for item in review.added))


def reviewed(case: Case, findings: Sequence[Finding], decided: Sequence[Decided]) -> tuple[Finding, ...]:
    """Put the reviewer's findings in the place of the tools', and say anew whether there is none."""
    if not decided:
        return tuple(findings)
    made = {item.finding.id: item.finding for item in decided}
    kept = tuple(made.pop(finding.id, finding) for finding in findings)
    return rederived(case, (*kept, *made.values()))


def finding_id(case: Case, label: str) -> str:
    """Name the finding of a label in a case."""
    return "f-" + content_digest([case.case_id, label])


def drawn_zone(case: Case, evidence: Sequence[Evidence], place: Locator) -> tuple[Side | None, Zone | None]:
    """Tell side and zone of a drawn region by the boxes of the lungs; None where no mask tells them."""
    if place.region is None:
        return None, None
    boxes = boxes_in(evidence).get(place.sop_instance_uid, {})
    lungs: dict[Side, Region] = {name: boxes[f"{name}_lung"] for name in SIDES if f"{name}_lung" in boxes}
    return side_of(place.region, lungs), zone_of(place.region, lungs, boxes.get("heart"))


def _decided(reading: Reading, review: Review, label: str, item: FindingReview | AddedFinding) -> Decided:
    side, location = _placed(reading, label, item)
    before = next((finding for finding in reading.findings if finding.label == label), None)
    added = isinstance(item, AddedFinding)
    evidence = _evidence(reading, review, label, item, side, location, before)
    finding = Finding(
        id=before.id if before else finding_id(reading.case, label),
        code=term(label).code,
        label=label,
        status=item.status,
        laterality=side,
        location=location,
        evidence_ids=(evidence.id,),
        reason=f"{'Added' if added else 'Changed'} by the reviewer.",
    )
    return Decided(finding, evidence, added)


def _placed(reading: Reading, label: str, item: FindingReview | AddedFinding) -> tuple[Laterality | None, str | None]:
    """Give side and place as they were said; a region that was drawn tells what was not said."""
    side: Laterality | None = item.laterality
    zone = Zone(side, item.zone) if item.zone and side in ("left", "right") else None
    if item.place is not None and term(label).sided:
        drawn, found = drawn_zone(reading.case, reading.evidence, item.place)
        side = side or drawn
        zone = zone or (found if found and found.side == side else None)
    return side, zone.phrase if zone else None


def _evidence(
    reading: Reading,
    review: Review,
    label: str,
    item: FindingReview | AddedFinding,
    side: Laterality | None,
    location: str | None,
    before: Finding | None,
) -> Evidence:
    where = item.place or Locator(sop_instance_uid=reading.plan.image_sop_instance_uid, frame=reading.plan.image_frame)
    told = [item.status.replace("_", " "), *((location,) if location else (side,) if side else ())]
    answer = Answer(
        question=f"{label}, by the reviewer",
        answer=", ".join(told),
        label=label,
        status=item.status,
        laterality=side,
    )
    made = Provenance(
        tool=REVIEWER,
        tool_version=VERSION,
        model=NO_MODEL,
        parameters={
            "reviewer": review.reviewer,
            "role": review.role,
            "draft": review.draft_digest[:16],
            "decision": "added" if isinstance(item, AddedFinding) else "changed",
            "before": before.status if before else None,
        },
        started=review.at,
        ended=review.at,
    )
    return Evidence.of(answer, where, made)
