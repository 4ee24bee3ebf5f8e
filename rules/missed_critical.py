"""A critical finding that somebody with a vote sees may not be lost on the way to the impression."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from overread.ports import EvidenceIndex, Rule
from overread.reasoning.opinions import Vote
from overread.reasoning.questions import ask_about
from overread.reasoning.vocabulary import TERMS
from overread.reasoning.votes import votes_in
from overread.records import Case, Claim, Conflict, Evidence, Finding, Severity, Trust
from overread.rules._claims import claims_heard, is_heard_of
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
WITHIN_HOURS = 2
"""Categories up to this must be in a report whoever saw them; of 3 only the report's own word is held to it."""


class _Report(NamedTuple):
    """The sentences of one report model, by section."""

    tool: str
    findings: tuple[Evidence, ...]
    impression: tuple[Evidence, ...]

    @property
    def last(self) -> tuple[Evidence, ...]:
        """Give the section that a reader acts on: the impression, or the findings of a report without one."""
        return self.impression or self.findings


class MissedCritical:
    """Compares votes that see a critical label with the merged finding, and with each report's impression."""

    id = "missed_critical"
    severity: Severity = "block"
    describe = "A critical finding that a tool sees is denied in the findings, or missing in a report's impression."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Look for critical labels that are present for a vote and absent, or not spoken of, in the end.

        What an impression denies, or calls normal, is a matter for `impression_vs_findings` and `polarity`, unless the
        merged finding is absent too. A report model that was not measured on a label owes no word of it.
        """
        votes = votes_in(case, evidence.all(), trust)
        status = {finding.label: finding.status for finding in findings}
        reports = list(_reports(case, evidence, trust))
        for label in sorted({vote.label for vote in votes if TERMS[vote.label].critical}):
            seen = [
                vote for vote in votes if vote.label == label and vote.status == "present" and vote.kind != "answer"
            ]
            if not seen:
                continue
            if status.get(label) == "absent":
                yield self._conflict(label, seen, (), "the finding is absent")
                continue
            for report in reports:
                if is_heard_of(case, report.tool, label, trust) and _owed(label, seen, report):
                    yield self._conflict(
                        label, seen, report.last[:1], f"the {report.tool} does not speak of it in the end"
                    )

    def _conflict(self, label: str, seen: Sequence[Vote], silent: Sequence[Evidence], what: str) -> Conflict:
        who = " and ".join(sorted({vote.tool for vote in seen}))
        return Conflict.of(
            self.id,
            self.severity,
            f"{label}: seen by {who}, a critical result of category {TERMS[label].critical}; {what}.",
            label=label,
            evidence_ids=tuple(dict.fromkeys((*(vote.evidence_id for vote in seen), *(item.id for item in silent)))),
            question=ask_about(label),
        )


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return MissedCritical()


def bad_example() -> Example:
    """The findings have a pneumothorax, the impression speaks of the heart."""
    return _example("Heart size is normal.", None)


def good_example() -> Example:
    """The impression has it too."""
    return _example("Left pneumothorax.", "Pneumothorax")


def _example(impression: str, label: str | None) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim

    claims = (
        make_claim("There is a left pneumothorax.", "Pneumothorax", "present", "left"),
        make_claim(impression, label, section="impression"),
    )
    return make_case(), (), EvidenceIndex(make_evidence(claim, tool="report") for claim in claims)


def _reports(case: Case, evidence: EvidenceIndex, trust: Trust | None) -> Iterable[_Report]:
    claims = [item for item, _ in claims_heard(case, evidence, trust)]
    for tool in sorted({item.tool for item in claims}):
        parts = {
            section: tuple(
                item
                for item in claims
                if item.tool == tool and isinstance(item.payload, Claim) and item.payload.section == section
            )
            for section in ("findings", "impression")
        }
        yield _Report(tool, parts["findings"], parts["impression"])


def _owed(label: str, seen: Sequence[Vote], report: _Report) -> bool:
    """Say whether a report must speak of a label in the end and does not, nor calls everything normal."""
    category = TERMS[label].critical or 9
    own = any(vote.tool == report.tool for vote in seen)
    if category > WITHIN_HOURS and not (own and report.impression):
        return False
    spoken = {said.label for item in report.last if isinstance(item.payload, Claim) for said in item.payload.assertions}
    return bool(report.last) and not spoken & {label, "No Finding"}
