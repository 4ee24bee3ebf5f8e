"""Suites and benchmarks as tasks of Inspect (`inspect eval overread/suite -T profile=embedded --model none`).

Needs `pip install 'overread[inspect]'`, which names this module to Inspect. A suite reads cases by the agent itself, so
no model of Inspect's is asked. A benchmark is asked of a profile's model, or with `--solver generate` of any model that
Inspect knows: the scorer reads both in the same way.
"""

import atexit
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anyio
from anyio.to_thread import run_sync
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageUser, ContentImage, ContentText, ModelOutput
from inspect_ai.scorer import CORRECT, INCORRECT, Score, Scorer, Target, accuracy, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from overread import plugins
from overread.errors import UsageError
from overread.evals.answering._figures import truth_of
from overread.evals.answering._judging import judge
from overread.evals.answering._pictures import Album, Seen
from overread.evals.answering._replies import Reply
from overread.evals.answering._systems import Asked, Outcome, Respondent, respondent
from overread.evals.answering._wording import worded
from overread.evals.benchmark import Request, items_of
from overread.evals.benchmarks._item import Item
from overread.evals.exchange._attempts import scenario_attempts, text_of
from overread.evals.reporting.page import png_address
from overread.evals.running._attempt import Attempt, attempt, bench_of
from overread.evals.running._identity import profile_identity
from overread.evals.running._result import EvalRow
from overread.settings import load_profile, load_settings

ROW = "overread_row"
"""Where a sample's store holds the attempt."""
CLUSTER = "cluster"


@task
def suite(suite: str = "scenarios", profile: str | None = None, seed: int = 0) -> Task:
    """Give a suite, by name or folder, read by the agent of a profile."""
    settings = load_settings()
    chosen = profile or settings.profile
    works = scenario_attempts(suite, chosen, seed)
    return Task(
        dataset=MemoryDataset([_sample(work) for work in works.values()], name=suite),
        solver=read_cases(suite, chosen, seed),
        scorer=[gates(), *(build() for build in SCORERS.values())],
        metadata={
            "overread": "suite",
            "suite": suite,
            "seed": seed,
            "scorers": list(SCORERS),
            "profile": profile_identity(chosen, settings).model_dump(mode="json"),
        },
    )


@task
def benchmark(
    name: str,
    data: str,
    split: str | None = None,
    profile: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    agent: bool = False,
) -> Task:
    """Give a benchmark of questions from a folder, asked of the VQA model, or the agent, of a profile.

    Items whose picture is not there are left out, and counted in the task's metadata. Raises `UsageError` for a
    benchmark that asks no questions.
    """
    settings = load_settings()
    request = Request(benchmark=name.replace("-", "_"), data=Path(data), split=split, limit=limit, seed=seed)
    about, items = items_of(request, settings)
    if any(item.kind in ("report", "label") for item in items):
        raise UsageError(f"{about.title} asks no questions; Inspect can be given those that do")
    album = Album(request.data, settings.limits)
    shown = [(item, seen) for item in items if (seen := album.of(item)).missing is None]
    return Task(
        dataset=MemoryDataset([_question(item, seen) for item, seen in shown], name=name),
        solver=ask_profile(data, profile or settings.profile, agent),
        scorer=judged(),
        metadata={
            "overread": "benchmark",
            "about": about.model_dump(mode="json"),
            "split": split or about.splits[0],
            "skipped": len(items) - len(shown),
        },
    )


@solver
def read_cases(suite: str, profile: str, seed: int) -> Solver:
    """Read the case of a scenario with the agent; one at a time, for attempts seed what they draw from."""
    works = scenario_attempts(suite, profile, seed)
    bench = bench_of(profile, load_settings(), plugins.names("evals.scorers"))
    alone = anyio.Lock()

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        async with alone:
            row = await run_sync(attempt, works[str(state.sample_id)], bench)
        state.store.set(ROW, row.model_dump(mode="json"))
        state.output = ModelOutput.from_content(model=profile, content=text_of(row))
        state.completed = True
        return state

    return solve


@solver
def ask_profile(data: str, profile: str, agent: bool = False) -> Solver:
    """Ask a profile's VQA model, or the agent, each question by itself."""
    settings = load_settings(profile=profile)
    album = Album(Path(data), settings.limits)
    alone = anyio.Lock()
    opened = ExitStack()
    atexit.register(opened.close)  # Inspect does not say when a solver is done with
    asked: list[Respondent] = []

    def ask(item: Item) -> Outcome:
        if not asked:
            loaded = load_profile(profile, settings)
            asked.append(opened.enter_context(respondent("agent" if agent else "model", loaded, settings)))
        ((_, outcome),) = asked[0].answer([Asked(item.id, worded(item), album.of(item), "as_is")])
        return outcome

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        async with alone:
            outcome = await run_sync(ask, Item.model_validate(state.metadata["item"]))
        state.output = ModelOutput.from_content(model=profile, content=outcome.said or "")
        state.completed = True
        return state

    return solve


@scorer(metrics=[accuracy(), stderr(cluster=CLUSTER)])
def gates() -> Scorer:
    """Score whether every gate of the scenario passed."""

    async def score(state: TaskState, target: Target) -> Score:
        row = EvalRow.model_validate(state.store.get(ROW))
        return Score(value=CORRECT if row.gate_passed else INCORRECT, explanation=row.reason or None)

    return score


def _one_scorer(name: str) -> Callable[[], Scorer]:
    """Give Inspect one of Overread's scorers, under its own name; unscored where it had nothing to check."""

    @scorer(metrics=[accuracy(), stderr(cluster=CLUSTER)], name=name)
    def build() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            row = EvalRow.model_validate(state.store.get(ROW))
            said = next((one for one in row.scores if one.scorer == name), None)
            if said is None or said.passed is None:
                return Score.unscored(reason="nothing to check")
            return Score(value=CORRECT if said.passed else INCORRECT, explanation=said.reason or None)

        return score

    return build


SCORERS = {name: _one_scorer(name) for name in plugins.names("evals.scorers")}


@scorer(metrics=[accuracy(), stderr(cluster=CLUSTER)])
def judged() -> Scorer:
    """Read an answer as Overread reads it; what cannot be read is not right."""

    async def score(state: TaskState, target: Target) -> Score:
        item, said = Item.model_validate(state.metadata["item"]), state.output.completion
        fate = "answered" if said else "silent"
        reply = Reply.model_validate(
            {"item": item.id, "system": "model", "control": "as_is", "fate": fate, "said": said or None, "asked": ""}
        )
        found = judge(item, reply)
        return Score(
            value=CORRECT if found.right else INCORRECT, answer=found.read, metadata={"F1 of words": found.words}
        )

    return score


def _sample(work: Attempt) -> Sample:
    setup = work.scenario.setup(work.variant)
    metadata: dict[str, Any] = {CLUSTER: work.scenario.name, "variant": work.variant, "tags": list(work.scenario.tags)}
    metadata["scenario"] = setup.model_dump(mode="json", exclude_defaults=True)
    return Sample(id=work.name, input=work.scenario.purpose, target=setup.expect.status, metadata=metadata)


def _question(item: Item, seen: Seen) -> Sample:
    content = [*(ContentImage(image=png_address(picture)) for picture in seen.pictures), ContentText(text=worded(item))]
    messages: list[ChatMessage] = [ChatMessageUser(content=content)]
    metadata = {CLUSTER: item.cluster, "kind": item.kind, "in_scope": item.in_scope, "task": item.task}
    return Sample(
        id=item.id,
        input=messages,
        target=truth_of(item),
        metadata={**metadata, "item": item.model_dump(mode="json")},
    )
