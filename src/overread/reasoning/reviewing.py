"""Whether the decisions of a review hold together; what contradicts itself or the case is refused in one line."""

from collections.abc import Iterator, Sequence

from overread.errors import UsageError
from overread.reasoning.merging import NO_FINDING
from overread.reasoning.reviewed import Reading, drawn_zone
from overread.reasoning.vocabulary import term
from overread.records import (
    AddedFinding,
    Conflict,
    DraftReport,
    Finding,
    FindingReview,
    Locator,
    Review,
    Section,
    Statement,
)

SPEAKING: tuple[Section, ...] = ("findings", "impression")
"""Sections whose sentences are of findings."""


def refuse_contradictions(reading: Reading, draft: DraftReport, conflicts: Sequence[Conflict], review: Review) -> None:
    """Raise `UsageError` at the first decision on a finding, or conflict, that cannot stand beside the others."""
    _refuse_twice("finding", [item.finding_id for item in review.findings])
    _refuse_twice("added finding", [item.label for item in review.added])
    _refuse_twice("conflict", [item.conflict_id for item in review.resolutions])
    known = {finding.id: finding for finding in reading.findings}
    for item in review.findings:
        finding = known.get(item.finding_id)
        if finding is None:
            raise UsageError(f"the case has no finding {item.finding_id}")
        _refuse_unfit(reading, finding.label, item)
        if _is_same(finding, item):
            raise UsageError(f"{finding.label} is {said(finding)} in the draft already; accept it")
        _refuse_decided_sentence(draft, finding, review)
    for added in review.added:
        _refuse_unfit(reading, added.label, added)
        _refuse_told(reading, draft, review, added)
    waiting = {conflict.id for conflict in conflicts if conflict.resolution == "open"}
    for settled in review.resolutions:
        if settled.conflict_id not in waiting:
            raise UsageError(f"the case has no open conflict {settled.conflict_id}")


def decided_by_findings(draft: DraftReport, review: Review) -> frozenset[str]:
    """Name the statements whose findings were all changed: they need no decision of their own."""
    changed = {item.finding_id for item in review.findings}
    return frozenset(s.id for s in draft.statements if s.finding_ids and changed.issuperset(s.finding_ids))


def speaking_of(draft: DraftReport, identity: str) -> Iterator[Statement]:
    """Give the sentences of findings and impression that speak of a finding."""
    for section in SPEAKING:
        yield from (item for item in draft.sections.get(section, ()) if identity in item.finding_ids)


def said(finding: Finding) -> str:
    """Say status, side and place of a finding: `present, right lower zone`."""
    place = finding.location or finding.laterality
    return finding.status.replace("_", " ") + (f", {place}" if place else "")


def _refuse_twice(what: str, names: Sequence[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"the {what} {twice} is decided twice")


def _refuse_unfit(reading: Reading, label: str, item: FindingReview | AddedFinding) -> None:
    known = term(label)
    if label == NO_FINDING:
        raise UsageError(f"'{NO_FINDING}' follows from the other findings; decide on these")
    if item.laterality and not known.sided:
        raise UsageError(f"{label} has no side; it was given as {item.laterality}")
    if item.place is not None:
        _refuse_misdrawn(reading, label, item, item.place)


def _refuse_misdrawn(reading: Reading, label: str, item: FindingReview | AddedFinding, place: Locator) -> None:
    image, region = reading.case.study.image(place.sop_instance_uid, place.frame), place.region
    if image is None:
        raise UsageError(f"the region of {label} is drawn on a picture that is not of this study")
    if region is None:
        raise UsageError(f"the place of {label} has no region; draw one, or name side and zone")
    if region.x + region.width > image.columns or region.y + region.height > image.rows:
        raise UsageError(f"the region of {label} lies outside its picture of {image.columns} x {image.rows} pixels")
    drawn, _ = drawn_zone(reading.case, reading.evidence, place)
    if item.laterality in ("left", "right") and drawn and drawn != item.laterality and image.sides != "withheld":
        raise UsageError(f"the region of {label} is drawn on the {drawn}; its side is given as {item.laterality}")


def _is_same(finding: Finding, item: FindingReview) -> bool:
    zone = f"{item.laterality} {item.zone}" if item.zone else None
    placed = (finding.location or "").startswith(zone) if zone else finding.location is None
    return (finding.status, finding.laterality) == (item.status, item.laterality) and placed and item.place is None


def _refuse_decided_sentence(draft: DraftReport, finding: Finding, review: Review) -> None:
    """A finding is decided once: changed, or in its sentence."""
    wholly = decided_by_findings(draft, review)
    own = {item.statement_id: item.action for item in review.statements}
    for statement in speaking_of(draft, finding.id):
        action = own.get(statement.id)
        if action in ("edit", "reject") or (action == "accept" and statement.id in wholly and statement.needs_decision):
            done = {"edit": "edited", "reject": "rejected", "accept": "accepted"}[action]
            raise UsageError(f"{finding.label} is changed and its sentence {statement.id} is {done}; decide it once")


def _refuse_told(reading: Reading, draft: DraftReport, review: Review, added: AddedFinding) -> None:
    """What the draft speaks of is changed, not added, so that no report says both."""
    finding = next((finding for finding in reading.findings if finding.label == added.label), None)
    if finding is not None and any(speaking_of(draft, finding.id)):
        raise UsageError(f"the draft says that {added.label} is {said(finding)}; change that finding instead")
    if finding is not None and any(item.finding_id == finding.id for item in review.findings):
        raise UsageError(f"{added.label} is changed and added; decide it once")
