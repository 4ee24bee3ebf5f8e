"""`overread doctor`: whether this machine has what Overread needs, and what to do about what is missing."""

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from overread.cli.session import session_of
from overread.settings import Settings, load_profile

State = Literal["ok", "missing", "optional"]
STYLES = {"ok": "green", "missing": "bold red", "optional": "yellow"}
LEAST_FREE = 2 * 2**30
CODECS = {"pylibjpeg": "JPEG", "libjpeg": "JPEG", "openjpeg": "JPEG 2000", "jpeg_ls": "JPEG-LS"}
LOCAL = ("torch", "transformers", "llguidance", "safetensors", "tokenizers")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; only `missing` keeps Overread from working."""

    what: str
    state: State
    detail: str


def doctor(context: typer.Context) -> None:
    """Look at the machine and the installation; exit 1 when something needed is missing."""
    settings = session_of(context).settings()
    found = list(examine(settings))
    table = Table("part", "state", "detail", box=None, pad_edge=False)
    for item in found:
        table.add_row(Text(item.what), Text(item.state, style=STYLES[item.state]), Text(item.detail))
    Console(soft_wrap=True).print(table)
    if any(item.state == "missing" for item in found):
        raise typer.Exit(1)


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at Python, models and their libraries, the store's folder, codecs and optional parts."""
    version_ok = sys.version_info >= (3, 11)
    yield Finding("python", "ok" if version_ok else "missing", f"{platform.python_version()} (3.11 or later is needed)")
    yield from _libraries(settings)
    yield from _weights(settings)
    yield from _serving(settings)
    yield _home(settings.home)
    yield from _open_to_others(settings.home)
    yield _space(settings.home)
    yield from _waiting(settings)
    yield from _critical(settings)
    yield from _peers(settings)
    yield from _outbox(settings)
    for module, syntax in CODECS.items():
        yield _module(module, f"decodes {syntax}", "install the package again", needed=True)
    yield _module("playwright", "tests of the page in a browser", "only for development", needed=False)


def _local(settings: Settings) -> bool:
    profile = load_profile(settings.profile, settings)
    return any(spec.backend == "transformers" for spec in profile.roles.values())


def _libraries(settings: Settings) -> Iterator[Finding]:
    needed = _local(settings)
    for name in LOCAL:
        yield _module(name, "models in process", "pip install 'overread[local]'", needed=needed)


def _module(name: str, use: str, remedy: str, *, needed: bool) -> Finding:
    if importlib.util.find_spec(name) is None:
        return Finding(name, "missing" if needed else "optional", f"not installed ({use}): {remedy}")
    return Finding(name, "ok", f"{_version(name)} ({use})")


def _version(module: str) -> str:
    """Give the version of the package that a module came with."""
    packages = importlib.metadata.packages_distributions().get(module, [module])
    try:
        return importlib.metadata.version(packages[0])
    except importlib.metadata.PackageNotFoundError:
        return "installed"


def _weights(settings: Settings) -> Iterator[Finding]:
    from overread import weights
    from overread.cli.catalogue import measured_here
    from overread.errors import Unavailable
    from overread.serving.catalogue import folder_of

    profile = load_profile(settings.profile, settings)
    local = dict.fromkeys(spec.model for spec in profile.roles.values() if spec.backend == "transformers")
    for model in local:
        try:
            folder = folder_of(model, settings)
            digest = weights.digest(folder)
            yield Finding(f"model {model}", "ok", f"weights {digest[:12]} in {folder}")
        except Unavailable as error:
            yield Finding(f"model {model}", "missing", str(error))
            continue
        if measured_here(model, digest, settings) == "other weights":
            said = f"of other weights and counts for nothing: overread models measure {model} --data FOLDER"
            yield Finding(f"figures {model}", "optional", said)


def _serving(settings: Settings) -> Iterator[Finding]:
    """Look at what serves the profile's models when vLLM does; nothing when none is served."""
    from overread.errors import SettingsError
    from overread.serving import catalogue, environment, preflight, state

    try:
        entries = catalogue.served(load_profile(settings.profile, settings), settings)
    except SettingsError as error:
        yield Finding("servers", "missing", str(error))
        return
    if not entries:
        return
    kind = preflight.kind_of(settings)
    folder = environment.folder_of(kind, settings)
    there = environment.ready(folder, kind)
    detail = f"{environment.PACKAGES[kind]} in {folder}" if there else "'overread serve up' makes it"
    yield Finding("vLLM", "ok" if there else "optional", detail)
    for entry in entries:
        server = state.server_of(settings.home, entry.name)
        up = server is not None and server.state == "healthy"
        start = f"start it: overread serve up --profile {settings.profile}"
        yield Finding(f"server {entry.name}", "ok" if up else "missing", server.url if server and up else start)


def _home(home: Path) -> Finding:
    """Say whether the store's folder, or the nearest folder above it that exists, can be written."""
    there = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    if os.access(there, os.W_OK | os.X_OK):
        return Finding("home", "ok", f"{home} can be written")
    return Finding("home", "missing", f"{there} cannot be written; set OVERREAD_HOME to a folder that can")


def _open_to_others(home: Path) -> Iterator[Finding]:
    """Tell of a folder that was there before and that others on the machine may open: the store is patients' data."""
    if os.name == "posix" and home.is_dir() and home.stat().st_mode & 0o077:
        yield Finding("home", "optional", f"others on this machine may open it; if none should: chmod 700 {home}")


def _waiting(settings: Settings) -> Iterator[Finding]:
    """Look at the cases that wait for a review: whether each can still be decided on."""
    from contextlib import closing

    if not _has_store(settings):
        return
    from overread.composition import open_graph
    from overread.store.home import open_home
    from overread.waiting import stranded

    with closing(open_home(settings)) as store, open_graph(store) as graph:
        lost = list(stranded(graph, store.cases))
        waiting = len(store.cases.rows(("awaiting_review",)))
    for case in lost:
        yield Finding(f"case {case.case_id}", "missing", f"says it waits for a review: {case.why}")
    if not lost:
        yield Finding("reviews", "ok", f"{waiting} cases await review, and so do their runs")


def _critical(settings: Settings) -> Iterator[Finding]:
    """Look at who is told of critical results, and at notices that may have reached nobody."""
    from contextlib import closing

    from overread.escalation.ladder import load_ladder
    from overread.store.home import open_home
    from overread.store.notices import UNTOLD

    ladder = load_ladder(settings.escalation_file)
    named = {step.channel for category in ladder.categories.values() for step in category.steps}
    if unset := sorted(named - set(settings.channels)):
        said = (
            f"the ladder '{ladder.name}' tells by {', '.join(unset)}, not set up in 'channels': shown on the page only"
        )
        yield Finding("escalation", "optional", said)
    if not _has_store(settings):
        return
    with closing(open_home(settings)) as store:
        lost = [notice for notice in store.notices.open_ones() if notice.state in UNTOLD]
    for notice in lost:
        said = f"{notice.key.recipient} by {notice.key.channel} is {notice.state}: {notice.error}; tell them yourself"
        yield Finding(f"notice {notice.case_id}", "missing", said)


def _peers(settings: Settings) -> Iterator[Finding]:
    """Ask each remote system that is named whether it answers; nothing when none is."""
    from overread.errors import OverreadError
    from overread.peers.book import load_peers
    from overread.peers.check import check

    try:
        known = load_peers(settings.peers)
    except OverreadError as error:
        yield Finding("peers", "missing", str(error))
        return
    for name, peer in known.items():
        try:
            yield Finding(f"peer {name}", "ok", f"{peer.where} {check(peer)}")
        except OverreadError as error:
            yield Finding(f"peer {name}", "missing", str(error))


def _outbox(settings: Settings) -> Iterator[Finding]:
    """Look at what could not be sent to other systems."""
    from contextlib import closing

    from overread.store.home import open_home

    if not _has_store(settings):
        return
    with closing(open_home(settings)) as store:
        failed = store.outbox.entries(("failed",))
    for entry in failed:
        said = f"{entry.what.kind} to {entry.what.destination}: {entry.detail}; then: overread outbox retry {entry.id}"
        yield Finding(f"outbox {entry.what.case_id}", "missing", said)


def _has_store(settings: Settings) -> bool:
    return settings.database is not None or (settings.home / "cases.sqlite").is_file()


def _space(home: Path) -> Finding:
    there = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    enough = free >= LEAST_FREE
    return Finding("disk", "ok" if enough else "missing", f"{free / 2**30:.1f} GiB free (2 GiB are needed)")
