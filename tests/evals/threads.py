"""Tests of what leaves its thread an event loop that nobody closes."""

import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any


def in_a_thread(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test in a thread of its own: Inspect leaves its thread an event loop."""

    @wraps(test)
    def run_it(**fixtures: Any) -> None:
        with ThreadPoolExecutor(1) as one:
            one.submit(test, **fixtures).result()
        gc.collect()  # told here, where it is expected, and in no other test

    return run_it
