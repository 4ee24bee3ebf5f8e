"""What of a report is coded: only what its words say, in the structured report and in the FHIR bundle alike.

Left out are findings that were not assessed, or whose sentence was withheld, edited or rejected (what people wrote is
not coded), and all of them where a person wrote the text anew (amended) or only a preliminary report is signed.
"""

from collections.abc import Iterator, Sequence

from overread.export._coding import PRESENCE
from overread.export._states import State
from overread.outputs.draft_policy import NOT_POSITIVE
from overread.records import CaseFile, Evidence, Finding, Measurement


def findings(state: State) -> tuple[Finding, ...]:
    """Give the findings that a sentence of this state speaks of; that the film is normal is one only where it is."""
    told = tuple(item for item in _standing(state) if item.status in PRESENCE)
    return tuple(item for item in told if item.label != NOT_POSITIVE or item.status == "present")


def measures(state: State) -> Iterator[tuple[Evidence, Measurement]]:
    """Give the measurements that a sentence cites or a coded finding rests on."""
    rests = {identity for item in findings(state) for identity in (*item.evidence_ids, *item.against_ids)}
    cites = {identity for lines in state.sections.values() for line in lines for identity in line.citations}
    for item in state.file.evidence:
        if isinstance(item.payload, Measurement) and item.id in rests | cites:
            yield item, item.payload


def _standing(state: State) -> Iterator[Finding]:
    file = state.file
    if state.version is None:
        yield from (item for item in file.findings if item.id in _spoken(file))
        return
    amended = any(item.status == "amended" for item in file.versions if item.version <= state.version.version)
    if not state.final or amended or file.final is None or file.review is None:
        return
    standing = _spoken(file) - _reworded(file) | {item.finding_id for item in file.review.findings}
    added = {item.label for item in file.review.added}
    yield from (item for item in file.final.findings if item.id in standing or item.label in added)


def _spoken(file: CaseFile) -> set[str]:
    return _findings_of(file, None)


def _reworded(file: CaseFile) -> set[str]:
    decisions = file.review.statements if file.review else ()
    return _findings_of(file, [item.statement_id for item in decisions if item.action != "accept"])


def _findings_of(file: CaseFile, statement_ids: Sequence[str] | None) -> set[str]:
    """Give the ids of the findings that some sentences of the draft speak of; None: all of them."""
    statements = file.draft.statements if file.draft else ()
    chosen = [item for item in statements if statement_ids is None or item.id in statement_ids]
    return {identity for item in chosen for identity in item.finding_ids}
