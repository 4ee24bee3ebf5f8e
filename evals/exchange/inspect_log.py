"""Read a log of Inspect (`.eval` or `.json`) as results of ours: of our suite, or of any task with right and wrong."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from overread._version import __version__
from overread.errors import UsageError
from overread.evals._intervals import clustered, weighted_mean
from overread.evals.answering._result import BenchmarkResult, Figure, Said, Sample, Spec, Voice
from overread.evals.benchmarks._item import About
from overread.evals.comparing._suites import compared_profiles
from overread.evals.running._identity import versions
from overread.evals.running._result import EvalResult, EvalRow, EvalSpec, ProfileIdentity
from overread.evals.running._summarising import dimension_rates, reliability, summaries

RIGHT = {"C": True, "I": False, "P": False, 1: True, 0: False}
"""Values of Inspect's scores that say right or wrong, True and False being 1 and 0; half right is not right."""


def read_log(path: Path) -> EvalResult | BenchmarkResult:
    """Give the results in a log; raises `UsageError` for a file that is none, or holds no samples."""
    try:
        from inspect_ai.log import read_eval_log
    except ModuleNotFoundError as error:
        raise UsageError(f"logs of Inspect need the module '{error.name}': pip install 'overread[inspect]'") from None
    if not path.is_file():
        raise UsageError(f"there is no log {path.name}")
    try:
        log = read_eval_log(str(path))
    except (ValueError, KeyError, OSError):
        raise UsageError(f"{path.name} is no log of Inspect") from None
    if not log.samples:
        raise UsageError(f"{path.name} holds no samples: the run was {log.status}")
    told = log.eval.metadata or {}
    return _suite(log, told) if told.get("overread") == "suite" else _benchmark(log, told)


def _suite(log: Any, told: dict[str, Any]) -> EvalResult:
    """Give a suite of ours from the attempts that the samples hold; a sample without one was not run to its end."""
    kept = [sample.store.get("overread_row") for sample in log.samples]
    rows = tuple(EvalRow.model_validate(row) for row in kept if row is not None)
    if len(rows) < len(kept):
        raise UsageError(f"{len(kept) - len(rows)} samples of the log were not run to their end; run the task again")
    profile = ProfileIdentity.model_validate(told["profile"])
    chosen = (profile.name,)
    spec = EvalSpec(suite=told["suite"], profiles=chosen, seed=told["seed"], scorers=tuple(told["scorers"]))
    return EvalResult(
        suite=told["suite"],
        overread_version=__version__,
        spec=spec,
        versions={**versions(), **log.eval.packages},
        profiles=(profile,),
        rows=rows,
        summary=tuple(summaries(chosen, rows)),
        dimensions=tuple(dimension_rates(chosen, rows)),
        reliability=tuple(reliability(chosen, rows)),
        compared=compared_profiles(chosen, rows),
    ).digested()


def _benchmark(log: Any, told: dict[str, Any]) -> BenchmarkResult:
    """Give the samples of any task by its first scorer; a sample that stopped with an error is not right."""
    model = told.get("profile") or log.eval.model
    voice = Voice(profile=model, system="model", control="as_is", identity=f"{log.eval.model} in Inspect")
    samples = tuple(_sample(sample, voice) for sample in log.samples)
    return BenchmarkResult(
        spec=Spec(
            benchmark=log.eval.task, split=told.get("split", "all"), profiles=(model,), systems=("model",),
            controls=("as_is",), limit=None, seed=0, overread_version=__version__,
        ),
        about=_about(log, told),
        voices=(voice,),
        figures=tuple(_figures(voice, samples)),
        samples=samples,
        skipped={},
        versions={**versions(), **log.eval.packages},
    ).digested()  # fmt: skip


def _about(log: Any, told: dict[str, Any]) -> About:
    if "about" in told:
        return About.model_validate(told["about"])
    return About(
        name=log.eval.task,
        title=log.eval.task,
        needs=(),
        licence="not said in the log",
        source=f"a log of Inspect, {log.eval.created}",
        splits=("all",),
        protocol="Scored by the task's first scorer in Inspect.",
    )


def _sample(sample: Any, voice: Voice) -> Sample:
    told = sample.metadata or {}
    score = next(iter((sample.scores or {}).values()), None)
    target = sample.target if isinstance(sample.target, str) else ", ".join(sample.target)
    return Sample(
        id=f"{sample.id}" + (f" {sample.epoch}" if sample.epoch > 1 else ""),
        cluster=str(told.get("cluster", sample.id)),
        kind=told.get("kind") or ("mcq" if sample.choices else "open"),
        in_scope=told.get("in_scope"),
        task=told.get("task"),
        question=_text(sample.input),
        truth=target,
        said=(_said(sample, score, voice),),
    )


def _said(sample: Any, score: Any, voice: Voice) -> Said:
    completion = sample.output.completion or None
    if sample.error is not None:
        return Said(voice=voice.name, fate="failed", said=completion, read=None, right=False, words=None,
                    why=sample.error.message)  # fmt: skip
    value = None if score is None else score.value
    unscored = not isinstance(value, str | bool | int | float) or (isinstance(value, float) and math.isnan(value))
    right = None if unscored else RIGHT.get(value)
    partial = float(value) if isinstance(value, int | float) and not unscored and right is None else None
    return Said(
        voice=voice.name,
        fate="answered" if completion else "silent",
        said=completion,
        read=None if score is None else score.answer,
        right=right,
        words=partial,
        why=None if score is None else (score.explanation or score.reason),
    )


def _figures(voice: Voice, samples: Sequence[Sample]) -> Iterator[Figure]:
    for kind in sorted({sample.kind for sample in samples}):
        own = [sample for sample in samples if sample.kind == kind]
        rights = [(sample, float(sample.said[0].right)) for sample in own if sample.said[0].right is not None]
        partial = [(sample, sample.said[0].words) for sample in own if sample.said[0].words is not None]
        for measure, scored in (("accuracy", rights), ("score", partial)):
            if scored:
                values = np.asarray([value for _, value in scored], np.float64)
                clusters = [sample.cluster for sample, _ in scored]
                value, low, high = clustered(weighted_mean(values), clusters)
                answered = sum(sample.said[0].fate == "answered" for sample, _ in scored)
                yield Figure(
                    voice=voice.name, part=kind, measure=measure, value=round(value, 4), low=round(low, 4),
                    high=round(high, 4), items=len(scored), clusters=len(set(clusters)), answered=answered,
                )  # fmt: skip


def _text(given: Any) -> str:
    return given if isinstance(given, str) else "\n".join(message.text for message in given)
