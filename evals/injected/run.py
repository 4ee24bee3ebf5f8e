"""Run the real rules over every injected conflict and its twins, and count what they find."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from overread import plugins
from overread.evals._intervals import wilson
from overread.evals.injected.evidence import case_of, evidence_of, trust_of
from overread.evals.injected.wordings import PARTS, Injected, Part, Told, all_cases
from overread.ports import Rule
from overread.reasoning.change import with_changes
from overread.reasoning.merging import merge
from overread.settings import Settings

RECALL, FALSE_ALARMS = 0.98, 0.02
"""What each rule must reach: the share of conflicts it finds, and at most that share of twins it fires on."""
Progress = Callable[[int, int, str], None]


class Rate(BaseModel):
    """A share with its 95 % Wilson interval."""

    model_config = ConfigDict(frozen=True)

    hits: int
    total: int
    share: float | None
    """None where there is nothing to count."""
    low: float
    high: float

    @classmethod
    def of(cls, hits: int, total: int) -> "Rate":
        """Count hits of a total."""
        low, high = wilson(hits, total) if total else (0.0, 1.0)
        return cls(hits=hits, total=total, share=hits / total if total else None, low=low, high=high)


class Missed(BaseModel):
    """A case that came out wrong."""

    model_config = ConfigDict(frozen=True)

    part: Part
    wrong: bool
    """True for a conflict that was not found, False for a false alarm."""
    told: Told


class RuleRow(BaseModel):
    """One rule: how often it fires where it must, where it must not, and on cases that are about other rules."""

    model_config = ConfigDict(frozen=True)

    rule: str
    recall: dict[str, Rate]
    """By part of the wordings, and `all`."""
    false_alarms: dict[str, Rate]
    elsewhere: Rate
    """Twins of other rules on which it fires: mostly true conflicts of its own kind."""
    missed: tuple[Missed, ...]

    @property
    def passed(self) -> bool:
        """Say whether it reaches what it must, over all wordings."""
        return (self.recall["all"].share or 0.0) >= RECALL and (self.false_alarms["all"].share or 0.0) <= FALSE_ALARMS


class ConflictResult(BaseModel):
    """What the suite gave."""

    model_config = ConfigDict(frozen=True)

    suite: str
    cases: int
    rows: tuple[RuleRow, ...]
    unheard: tuple[str, ...]
    """Rules without a file in the suite."""

    @property
    def gates_passed(self) -> bool:
        """Say whether every rule has its cases and reaches what it must."""
        return not self.unheard and all(row.passed for row in self.rows)


def run_injected(name: str, folder: Path, settings: Settings, progress: Progress | None = None) -> ConflictResult:
    """Check every case with every rule: `Rule.check` over built evidence and the findings merged from it."""
    rules = {rule: plugins.builder("rules", rule)(settings) for rule in plugins.names("rules")}
    cases = all_cases(folder)
    fired: list[frozenset[str]] = []
    for number, case in enumerate(cases):
        if progress and number % 100 == 0:
            progress(number, len(cases), case.rule)
        fired.append(rules_fired(case.told, list(rules.values())))
    by_rule: dict[str, list[tuple[Injected, frozenset[str]]]] = defaultdict(list)
    for case, names in zip(cases, fired, strict=True):
        by_rule[case.rule].append((case, names))
    rows = tuple(_row(rule, by_rule) for rule in sorted(by_rule.keys() & rules.keys()))
    unheard = tuple(sorted(rules.keys() - by_rule.keys()))
    return ConflictResult(suite=name, cases=len(cases), rows=rows, unheard=unheard)


def rules_fired(told: Told, rules: Sequence[Rule]) -> frozenset[str]:
    """Name the rules that find a conflict in a case."""
    case, evidence, trust = case_of(told), evidence_of(told), trust_of(told)
    findings = with_changes(case, merge(case, evidence, (), trust), evidence.all(), trust)
    return frozenset(rule.id for rule in rules if any(True for _ in rule.check(case, findings, evidence, trust)))


def _row(rule: str, by_rule: dict[str, list[tuple[Injected, frozenset[str]]]]) -> RuleRow:
    own = by_rule[rule]
    others = [names for name, cases in by_rule.items() if name != rule for case, names in cases if not case.wrong]
    return RuleRow(
        rule=rule,
        recall=_rates(rule, [(case, names) for case, names in own if case.wrong]),
        false_alarms=_rates(rule, [(case, names) for case, names in own if not case.wrong]),
        elsewhere=Rate.of(sum(rule in names for names in others), len(others)),
        missed=tuple(
            Missed(part=case.part, wrong=case.wrong, told=case.told)
            for case, names in own
            if case.wrong != (rule in names)
        ),
    )


def _rates(rule: str, cases: Sequence[tuple[Injected, frozenset[str]]]) -> dict[str, Rate]:
    found: dict[str, Rate] = {}
    for part in (*PARTS, "all"):
        mine = [names for case, names in cases if part in (case.part, "all")]
        found[part] = Rate.of(sum(rule in names for names in mine), len(mine))
    return found
