"""One attempt: run a variant of a scenario, let every scorer say what it thinks of it."""

import pickle
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from overread import plugins
from overread.composition import build_tools
from overread.errors import OverreadError
from overread.evals._execute import Run, execute
from overread.evals._scenario import Scenario, Variant
from overread.evals.running._observing import observed
from overread.evals.running._result import EvalRow, ScorerKind, ScoreRow, place_of
from overread.evals.scorers._score import Scorer
from overread.ports import Tool
from overread.records import content_digest
from overread.settings import Settings, load_profile


@dataclass(frozen=True)
class Attempt:
    """What is to be run."""

    profile: str
    scenario: Scenario
    variant: Variant
    repeat: int
    seed: int

    @property
    def place(self) -> tuple[str, str, Variant, int]:
        """Tell it from every other attempt of a run."""
        return self.profile, self.scenario.name, self.variant, self.repeat

    @property
    def name(self) -> str:
        """Name it among the attempts of its profile."""
        return place_of(self.scenario.name, self.variant, self.repeat)

    @property
    def study_digest(self) -> str:
        """Name the study that is read, by what its specification says."""
        return content_digest(self.scenario.setup(self.variant).study.model_dump(mode="json"), length=16)


@dataclass(frozen=True)
class Bench:
    """What attempts of a profile are run with; made once in each process."""

    settings: Settings
    tools: Mapping[str, Tool]
    scorers: Mapping[str, Scorer]


def bench_of(profile: str, settings: Settings, scorers: Sequence[str]) -> Bench:
    """Build the tools of a profile, whose models load at first use, and the scorers."""
    own = settings.model_copy(update={"profile": profile})
    built = {name: plugins.builder("evals.scorers", name)(own) for name in scorers}
    return Bench(own, build_tools(load_profile(profile, own), own), built)


def attempt(work: Attempt, bench: Bench) -> EvalRow:
    """Run and score; an error of ours is a failed attempt with its reason, anything else stops the suite."""
    _seed(work.seed + work.repeat)
    setup = work.scenario.setup(work.variant)
    run: Run | None = None
    try:
        run = execute(setup, bench.settings, bench.tools)
        scores = tuple(
            _score(name, scorer, scorer.score(setup.expect, run)) for name, scorer in sorted(bench.scorers.items())
        )
    except OverreadError as error:
        stopped = f"the run stopped: {error}"
        scores = (ScoreRow(scorer="run", dimension="run", kind="gate", passed=False, reason=stopped),)
    failed = tuple(_failures(scores))
    return EvalRow(
        profile=work.profile,
        scenario=work.scenario.name,
        number=work.scenario.number,
        variant=work.variant,
        repeat=work.repeat,
        seed=work.seed + work.repeat,
        purpose=work.scenario.purpose,
        tags=work.scenario.tags,
        tier=getattr(work.scenario, "tier", "T0"),
        gate_passed=not failed,
        scores=scores,
        reason="; ".join(failed),
        observed=None if run is None else observed(run),
        picture=work.study_digest,
        seconds=0.0 if run is None else round(run.seconds, 3),
    )


def attempt_elsewhere(work: Attempt, settings: bytes, scorers: tuple[str, ...]) -> EvalRow:
    """Run in a process of its own, which keeps what it built for the next one."""
    return attempt(work, _kept(work.profile, settings, scorers))


@lru_cache(maxsize=4)
def _kept(profile: str, settings: bytes, scorers: tuple[str, ...]) -> Bench:
    return bench_of(profile, pickle.loads(settings), scorers)


def _score(name: str, scorer: Scorer, given: Any) -> ScoreRow:
    kind: ScorerKind = getattr(scorer, "kind", "gate")
    dimension = str(getattr(scorer, "dimension", name))
    value = getattr(given, "value", None)
    return ScoreRow(scorer=name, dimension=dimension, kind=kind, passed=given.passed, reason=given.reason, value=value)


def _failures(scores: Sequence[ScoreRow]) -> Iterator[str]:
    return (f"{one.scorer}: {one.reason}" for one in scores if one.kind == "gate" and one.passed is False)


def _seed(seed: int) -> None:
    """Seed the generators that anything may draw from: Python's, NumPy's, and torch's where it is loaded."""
    random.seed(seed)
    np.random.seed(seed)
    if (torch := sys.modules.get("torch")) is not None:
        torch.manual_seed(seed)
