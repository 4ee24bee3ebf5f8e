"""A case read with the scripted models behind the real tools, and what was told of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from overread.composition import open_room
from overread.observing.metrics import Metrics
from overread.reading_room import ReadingRoom
from overread.settings import Settings
from tests.graphs.rooms import TRUST, settings

Spans = dict[str, list[dict[str, Any]]]


@contextmanager
def observed_room(home: Path, metrics: Metrics | None = None, **observing: object) -> Iterator[ReadingRoom]:
    """Open a room whose models are watched; spans go to `spans.jsonl` in the home."""
    wanted: Settings = settings(home, observing={"traces_file": home / "spans.jsonl", **observing})
    with open_room(wanted, trust=TRUST, metrics=metrics) as room:
        yield room


def spans_in(home: Path) -> list[dict[str, Any]]:
    """Read the spans that a closed room has left."""
    return [json.loads(line) for line in (home / "spans.jsonl").read_text().splitlines()]


def by_name(spans: list[dict[str, Any]]) -> Spans:
    found: Spans = {}
    for span in spans:
        found.setdefault(span["name"], []).append(span)
    return found


def parent_of(span: dict[str, Any], spans: list[dict[str, Any]]) -> str:
    """Name the span that a span lies in; the root lies in none."""
    return next((one["name"] for one in spans if one["context"]["span_id"] == span["parent_id"]), "")
