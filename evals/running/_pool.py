"""Who runs the attempts: this process, or several beside it."""

import multiprocessing
import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from threading import Lock

from overread.evals.running._attempt import Attempt, Bench, attempt, attempt_elsewhere, bench_of
from overread.evals.running._result import EvalRow
from overread.settings import Settings, load_profile

BESIDE = frozenset({"scripted", "recorded", "vllm"})
"""Backends that hold no weights in the process that asks them."""
Done = Callable[[Attempt, EvalRow], None]


def run_all(works: Sequence[Attempt], settings: Settings, scorers: tuple[str, ...], workers: int, done: Done) -> None:
    """Run attempts and tell of each as it is done, in any order.

    Profiles whose models are in the process that asks them run in this one, whatever `workers` is: no weights are
    loaded twice. Threads do not pay: what an attempt does between its models' answers is Python.
    """
    kept = {profile for profile in {work.profile for work in works} if workers == 1 or holds_weights(profile, settings)}
    here = [work for work in works if work.profile in kept]
    elsewhere = [work for work in works if work.profile not in kept]
    if not elsewhere:
        _run_here(here, settings, scorers, done)
        return
    lock = Lock()

    def tell(work: Attempt, row: EvalRow) -> None:
        with lock:
            done(work, row)

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["overread.evals.running._attempt"])
    count = min(len(elsewhere), max(1, workers - bool(here)))
    pool = ProcessPoolExecutor(count, mp_context=context)
    try:
        futures = [_submitted(pool, work, settings, scorers, tell) for work in elsewhere]
        _run_here(here, settings, scorers, tell)
        for future in futures:
            future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def holds_weights(profile: str, settings: Settings) -> bool:
    """Say whether models of a profile are loaded into the process that asks them."""
    return any(spec.backend not in BESIDE for spec in load_profile(profile, settings).roles.values())


def _run_here(works: Sequence[Attempt], settings: Settings, scorers: tuple[str, ...], done: Done) -> None:
    benches: dict[str, Bench] = {}
    for work in works:
        if work.profile not in benches:
            benches[work.profile] = bench_of(work.profile, settings, scorers)
        done(work, attempt(work, benches[work.profile]))


def _submitted(
    pool: ProcessPoolExecutor, work: Attempt, settings: Settings, scorers: tuple[str, ...], done: Done
) -> "Future[EvalRow]":
    future = pool.submit(attempt_elsewhere, work, pickle.dumps(settings), scorers)

    def tell(finished: "Future[EvalRow]") -> None:
        if not finished.cancelled() and finished.exception() is None:
            done(work, finished.result())

    future.add_done_callback(tell)
    return future
