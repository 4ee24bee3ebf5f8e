"""The memory plan: which model is served where, and how much it may take, before anything starts.

A GPU's server takes a share of the device's total memory (`--gpu-memory-utilization`): weights, working memory and the
KV cache of the cases in flight; what is left over goes to the KV caches. vLLM compares that share with what is free at
its start, so models on one GPU are started one after the other, in the order of the plan.
"""

from collections.abc import Sequence

from overread.errors import ServingRefused
from overread.serving._packing import WHOLE, Load, Seat, kv_bytes, needed, seats
from overread.serving.records import Device, Entry, Need, Placement, ServingPlan

SPARED = 0.05
"""Part of the machine's memory that the plan leaves to everything else."""
BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
ADVICE = (
    "lower 'context' or 'sequences' in a catalogue entry of your own (catalogue_dir), choose a smaller profile, "
    "or give it more memory"
)


def plan(profile: str, entries: Sequence[Entry], devices: Sequence[Device], *, cpu: bool) -> ServingPlan:
    """Place every model of a profile, in the order of starting; raise `ServingRefused` when they cannot fit."""
    placements = _on_cpu(profile, entries, devices) if cpu else _on_gpus(profile, entries, devices)
    return ServingPlan(profile=profile, placements=placements, devices=tuple(devices))


def _on_cpu(profile: str, entries: Sequence[Entry], devices: Sequence[Device]) -> tuple[Placement, ...]:
    (memory,) = (device for device in devices if device.index is None)
    models = [_in_float32(model) for model in entries]
    left = memory.free - int(SPARED * memory.total)
    if (wanted := sum(needed(model) for model in models)) > left:
        largest = max(models, key=needed)
        raise ServingRefused(
            f"profile '{profile}' needs {_gb(wanted)} of memory for its {len(models)} servers ('{largest.name}' "
            f"{_parts(largest)}) and {_gb(max(0, left))} of {_gb(memory.total)} can be given; {ADVICE}"
        )
    return tuple(
        Placement(entry=entry, memory=needed(model), kv_tokens=_planned_tokens(entry))
        for entry, model in zip(entries, models, strict=True)
    )


def _in_float32(model: Entry) -> Entry:
    """Give the need on a CPU, where models are served in float32."""
    factor = BYTES["float32"] // BYTES[model.dtype]
    need = model.need.model_copy(
        update={"weights": factor * model.need.weights, "kv_per_token": factor * model.need.kv_per_token}
    )
    return model.model_copy(update={"need": need})


def _on_gpus(profile: str, entries: Sequence[Entry], devices: Sequence[Device]) -> tuple[Placement, ...]:
    gpus = [device for device in devices if device.index is not None]
    if not gpus:
        raise ServingRefused(
            f"profile '{profile}' is served on a GPU and none was found; check 'nvidia-smi', or choose a CPU profile"
        )
    seated = seats(entries, gpus)
    if seated is None:
        raise ServingRefused(_why_not(profile, entries, gpus))
    return tuple(_placement(seat, seat.parts + _spare(seat, seated)) for seat in seated)


def _spare(seat: Seat, seated: Sequence[Seat]) -> int:
    """Give what a model's KV cache gets beside its need, in thousandths: its part of what all its GPUs have left."""
    return min(_spare_on(gpu, seat, [other for other in seated if gpu in other.gpus]) for gpu in seat.gpus)


def _spare_on(gpu: Device, seat: Seat, beside: Sequence[Seat]) -> int:
    weights = {other.model.name: kv_bytes(other.model) // len(other.gpus) for other in beside}
    left = Load(gpu).room(len(beside)) - sum(other.parts for other in beside)
    return left * weights[seat.model.name] // max(1, sum(weights.values()))


def _placement(seat: Seat, parts: int) -> Placement:
    memory = min(parts * gpu.total // WHOLE for gpu in seat.gpus)
    return Placement(
        entry=seat.model,
        devices=tuple(gpu.index for gpu in seat.gpus if gpu.index is not None),
        memory=memory,
        share=parts / WHOLE,
        kv_tokens=_tokens(seat.model.need, memory, len(seat.gpus)),
    )


def _tokens(need: Need, memory: int, ways: int) -> int:
    return ((memory - need.working) * ways - need.weights) // need.kv_per_token if need.kv_per_token else 0


def _planned_tokens(model: Entry) -> int:
    return model.context * model.sequences if model.need.kv_per_token else 0


def _why_not(profile: str, entries: Sequence[Entry], gpus: Sequence[Device]) -> str:
    there = ", ".join(f"GPU {gpu.index} ({gpu.name}): {_given(gpu)} of {_gb(gpu.total)}" for gpu in gpus)
    alone = [model for model in entries if seats([model], gpus) is None]
    if alone:
        return f"'{alone[0].name}' needs {_parts(alone[0])} on a GPU; what can be given: {there}; {ADVICE}"
    wanted = ", ".join(f"'{model.name}' {_gb(needed(model))}" for model in entries)
    return (
        f"the models of profile '{profile}' fit one by one but not together ({wanted}); "
        f"what can be given: {there}; {ADVICE}"
    )


def _given(gpu: Device) -> str:
    return _gb(max(0, Load(gpu).room(1) * gpu.total // WHOLE))


def _parts(model: Entry) -> str:
    return (
        f"{_gb(needed(model))} ({_gb(model.need.weights)} weights, {_gb(kv_bytes(model))} KV cache, "
        f"{_gb(model.need.working)} working)"
    )


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
