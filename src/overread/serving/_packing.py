"""Seat models on GPUs: first fit, the largest first, and every other way before it is called impossible.

Reckoned in thousandths of a device's total, the unit of `--gpu-memory-utilization`, so that rounding cannot
oversubscribe. A pure first fit may fail where another order fits, and more so on a larger device; with the
search behind it, more memory never turns a plan that fits into one that does not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from overread.serving.records import Device, Entry

WHOLE = 1000
CEILING = 950
"""Most thousandths of a device that all models together are given."""
CONTEXT = 600 * 2**20
"""What a server takes beside its share on each device: its CUDA context, which vLLM does not count."""


@dataclass(frozen=True)
class Load:
    """A GPU with the models seated on it so far."""

    gpu: Device
    parts: int = 0
    models: int = 0

    def room(self, models: int) -> int:
        """Give the thousandths that `models` servers may share."""
        return min(CEILING, (self.gpu.free - models * CONTEXT) * WHOLE // self.gpu.total)

    def with_model(self, need: int) -> "Load | None":
        """Add a model that needs so many bytes, or give None when it does not fit."""
        after = Load(self.gpu, self.parts + parts_of(need, self.gpu), self.models + 1)
        return after if after.parts <= after.room(after.models) else None


@dataclass(frozen=True)
class Seat:
    """A model and the equal GPUs that carry it, in thousandths of each."""

    model: Entry
    gpus: tuple[Device, ...]
    parts: int


Loads = tuple[Load, ...]
State = tuple[int, tuple[tuple[str, int, int, int, int], ...]]


def needed(model: Entry, ways: int = 1) -> int:
    """Give the bytes that a model needs on each of `ways` devices: they divide weights and KV cache, not the rest."""
    return -(-(model.need.weights + kv_bytes(model)) // ways) + model.need.working


def kv_bytes(model: Entry) -> int:
    """Give the KV cache of the planned cases in flight, in bytes."""
    return model.need.kv_per_token * model.context * model.sequences


def parts_of(need: int, gpu: Device) -> int:
    return -(-need * WHOLE // gpu.total)


def seats(models: Sequence[Entry], gpus: Sequence[Device]) -> tuple[Seat, ...] | None:
    """Seat every model once, in decreasing need, or give None when there is no way."""
    ordered = sorted(models, key=lambda model: (-needed(model), model.name))
    return _search(ordered, tuple(Load(gpu) for gpu in gpus), set())


def _search(models: Sequence[Entry], loads: Loads, dead: set[State]) -> tuple[Seat, ...] | None:
    if not models:
        return ()
    state = len(models), tuple(sorted(_alike(load) for load in loads))
    if state in dead:
        return None
    for ways in sorted(models[0].parallel):
        for seat, after in _choices(models[0], ways, loads):
            if (rest := _search(models[1:], after, dead)) is not None:
                return (seat, *rest)
    dead.add(state)
    return None


def _choices(model: Entry, ways: int, loads: Loads) -> Iterator[tuple[Seat, Loads]]:
    """Give the ways to put a model on so many equal GPUs: those with the fewest models first, then by index."""
    need = needed(model, ways)
    tried = set()
    for group in combinations(sorted(loads, key=lambda load: (load.models, load.gpu.index)), ways):
        kind = tuple(sorted(_alike(load) for load in group))
        taken = {load.gpu.index: load.with_model(need) for load in group}
        if kind in tried or len({(load.gpu.name, load.gpu.total) for load in group}) > 1 or None in taken.values():
            continue
        tried.add(kind)
        after = tuple(taken.get(load.gpu.index) or load for load in loads)
        yield Seat(model, tuple(load.gpu for load in group), parts_of(need, group[0].gpu)), after


def _alike(load: Load) -> tuple[str, int, int, int, int]:
    return load.gpu.name, load.gpu.total, load.gpu.free, load.parts, load.models
