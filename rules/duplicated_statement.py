"""A report model may not say one thing twice in one section."""

import re
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Literal

from overread.labeler.places import zones
from overread.labeler.severity import grades
from overread.ports import EvidenceIndex, Rule
from overread.records import Case, Claim, Conflict, Evidence, Finding, Severity, Trust
from overread.rules._claims import claims_heard
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
_WORD = re.compile(r"[a-z]+|\d+(?:\.\d+)?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_GRAMMAR = (
    "a an the there is are was were be been on in at of side sided hemithorax again also which its it this that and"
)
_FILLER = frozenset(
    f"{_GRAMMAR} seen noted identified present visible evident visualized demonstrated shown found appears".split()
)


class DuplicatedStatement:
    """Compares the sentences of one section pair by pair: their words, and what they assert."""

    id = "duplicated_statement"
    severity: Severity = "note"
    describe = "A report model says one thing twice in one section."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare sentences of one tool and section; a conflict cites both.

        They are one where their words are, filler apart, or where they assert the same of the same side and neither
        sizes, zones nor numbers tell them apart.
        """
        heard = [item for item, _ in claims_heard(case, evidence, trust)]
        for first, second in combinations(heard, 2):
            if first.tool == second.tool and _same(first, second):
                yield Conflict.of(
                    self.id,
                    self.severity,
                    f"The {first.tool} says the same twice in its {_section(first)}.",
                    evidence_ids=(first.id, second.id),
                )


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return DuplicatedStatement()


def bad_example() -> Example:
    """One effusion in two sentences."""
    return _example("A left pleural effusion is seen.", "left")


def good_example() -> Example:
    """One on each side."""
    return _example("There is a right pleural effusion.", "right")


def _example(second: str, side: Literal["left", "right"]) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim

    claims = (
        make_claim("There is a left pleural effusion.", "Pleural Effusion", "present", "left"),
        make_claim(second, "Pleural Effusion", "present", side),
    )
    return make_case(), (), EvidenceIndex(make_evidence(claim, tool="report") for claim in claims)


def _section(item: Evidence) -> str:
    return item.payload.section if isinstance(item.payload, Claim) else ""


def _same(first: Evidence, second: Evidence) -> bool:
    one, other = first.payload, second.payload
    if not isinstance(one, Claim) or not isinstance(other, Claim) or one.section != other.section:
        return False
    words = [set(_WORD.findall(claim.text.lower())) - _FILLER for claim in (one, other)]
    if words[0] and words[0] == words[1]:
        return True
    said = [{(each.label, each.status, each.laterality) for each in claim.assertions} for claim in (one, other)]
    details = [(grades(claim.text), zones(claim.text), set(_NUMBER.findall(claim.text))) for claim in (one, other)]
    return bool(said[0]) and said[0] == said[1] and details[0] == details[1]
