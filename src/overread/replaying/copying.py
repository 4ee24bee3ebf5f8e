"""A copy of one case in a home of its own: its row, its alerts, its pictures, and its thread up to a node."""

import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import StateSnapshot

from overread.errors import UsageError
from overread.graphs import case as case_graph
from overread.graphs._context import GRAPH_VERSION
from overread.records import Case, CaseFile, Drawn
from overread.store.home import Home
from overread.store.pictures import PictureFolder

REVIEW = "review"
AFTER_REVIEW = frozenset({REVIEW, "finalize", "deliver", "rejected"})
"""Nodes that a replay does not run."""


def nodes() -> tuple[str, ...]:
    """Name the nodes that a replay can begin at, in the order of the graph."""
    return tuple(name for name in case_graph.build().nodes if name not in AFTER_REVIEW and not name.startswith("__"))


def copy_case(original: Home, case_id: str, copy: Home, profile: str, node: str | None) -> None:
    """Put a case into an empty home as it was before `node`, or as it came in; the original is only read.

    Raises `CaseUnknown`, `StoreError` when its pictures are gone, and `UsageError` for a node that is none, that the
    case never reached, or that cannot be gone back to.
    """
    store = original.cases
    row, case = store.row(case_id), store.case(case_id).model_copy(update={"profile": profile})
    before = None if node is None else _before(original, case_id, node, row.graph_version)
    copy.cases.admit(case, GRAPH_VERSION, store.headers(case_id), None)
    _copy_pictures(original, copy, case, store.file(case_id))
    if before is not None:
        _copy_thread(original.checkpoints, copy.checkpoints, before)
        for alert in store.alerts(case_id):
            if alert.raised_at <= datetime.fromisoformat(before.created_at or ""):
                copy.cases.raise_alert(case_id, alert)
        copy.cases.mark(case_id, "running")


def _before(original: Home, case_id: str, node: str, version: int) -> StateSnapshot:
    """Find the checkpoint from which a node ran: the first time in the newest round that it has a part in.

    A round ends at the review: what a reviewer sent back is drafted in a round of its own.
    """
    if node not in nodes():
        raise UsageError(f"--from {node}: a replay begins at one of {', '.join(nodes())}")
    if version != GRAPH_VERSION:
        raise UsageError(
            f"case {case_id} was read by graph version {version}, this is {GRAPH_VERSION}; leave --from out"
        )
    history = _history(original.checkpoints, case_id)
    if not history:
        raise UsageError(f"the checkpoints of case {case_id} are gone; leave --from out to read it from the start")
    if not any(snapshot.tasks for snapshot in history):
        raise UsageError(
            f"case {case_id} is closed and of its run only its end is kept (compact_checkpoints); leave --from out"
        )
    found = [snapshot for snapshot in _newest_round(history, node) if node in _due(snapshot)]
    if not found:
        raise UsageError(f"case {case_id} never came to '{node}'; it came to {', '.join(_reached(history))}")
    return found[0]


def _history(checkpoints: Path, case_id: str) -> list[StateSnapshot]:
    """Give the states of a case, oldest first."""
    if not checkpoints.is_file():
        return []
    with closing(_database("file::memory:")) as memory:
        _copy_rows(checkpoints, memory, case_id)
        return list(reversed(list(case_graph.build(_saver(memory)).get_state_history(_thread(case_id)))))


def _newest_round(history: Sequence[StateSnapshot], node: str) -> list[StateSnapshot]:
    rounds: list[list[StateSnapshot]] = [[]]
    for snapshot in history:
        rounds[-1].append(snapshot)
        if REVIEW in _due(snapshot):
            rounds.append([])
    return next((one for one in reversed(rounds) if any(node in _due(snapshot) for snapshot in one)), [])


def _due(snapshot: StateSnapshot) -> frozenset[str]:
    return frozenset(task.name for task in snapshot.tasks)


def _reached(history: Iterable[StateSnapshot]) -> list[str]:
    due = {name for snapshot in history for name in _due(snapshot)}
    return [name for name in nodes() if name in due]


def _copy_thread(original: Path, copy: Path, before: StateSnapshot) -> None:
    """Copy a thread up to one checkpoint, without what was written towards the step after it."""
    thread, checkpoint = (before.config["configurable"][key] for key in ("thread_id", "checkpoint_id"))
    with closing(_database(copy.absolute().as_uri())) as base:
        _copy_rows(original, base, thread)
        with base:
            base.execute("delete from checkpoints where checkpoint_id > ?", (checkpoint,))
            base.execute("delete from writes where checkpoint_id >= ?", (checkpoint,))


def _copy_rows(original: Path, base: sqlite3.Connection, thread: str) -> None:
    _saver(base).setup()
    base.execute("attach database ? as original", (f"{original.absolute().as_uri()}?mode=ro",))
    with base:
        for table in ("checkpoints", "writes"):
            base.execute(f"insert into main.{table} select * from original.{table} where thread_id = ?", (thread,))
    base.execute("detach database original")


def _database(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, uri=True, check_same_thread=False)


def _saver(base: sqlite3.Connection) -> SqliteSaver:
    return SqliteSaver(base, serde=JsonPlusSerializer(allowed_msgpack_modules=None))


def _thread(case_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": case_id}}


def _copy_pictures(original: Home, copy: Home, case: Case, file: CaseFile | None) -> None:
    """Copy the pictures of the study and of its priors, and the masks that were made of them."""
    studies = (case.study, *(prior.study for prior in case.priors))
    for digest in {image.pixels_digest for study in studies for image in study.images}:
        _copy_picture(original.pictures, copy.pictures, digest)
    for digest in {digest for study in studies for digest in study.greys_digests}:
        copy.pictures.write_greys(digest, original.pictures.greys(digest))
    masks = [item.payload for item in (file.evidence if file else ()) if isinstance(item.payload, Drawn)]
    for mask in masks:
        _copy_picture(original.artifacts, copy.artifacts, mask.digest)


def _copy_picture(source: PictureFolder, target: PictureFolder, digest: str) -> None:
    source.get(digest)  # says so when it is gone
    place = f"{digest[:2]}/{digest}.png"
    target.absolute(place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source.absolute(place), target.absolute(place))
