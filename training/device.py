"""Where training computes: moving batches there, drawing them ahead, and a limit of time."""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Generic, TypeVar, cast

import torch
from torch import Tensor

T = TypeVar("T")
CPU = torch.device("cpu")


def best_device() -> torch.device:
    """Give the CUDA device where there is one, else the CPU."""
    return torch.device("cuda") if torch.cuda.is_available() else CPU


def moved(batch: T, device: torch.device) -> T:
    """Give a dataclass with each of its tensors on a device."""
    if device == CPU:
        return batch
    if not is_dataclass(batch) or isinstance(batch, type):
        raise TypeError("batches are dataclasses of tensors")
    tensors = {f.name: value for f in fields(batch) if isinstance(value := getattr(batch, f.name), Tensor)}
    # Copies from pageable memory wait for the device either way, so nothing is gained by asking for no wait.
    return cast(T, replace(cast(Any, batch), **{name: value.to(device) for name, value in tensors.items()}))


class Ahead(Generic[T]):
    """Draw what the next steps need in threads, while a device works on this one; the batches are the same."""

    def __init__(self, draw: Callable[[int], T], threads: int) -> None:
        """Draw with so many threads; with none each step is drawn when it is asked for."""
        self._draw, self._threads = draw, threads
        self._pool = ThreadPoolExecutor(threads) if threads else None
        self._waiting: deque[tuple[int, Future[T]]] = deque()

    def __call__(self, step: int) -> T:
        """Give the batch of a step."""
        if self._pool is None:
            return self._draw(step)
        if not self._waiting or self._waiting[0][0] != step:
            self._forget()
        following = self._waiting[-1][0] + 1 if self._waiting else step
        for number in range(following, step + 2 * self._threads):
            self._waiting.append((number, self._pool.submit(self._draw, number)))
        return self._waiting.popleft()[1].result()

    def close(self) -> None:
        """Stop; what was drawn ahead is dropped."""
        self._forget()
        if self._pool is not None:
            self._pool.shutdown()

    def _forget(self) -> None:
        for _, drawn in self._waiting:
            drawn.cancel()
        self._waiting.clear()


@dataclass(frozen=True)
class Budget:
    """A limit of wall time, in seconds from when this was made."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    _start: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_start", self.clock())

    def spent(self) -> float:
        """Give the share that is spent: 1 or more when it is over."""
        return (self.clock() - self._start) / self.seconds if self.seconds > 0 else 1.0
