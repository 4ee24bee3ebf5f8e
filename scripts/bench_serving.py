"""Time a served profile side by side in one run: vLLM's own client, ours, and the model in process.

Needs the servers of the profile: overread serve up --profile vllm-cpu
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from overread import prompting, weights
from overread.backends._picture_urls import PictureUrls
from overread.backends._schema import in_layout
from overread.composition import parts_of
from overread.errors import AnswerInvalid
from overread.ports import ChatBackend, ChatRequest
from overread.serving import state
from overread.serving.launch import Launch, Orders
from overread.serving.records import Server
from overread.settings import ModelSpec, Profile, Settings, load_profile, load_settings
from overread.testing.phantoms import render, sample_recipe, to_display
from overread.tools.report import MAX_TOKENS, SCHEMA

ROLE = "report"
TARGET = 0.90
"""Of vLLM's own client, requests a second."""
PHANTOMS = 4
Ask = Callable[[Sequence[ChatRequest], int], list[tuple[float, int]]]
"""Put requests, so many at once: seconds and tokens of each."""


@dataclass(frozen=True)
class Run:
    """The same requests put by one client; times in seconds."""

    client: str
    concurrency: int
    requests: int
    seconds: float
    p50: float
    p95: float
    tokens: int

    @property
    def per_second(self) -> float:
        """Requests answered in a second of wall time."""
        return self.requests / self.seconds


def main() -> None:
    """Print the table and, with `--json`, write the figures."""
    asked = arguments()
    settings = load_settings(profile=asked.profile)
    profile = load_profile(asked.profile, settings)
    served = launch_of(settings, profile)
    backend = parts_of(profile, settings).chat(ROLE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        requests = answered(backend, made(asked.requests))
        theirs = VllmClient(settings, *served, requests, folder)
        runs = compared(theirs, backend, requests, asked.concurrency, asked.rounds)
        runs += in_process(settings, requests[: asked.in_process], asked.concurrency) if asked.in_process else []
    ratios = {n: ratio(runs, n) for n in asked.concurrency}
    show(runs, ratios)
    if asked.json:
        figures = {"runs": [asdict(run) for run in runs], "ratios": ratios}
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="vllm-cpu")
    parser.add_argument("--requests", type=int, default=32)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--rounds", type=int, default=2, help="Of both clients, in turned order; the best counts.")
    parser.add_argument("--in-process", type=int, default=8, help="Requests put to the model in process; 0: none.")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def launch_of(settings: Settings, profile: Profile) -> tuple[Server, Launch]:
    """Find the server of the role's model and how it was started; ends the program in one line when there is none."""
    spec = profile.roles[ROLE]
    server = state.server_of(settings.home, spec.model)
    if server is None or server.state != "healthy":
        sys.exit(f"no server of model '{spec.model}' answers; start it: overread serve up --profile {profile.name}")
    orders = Orders.model_validate_json(state.orders_path(settings.home).read_bytes())
    return server, next(launch for launch in orders.launches if launch.model == spec.model)


def made(count: int) -> list[ChatRequest]:
    """Make the report tool's own requests, each with a picture of its own: phantoms, shifted sideways."""
    recipes = [sample_recipe(number, view="PA", flipped=False) for number in range(PHANTOMS)]
    drawn = [to_display(render(recipe, size=256)) for recipe in recipes]
    pictures = [np.roll(drawn[number % PHANTOMS], number // PHANTOMS, axis=1) for number in range(count)]
    prompt = prompting.load(ROLE).render()
    return [ChatRequest(prompt, (picture,), schema=SCHEMA, max_tokens=MAX_TOKENS) for picture in pictures]


def answered(backend: ChatBackend, requests: Sequence[ChatRequest]) -> list[ChatRequest]:
    """Put every request once, so that the caches of server and client are as warm for both clients.

    A request whose answer does not end is left out: our client refuses such an answer, vLLM's counts it.
    """
    kept = []
    for request in requests:
        try:
            backend.ask(request)
            kept.append(request)
        except AnswerInvalid as error:
            print(f"left out: {error}", file=sys.stderr)
    return kept


def compared(
    theirs: "VllmClient", backend: ChatBackend, requests: Sequence[ChatRequest], concurrency: Sequence[int], rounds: int
) -> list[Run]:
    """Run both clients in turned order (theirs, ours, ours, theirs …) and keep each one's best round."""
    runs = []
    for at_once in concurrency:
        found: dict[str, list[Run]] = {"vllm bench serve": [], "overread": []}
        for turn in range(rounds):
            clients = [("vllm bench serve", theirs.run), ("overread", lambda n: ours(backend, requests, n))]
            for name, run in clients if turn % 2 == 0 else reversed(clients):
                found[name].append(run(at_once))
                print(f"{name}, {at_once} at once: {found[name][-1].per_second:.2f} requests/s", file=sys.stderr)
        runs += [max(each, key=lambda run: run.per_second) for each in found.values()]
    return runs


@dataclass(frozen=True)
class VllmClient:
    """`vllm bench serve` of the serving environment, with the very requests of our client."""

    settings: Settings
    server: Server
    launch: Launch
    requests: Sequence[ChatRequest]
    folder: Path

    def run(self, concurrency: int) -> Run:
        """Put all requests, so many at once; ends the program with what the client printed when one has no answer."""
        result = self.folder / "theirs.json"
        given = {**os.environ, **self.launch.environment, "OPENAI_API_KEY": state.key(self.settings) or "none"}
        ended = subprocess.run(
            self._command(concurrency, result), env=given, capture_output=True, text=True, check=False
        )
        figures = json.loads(result.read_text()) if ended.returncode == 0 else {}
        if figures.get("completed") != len(self.requests):
            sys.exit(f"vllm bench serve did not answer everything:\n{ended.stdout[-2000:]}\n{ended.stderr[-2000:]}")
        p50, p95 = (figures[f"p{share}_e2el_ms"] / 1000 for share in (50, 95))
        seconds, tokens = figures["duration"], figures["total_output_tokens"]
        return Run("vllm bench serve", concurrency, len(self.requests), seconds, p50, p95, tokens)

    def _command(self, concurrency: int, result: Path) -> list[str]:
        body = {"response_format": response_format(), "logprobs": True, "seed": 0}
        model = self.server.model
        return [
            *(self.launch.argv[0], "bench", "serve", "--backend", "openai-chat", "--base-url", self.server.url),
            *("--endpoint", "/v1/chat/completions", "--model", model, "--served-model-name", model),
            *("--temperature", "0", "--extra-body", json.dumps(body), "--skip-tokenizer-init"),
            *("--dataset-name", "custom_image", "--dataset-path", str(self._dataset()), "--disable-shuffle"),
            *("--custom-output-len", str(MAX_TOKENS), "--num-prompts", str(len(self.requests)), "--no-oversample"),
            *("--max-concurrency", str(concurrency), "--ready-check-timeout-sec", "0", "--disable-tqdm"),
            *("--percentile-metrics", "e2el", "--metric-percentiles", "50,95", "--save-result"),
            *("--result-dir", str(result.parent), "--result-filename", result.name),
        ]

    def _dataset(self) -> Path:
        path = self.folder / "requests.jsonl"
        config = weights.config(weights.folder(self.server.model))
        urls = PictureUrls(config["vision_config"]["image_size"], longest=0)
        path.write_text("".join(json.dumps({"content": content(one, urls)}) + "\n" for one in self.requests))
        return path


def content(request: ChatRequest, urls: PictureUrls) -> list[dict[str, Any]]:
    """Write a request's parts as our client sends them."""
    images = [{"type": "image_url", "image_url": {"url": urls.url(picture)}} for picture in request.pictures]
    return [*images, {"type": "text", "text": request.prompt}]


def response_format() -> dict[str, Any]:
    """Write the report's schema as our client sends it."""
    named = {"name": "answer", "strict": True, "schema": in_layout(SCHEMA)}
    return {"type": "json_schema", "json_schema": named}


def ours(backend: ChatBackend, requests: Sequence[ChatRequest], concurrency: int) -> Run:
    """Time our client on the same requests, all from one event loop."""
    return timed("overread", requests, concurrency, lambda *work: asyncio.run(awaited(backend, *work)))


async def awaited(backend: Any, requests: Sequence[ChatRequest], concurrency: int) -> list[tuple[float, int]]:
    """Put requests as vLLM's client does: all at once behind a semaphore."""
    gate = asyncio.Semaphore(concurrency)

    async def one(request: ChatRequest) -> tuple[float, int]:
        async with gate:
            began = time.perf_counter()
            answer = await backend.aask(request)
            return time.perf_counter() - began, answer.completion_tokens

    return await asyncio.gather(*map(one, requests))


def in_process(settings: Settings, requests: Sequence[ChatRequest], concurrency: Sequence[int]) -> list[Run]:
    """Put requests to the same weights in this process; it answers one at a time, whatever is asked at once."""
    spec = ModelSpec(backend="transformers", model=load_profile("embedded", settings).roles[ROLE].model)
    embedded = Profile(name="embedded", describe="", tools=(), roles={ROLE: spec})
    # One thread, as the server has by default: two that wait for each other on busy cores are slower than one.
    alike = settings.model_copy(update={"torch_threads": settings.torch_threads or 1})
    backend = parts_of(embedded, alike).chat(ROLE)
    backend.ask(requests[0])
    return [timed("in process", requests, n, lambda *work: threaded(backend, *work)) for n in concurrency]


def threaded(backend: ChatBackend, requests: Sequence[ChatRequest], concurrency: int) -> list[tuple[float, int]]:
    """Put requests from so many threads; gives seconds and tokens of each, in their order."""

    def one(request: ChatRequest) -> tuple[float, int]:
        began = time.perf_counter()
        tokens = backend.ask(request).completion_tokens
        return time.perf_counter() - began, tokens

    with ThreadPoolExecutor(concurrency) as pool:
        return list(pool.map(one, requests))


def timed(client: str, requests: Sequence[ChatRequest], concurrency: int, ask: Ask) -> Run:
    """Time one client: wall seconds of the whole, and p50 and p95 of the single requests."""
    began = time.perf_counter()
    each = ask(requests, concurrency)
    seconds = time.perf_counter() - began
    p50, p95 = quantiles(took for took, _ in each)
    return Run(client, concurrency, len(each), seconds, p50, p95, sum(tokens for _, tokens in each))


def quantiles(values: Iterable[float]) -> tuple[float, float]:
    """Give p50 and p95 as vLLM's client does, by linear interpolation."""
    p50, p95 = np.percentile(list(values), (50, 95))
    return float(p50), float(p95)


def ratio(runs: Sequence[Run], concurrency: int) -> float:
    """Give our requests a second as a part of those of vLLM's client."""
    rate = {run.client: run.per_second for run in runs if run.concurrency == concurrency}
    return rate["overread"] / rate["vllm bench serve"]


def show(runs: Sequence[Run], ratios: dict[int, float]) -> None:
    """Print a row for each client and concurrency, and the least ratio beside the one that is wanted."""
    console = Console(width=100)
    table = Table(title="The same requests, each answer held to the report's schema")
    for heading in ("client", "at once", "requests", "requests/s", "tokens/s", "p50 s", "p95 s", "of vLLM's"):
        table.add_column(heading, justify="left" if heading == "client" else "right", no_wrap=True)
    for run in sorted(runs, key=lambda run: run.concurrency):
        part = f"{ratios[run.concurrency]:.2f}" if run.client == "overread" else ""
        figures = (run.per_second, run.tokens / run.seconds, run.p50, run.p95)
        table.add_row(run.client, str(run.concurrency), str(run.requests), *(f"{x:.2f}" for x in figures), part)
    console.print(table)
    worst = min(ratios.values())
    console.print(f"Least part of vLLM's own client: {worst:.2f} (wanted: {TARGET:.2f} or more)")


if __name__ == "__main__":
    main()
