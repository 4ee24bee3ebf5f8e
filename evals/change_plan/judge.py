"""Judge a change by its plan: what can be told without a look first, then one look, then the figures."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from overread._version import __version__
from overread.errors import UsageError
from overread.evals.change_plan.comparing import Check
from overread.evals.change_plan.leakage import leaks
from overread.evals.change_plan.ledger import Entry, Ledger, opened
from overread.evals.change_plan.plan import Plan
from overread.evals.change_plan.tables import ALL, Tables
from overread.evals.metrics._reading import Cells, read_rows
from overread.settings import Settings

Verdict = Literal["accepted", "refused", "outside_plan"]


class Judgement(BaseModel):
    """What became of a change; `change.json` is this."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: str
    overread_version: str
    verdict: Verdict
    """`refused`: a criterion does not hold. `outside_plan`: it could not be tested as laid down."""
    reasons: tuple[str, ...]
    checks: tuple[Check, ...]
    told: tuple[str, ...]
    """What is no reason, but must be known: groups too small to show anything."""
    look: int | None
    """Which look at the test set this was; None where none was taken."""
    looks: int
    """That the plan allows."""
    ledger_head: str
    """Digest of the ledger's last line: keep it outside the ledger's folder."""


@dataclass(frozen=True)
class _Files:
    references: str
    current: str
    proposed: str

    @classmethod
    def of(cls, plan: Plan) -> "_Files":
        return cls(*(_digest(path) for path in (plan.references, plan.current, plan.proposed)))

    def same(self, entry: Entry) -> bool:
        return (entry.references, entry.current, entry.proposed) == (self.references, self.current, self.proposed)


def judge(plan: Plan, settings: Settings) -> Judgement:
    """Judge a change. A look is written down before a figure is computed: one that was broken off counts.

    The very same files are shown again without another look. Raises `UsageError` for files that cannot be read, and for
    a ledger that was altered.
    """
    files = _Files.of(plan)
    rows = read_rows(plan.references)
    with opened(plan.ledger) as ledger:
        book = _Book(plan, files, ledger)
        if reasons := tuple(_outside(plan, files, rows, ledger)):
            return book.without_a_look("outside_plan", reasons)
        tables = Tables.read(plan, rows)
        if tables.lacking:
            why = f"the proposed gives nothing for {tables.lacking} items that the current answers"
            return book.without_a_look("refused", (why,))
        prepared = tables.prepare(plan, settings)  # all that can be wrong with plan and files shows before the look
        look = book.take_look()
        return book.after_look(look, tuple(prepared.checks(plan)))


@dataclass(frozen=True)
class _Book:
    """Writes down what happens, and says what became of it."""

    plan: Plan
    files: _Files
    ledger: Ledger

    def without_a_look(self, verdict: Verdict, reasons: tuple[str, ...]) -> Judgement:
        self._add("refusal", verdict, reasons)
        return self._judgement(verdict, reasons, None)

    def take_look(self) -> int:
        """Give the number of the look; the very same files have theirs already."""
        looks = self.ledger.looks
        seen = next((number for number, entry in enumerate(looks, start=1) if self.files.same(entry)), None)
        if seen is None:
            self._add("look")
        return seen or len(looks) + 1

    def after_look(self, look: int, checks: tuple[Check, ...]) -> Judgement:
        reasons = tuple(check.why for check in checks if _is_reason(check, self.plan))
        told = tuple(check.why for check in checks if check.difference is None and not _is_reason(check, self.plan))
        verdict: Verdict = "refused" if reasons else "accepted"
        self._add("verdict", verdict, reasons)
        return self._judgement(verdict, reasons, look, checks, told)

    def _add(
        self,
        kind: Literal["look", "verdict", "refusal"],
        verdict: Verdict | None = None,
        reasons: tuple[str, ...] = (),
    ) -> None:
        entry = Entry(
            number=len(self.ledger.entries) + 1,
            at=datetime.now(UTC),
            kind=kind,
            plan=self.plan.name,
            rules=self.plan.rules,
            references=self.files.references,
            current=self.files.current,
            proposed=self.files.proposed,
            verdict=verdict,
            reasons=reasons,
            previous=self.ledger.head,
        )
        self.ledger.add(entry)

    def _judgement(
        self,
        verdict: Verdict,
        reasons: tuple[str, ...],
        look: int | None,
        checks: tuple[Check, ...] = (),
        told: tuple[str, ...] = (),
    ) -> Judgement:
        return Judgement(
            plan=self.plan.name,
            overread_version=__version__,
            verdict=verdict,
            reasons=reasons,
            checks=checks,
            told=told,
            look=look,
            looks=self.plan.looks,
            ledger_head=self.ledger.head,
        )


def _outside(plan: Plan, files: _Files, rows: Mapping[str, Cells], ledger: Ledger) -> Iterator[str]:
    """Say why a change cannot be tested as laid down; nothing of it is looked at."""
    yield from leaks(plan, rows)
    looks = ledger.looks
    if any(entry.references != files.references for entry in looks):
        yield "the ledger's looks were at another test set: a new test set takes a new plan and a new ledger"
    if any(entry.rules != plan.rules for entry in looks):
        yield "the plan's metrics, margins, groups or looks were changed after the first look at the test set"
    if len(looks) >= plan.looks and not any(files.same(entry) for entry in looks):
        yield f"no look is left: the plan allows {plan.looks} at the test set, and {len(looks)} were taken"


def _is_reason(check: Check, plan: Plan) -> bool:
    if check.difference is None:
        return check.part == ALL or plan.subgroups.too_few == "refuse"
    return check.outcome == "failed"


def _digest(path: Path) -> str:
    if not path.is_file():
        raise UsageError(f"{path.name}, which the plan names, is not there")
    return hashlib.sha256(path.read_bytes()).hexdigest()
