"""What a vLLM server says of itself at `/metrics`."""

from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

from overread.serving.health_check import DIRECT

KV_CACHE = "vllm:kv_cache_usage_perc"
RUNNING = "vllm:num_requests_running"
WAITING = "vllm:num_requests_waiting"
READ = "vllm:prompt_tokens_total"
WRITTEN = "vllm:generation_tokens_total"


@dataclass(frozen=True)
class Sample:
    """One look at a server; what it does not tell is None."""

    kv_cache: float | None
    """Share of the key-value cache in use, 0 to 1."""
    running: int | None
    """Requests in the batch."""
    waiting: int | None
    """Requests in the queue."""
    tokens: float | None
    """Tokens read and written since the server's start."""


def sample(url: str, seconds: float = 5.0) -> Sample | None:
    """Read a server's metrics; None when it does not answer."""
    try:
        answer = httpx.get(f"{url}/metrics", timeout=seconds, **DIRECT)
    except httpx.TransportError:
        return None
    return parse(answer.text) if answer.is_success else None


def parse(text: str) -> Sample:
    """Parse the Prometheus text of one server, its engines added up; the cache is that of the fullest."""
    samples: dict[str, list[float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            samples.setdefault(sample.name, []).append(sample.value)
    tokens = [sum(samples[name]) for name in (READ, WRITTEN) if name in samples]
    return Sample(
        kv_cache=max(samples[KV_CACHE]) if KV_CACHE in samples else None,
        running=_count(samples.get(RUNNING)),
        waiting=_count(samples.get(WAITING)),
        tokens=sum(tokens) if tokens else None,
    )


def _count(values: list[float] | None) -> int | None:
    return None if values is None else int(sum(values))
