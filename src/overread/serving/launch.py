"""What is run for each placement of a plan: the arguments and variables of one `vllm serve`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from overread.records._record import Record
from overread.serving.families import traits
from overread.serving.records import Entry, Placement, Task

LEAST_KV = 64 * 2**20
"""Bytes of key-value cache on a CPU below which vLLM will not start; a pooling model takes them as well."""
SPARE_TOKENS = 256
"""Beside those planned: vLLM keeps a block for itself, and does not start with room for exactly one sequence."""
GUIDANCE = {"backend": "guidance", "disable_any_whitespace": True}
NOWHERE = "none.invalid"
"""A domain that cannot exist: images come as data, and a server fetches no address that a request names."""
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
QUIET = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "VLLM_HOST_IP": "127.0.0.1"}
# Engine and worker in one process start in two thirds of the time. Threads that wait for each other on busy cores made
# an answer five times slower, so there is one unless OMP_NUM_THREADS says otherwise; 'auto' would bind every server to
# the same core.
CPU = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": "1"}


class Launch(Record):
    """One server to start; it holds no secret."""

    model: str
    """The catalogue entry's name, which is also the served name."""
    task: Task
    images: int = 0
    """Images that a prompt may hold."""
    weights_digest: str
    url: str
    port: int
    devices: tuple[int, ...] = ()
    argv: tuple[str, ...]
    environment: dict[str, str] = Field(default_factory=dict)
    """Variables beside those of the supervisor; an OMP_NUM_THREADS of its own wins."""


class Patience(Record):
    """How long a supervisor waits for what, in seconds."""

    start: float = Field(gt=0)
    """From a server's start to its first answer."""
    stop: float = Field(gt=0)
    """From SIGTERM to SIGKILL."""
    pause: float = Field(default=1.0, gt=0)
    """Before the first restart; it doubles with each quick death."""
    longest_pause: float = Field(default=60.0, gt=0)
    steady: float = Field(default=60.0, gt=0)
    """Health after which a death is no quick one."""
    ask: float = Field(default=5.0, gt=0)
    """Between two questions for the health of a server that runs."""
    hung: float = Field(default=60.0, gt=0)
    """Without an answer, after which a server that runs is taken for dead."""


class Orders(Record):
    """What a supervisor is told to keep up."""

    profile: str
    launches: tuple[Launch, ...]
    patience: Patience


@dataclass(frozen=True)
class Place:
    """Where one server is run from and listens."""

    environment: Path
    """The folder of vLLM's environment."""
    cpu_patch: Path | None
    """The folder that the CPU build needs on its PYTHONPATH; None: the GPU build."""
    host: str
    port: int


def launch(placement: Placement, place: Place, folder: Path | None, digest: str) -> Launch:
    """Say how one model is served, from a folder of this machine, or from the hub when there is none.

    `digest` names the weights: SHA-256 of the folder, or the hub's commit.
    """
    entry = placement.entry
    on_device = _cpu_arguments(placement) if place.cpu_patch else _gpu_arguments(placement)
    return Launch(
        model=entry.name,
        task=entry.task,
        images=entry.images,
        weights_digest=digest,
        url=url(place),
        port=place.port,
        devices=placement.devices,
        argv=(
            *(str(place.environment / "bin" / "vllm"), "serve", str(folder or entry.source)),
            *_address(entry, place),
            *(() if folder or not entry.revision else ("--revision", entry.revision)),
            *on_device,
            *_task_arguments(entry),
            *traits(entry.family).arguments,
            *entry.arguments,
        ),
        environment=_variables(placement, folder, place.cpu_patch),
    )


def url(place: Place) -> str:
    """Give the address to ask; a server that listens everywhere is asked on loopback."""
    host = WILDCARDS.get(place.host, place.host)
    return f"http://[{host}]:{place.port}" if ":" in host else f"http://{host}:{place.port}"


def _address(entry: Entry, place: Place) -> tuple[str, ...]:
    return (
        *("--served-model-name", entry.name, "--host", place.host, "--port", str(place.port)),
        *("--allowed-media-domains", NOWHERE, "--disable-uvicorn-access-log"),
    )


def _cpu_arguments(placement: Placement) -> tuple[str, ...]:
    """Give the CPU's arguments: float32, since its answers are then those of the reference, token for token."""
    entry = placement.entry
    per_token = entry.need.kv_per_token * (1 if entry.dtype == "float32" else 2)
    kv = max((placement.kv_tokens + SPARE_TOKENS) * per_token, LEAST_KV)
    return (
        *("--dtype", "float32", "--enforce-eager", "--distributed-executor-backend", "uni"),
        *("--kv-cache-memory-bytes", str(kv)),
    )


def _gpu_arguments(placement: Placement) -> tuple[str, ...]:
    share = () if placement.share is None else ("--gpu-memory-utilization", f"{placement.share:.4g}")
    parallel = len(placement.devices)
    several = ("--tensor-parallel-size", str(parallel)) if parallel > 1 else ()
    return ("--dtype", placement.entry.dtype, *share, *several)


def _task_arguments(entry: Entry) -> Sequence[str]:
    length = ("--max-model-len", str(entry.context)) if entry.context else ()
    if entry.task != "chat":
        return length
    template = traits(entry.family).template
    return (
        *length,
        *(("--limit-mm-per-prompt", json.dumps({"image": entry.images})) if entry.images else ()),
        *("--generation-config", "vllm"),  # the checkpoint's own sampling defaults must not change an answer
        *("--structured-outputs-config", json.dumps(GUIDANCE)),
        *(("--chat-template", str(template)) if template else ()),
    )


def _variables(placement: Placement, folder: Path | None, cpu_patch: Path | None) -> dict[str, str]:
    offline = {"HF_HUB_OFFLINE": "1"} if folder else {}
    if cpu_patch:
        return {**QUIET, **offline, **CPU, "PYTHONPATH": str(cpu_patch)}
    devices = ",".join(str(index) for index in placement.devices)
    # The plan counts GPUs as NVML does, CUDA by itself the fastest first.
    return {**QUIET, **offline, "CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": devices}
