"""The laws of a consistency rule."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from overread.ports import EvidenceIndex, Rule
from overread.records import Case, Conflict, Finding, Trust
from overread.testing.doubles import make_case

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]


@dataclass(frozen=True)
class RuleTrial:
    """A rule with an example that breaks it and one that keeps it."""

    rule: Rule
    bad: Callable[[], Example]
    good: Callable[[], Example]

    def conflicts(self, example: Example) -> Sequence[Conflict]:
        return tuple(self.rule.check(*example))


def law_describes_itself(trial: RuleTrial) -> Iterator[str]:
    """The rule has an id, a severity and a description of one sentence."""
    if not trial.rule.id or trial.rule.severity not in ("block", "warn", "note"):
        yield "the id is empty or the severity unknown"
    if not trial.rule.describe.endswith("."):
        yield "the description is not a sentence"


def law_fires_on_bad_example(trial: RuleTrial) -> Iterator[str]:
    """The rule fires on its own bad example, in its own name."""
    conflicts = trial.conflicts(trial.bad())
    if not conflicts:
        yield "silent"
    for conflict in conflicts:
        if (conflict.rule, conflict.severity) != (trial.rule.id, trial.rule.severity):
            yield f"a conflict is signed {conflict.rule} {conflict.severity}"


def law_silent_on_good_example(trial: RuleTrial) -> Iterator[str]:
    """The rule is silent on its own good example."""
    for conflict in trial.conflicts(trial.good()):
        yield conflict.message


def law_silent_without_evidence(trial: RuleTrial) -> Iterator[str]:
    """Where there is nothing to compare the rule is silent."""
    for conflict in trial.rule.check(make_case(), (), EvidenceIndex(()), Trust()):
        yield conflict.message


def law_cites_evidence_that_exists(trial: RuleTrial) -> Iterator[str]:
    """A conflict cites evidence, and only evidence of the case."""
    case, findings, evidence = trial.bad()
    for conflict in trial.rule.check(case, findings, evidence):
        if not conflict.evidence_ids:
            yield "a conflict cites nothing"
        for identity in conflict.evidence_ids:
            if identity not in evidence:
                yield f"{identity} is not evidence of the case"


def law_conflicts_begin_open(trial: RuleTrial) -> Iterator[str]:
    """A rule settles nothing: its conflicts are open."""
    for conflict in trial.conflicts(trial.bad()):
        if conflict.resolution != "open":
            yield f"{conflict.id} is {conflict.resolution}"


def law_same_case_same_conflicts(trial: RuleTrial) -> Iterator[str]:
    """The same case gives the same conflicts, each once."""
    example = trial.bad()
    ids = [conflict.id for conflict in trial.conflicts(example)]
    if ids != [conflict.id for conflict in trial.conflicts(example)]:
        yield "a second check gave other conflicts"
    if len(set(ids)) != len(ids):
        yield "a conflict was given twice"
