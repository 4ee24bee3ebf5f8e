"""How work is run: model servers, workers of the queue, Ray."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from overread.settings.words import Switch


class Serving(BaseModel):
    """How `overread serve` runs model servers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Path | None = None
    """Folder of vLLM's own Python environment; None: one of ours under `~/.cache/overread/serving`."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto`: the GPUs where there are any."""
    host: str = "127.0.0.1"
    port: int = Field(default=8100, ge=1, le=65535)
    """Port of the first server; each further one takes the next."""
    start_seconds: float = Field(default=300.0, gt=0)
    """How long a server may take from its start to its first answer."""
    stop_seconds: float = Field(default=20.0, gt=0)
    """How long a server may take to end before it is killed."""


class Reading(BaseModel):
    """How workers take cases from the queue (`overread batch`, `overread worker`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lease_seconds: float = Field(default=60.0, gt=0, le=3600)
    """A case is its worker's for so long, and again each time the worker says that it lives: three times as often."""
    attempts: int = Field(default=3, ge=1, le=20)
    """How often a case is tried whose reading meets a fault that passes; then it is set aside."""
    retry_seconds: float = Field(default=10.0, gt=0, le=3600)
    """Wait before the second try; it doubles with each further one."""
    deaths: int = Field(default=3, ge=1, le=20)
    """After so many workers that died while they read it, a case is set aside."""
    recall: Switch = "on"
    """Whether a study that is read again, for an order or an image that came late, keeps what a tool saw in the read
    before where model, settings and all that the tool looks at are the same."""
    warm: Switch = "on"
    """Whether `overread read` has its case read by a worker or page of this home whose models are loaded, where one
    reads exactly as it would; and whether a worker or page does so for others."""


class RayCluster(BaseModel):
    """Where `overread batch --engine ray` reads, and what each of its actors takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str | None = Field(default=None, pattern=r"^(auto|[^\s/]+:\d+)$")
    """Head of a Ray cluster, `host:port`, or `auto`: the one that was started on this machine. None: a Ray of the
    batch's own, on the loopback, that ends with it."""
    cases: int = Field(default=1, ge=1, le=64)
    """Cases in flight in one actor: its models are loaded once, and asked of several cases together."""
    cpus: float = Field(default=1.0, ge=0, le=1024)
    """Processors that Ray sets aside for an actor."""
    gpus: float = Field(default=0.0, ge=0, le=64)
