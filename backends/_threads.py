"""How many threads a model in this process computes with, and how they wait for one another.

A token-by-token decoder meets a barrier after every small product. By OpenMP's default threads spin there: beside
another process that keeps the cores busy, each barrier waits for a time slice of the scheduler, and a case of two
seconds took ten to eighteen (`scripts/bench_contention.py`). So threads sleep while they wait, and a small model, whose
second thread saves a tenth at best, computes in one: the tools of a case fill the other cores.
"""

import os
from functools import cache
from typing import Any

import psutil

SMALL = 100_000_000
"""Parameters up to which one thread is as good as several, and better beside other work.

Measured with random Llamas on two idle cores, threads that sleep, milliseconds a token with one and with two threads:
5 M 4.7 and 5.1, 23 M 13.2 and 12.7, 78 M 33.9 and 32.1, 214 M 84.4 and 77.6.
"""


def sleep_at_barriers() -> None:
    """Have OpenMP's threads sleep, not spin; before torch is imported, and unless the environment says otherwise."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def threads_for(parameters: int, wanted: int | None) -> int:
    """Give the threads for a model of so many parameters: those wanted, else one for a small model, else all cores."""
    if wanted is not None:
        return wanted
    return 1 if parameters <= SMALL else cores()


@cache
def cores() -> int:
    """Count the physical cores that this process may use."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, psutil.cpu_count(logical=False) or allowed)


def parameters_of(model: Any) -> int:
    """Count a module's parameters; something without any is small."""
    return sum(each.numel() for each in model.parameters()) if hasattr(model, "parameters") else 0


def compute_with(threads: int) -> None:
    """Compute with so many threads in this thread, and in those that begin later.

    Only where that changes something: torch drops oneDNN's prepared kernels at each call.
    """
    import torch

    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
