"""What a conformance check says: each law passed, failed or skipped."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, TypeVar

SubjectT = TypeVar("SubjectT")
Law = Callable[[SubjectT], Iterable[str]]
"""Yields a sentence per breach; raises `NotApplicable` when the subject cannot be held to it."""


class NotApplicable(Exception):
    """A law does not concern this subject, or what it needs was not given; shown as skipped."""


@dataclass(frozen=True)
class LawResult:
    """What came of one law, in the law's own words; `detail` is its first three breaches, or why it was skipped."""

    law: str
    outcome: Literal["passed", "failed", "skipped"]
    detail: str = ""


@dataclass(frozen=True)
class ConformanceReport:
    """The laws that one extension was held to."""

    subject: str
    results: tuple[LawResult, ...]

    @property
    def failed(self) -> tuple[LawResult, ...]:
        """Give the laws that were broken."""
        return tuple(result for result in self.results if result.outcome == "failed")

    @property
    def skipped(self) -> tuple[LawResult, ...]:
        """Give the laws that do not concern the subject, or that lack what they need."""
        return tuple(result for result in self.results if result.outcome == "skipped")

    def __str__(self) -> str:
        lines = [f"{self.subject}: {len(self.failed)} of {len(self.results)} laws broken"]
        lines += [f"  {result.outcome:8}{result.law}{_after(result.detail)}" for result in self.results]
        return "\n".join(lines)


def laws_in(module: ModuleType) -> tuple[Callable[[Any], Iterable[str]], ...]:
    """Give the functions of a module whose name begins with `law_`, in the order written."""
    found = [member for name, member in vars(module).items() if name.startswith("law_") and inspect.isfunction(member)]
    return tuple(found)


def hold_to(subject: SubjectT, name: str, laws: Iterable[Law[SubjectT]]) -> ConformanceReport:
    """Hold a subject to each law; what the subject raises itself goes through, so that its traceback is seen."""
    return ConformanceReport(name, tuple(_result(law, subject) for law in laws))


def _result(law: Law[SubjectT], subject: SubjectT) -> LawResult:
    statement = (law.__doc__ or law.__name__).strip().splitlines()[0]
    try:
        breaches = list(law(subject))
    except NotApplicable as reason:
        return LawResult(statement, "skipped", str(reason))
    return LawResult(statement, "failed" if breaches else "passed", "; ".join(breaches[:3]))


def _after(detail: str) -> str:
    return f" ({detail})" if detail else ""
