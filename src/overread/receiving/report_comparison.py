"""Lay a report that was signed elsewhere beside the draft: a pure function of both.

The report is read by the labeler's rules, as that of a prior is: it reaches no model, and an instruction in it does
nothing. A label that it speaks of several times is present before it is uncertain, and that before it is absent.
"""

from collections.abc import Iterator, Sequence

from overread.labeler import VERSION
from overread.labeler.prior_report import PriorAssertion, PriorReading, read_signed_text
from overread.reasoning.vocabulary import LABELS
from overread.records import CaseFile, Discrepancy, DraftComparison, Finding, Laterality, WhyUnread
from overread.store.reports_elsewhere import SignedElsewhere

STRONGEST = ("present", "uncertain", "absent")
NORMAL = "No Finding"
"""Says that nothing is there; what is there is compared label by label."""


def compare(file: CaseFile, report: SignedElsewhere) -> DraftComparison:
    """Say in what a report differs from the findings of the draft."""
    reading = read_signed_text(report.text)
    unread = _unread(report, reading)
    made = DraftComparison(draft_digest=file.draft_digest or "", labeler=VERSION, unread=unread)
    if unread is not None:
        return made
    ours = {item.label: item for item in file.findings}
    compared = [label for label in LABELS if label != NORMAL]
    found = tuple(each for label in compared for each in _differing(label, ours.get(label), reading.assertions))
    agreed = sum(_agree(ours.get(label), _strongest(label, reading.assertions)) for label in compared)
    sides = sum(each.differs == "sides" for each in found)
    return made.model_copy(update={"discrepancies": found, "agreed": agreed - sides})


def _unread(report: SignedElsewhere, reading: PriorReading) -> WhyUnread | None:
    if report.status == "withdrawn":
        return "withdrawn"
    if not report.text.strip():
        return "no_text"
    if "too_long" in reading.flags:
        return "too_long"
    return "foreign_language" if "foreign_language" in reading.flags else None


def _differing(label: str, ours: Finding | None, said: Sequence[PriorAssertion]) -> Iterator[Discrepancy]:
    theirs = _strongest(label, said)
    status = theirs.status if theirs else None
    here = ours is not None and ours.status == "present"
    base = {"label": label, "ours": ours.status if ours else None, "theirs": status}
    our_side, their_side = (ours.laterality if ours else None), _side(label, said)
    sides = {"our_side": our_side, "their_side": their_side}
    if here and status in ("absent", None):
        yield Discrepancy.model_validate({**base, **sides, "differs": "ours_only"})
    elif status == "present" and not here:
        yield Discrepancy.model_validate({**base, **sides, "differs": "theirs_only"})
    elif here and status == "present" and our_side and their_side and our_side != their_side:
        yield Discrepancy.model_validate({**base, **sides, "differs": "sides"})


def _agree(ours: Finding | None, theirs: PriorAssertion | None) -> bool:
    return ours is not None and theirs is not None and ours.status == theirs.status in ("present", "absent")


def _strongest(label: str, said: Sequence[PriorAssertion]) -> PriorAssertion | None:
    mine = [each for each in said if each.label == label and each.status in STRONGEST]
    return min(mine, key=lambda each: STRONGEST.index(each.status), default=None)


def _side(label: str, said: Sequence[PriorAssertion]) -> Laterality | None:
    """Give the side that the report names of what is present: both, where it names one and the other."""
    named = {each.laterality for each in said if each.label == label and each.status == "present"} - {None}
    return next(iter(named)) if len(named) == 1 else "bilateral" if named else None
