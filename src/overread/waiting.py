"""Cases that say they wait for a review, and a run that does not: what the store and the graph must agree on."""

from collections.abc import Iterator
from dataclasses import dataclass

from langgraph.types import Interrupt

from overread.errors import StaleReview
from overread.graphs._context import GRAPH_VERSION
from overread.graphs.case import CaseGraph
from overread.store.cases import CaseRow, CaseStore


@dataclass(frozen=True)
class Stranded:
    """A case that nobody can decide on, and why."""

    case_id: str
    why: str


def stranded(graph: CaseGraph, store: CaseStore) -> Iterator[Stranded]:
    """Give the cases of the store that await a review which their run does not wait for; nothing is changed."""
    for row in store.rows(("awaiting_review",)):
        if (why := _why(graph, row)) is not None:
            yield Stranded(row.case_id, why)


def draft_waited_for(interrupts: tuple[Interrupt, ...]) -> str | None:
    """Give the digest of the draft that a run waits on; None when it waits for nothing or for something else.

    Who renames a node or adds an interrupt without raising `GRAPH_VERSION` would else lose a review, or give a
    reviewer's answer to another question.
    """
    if len(interrupts) != 1 or not isinstance(interrupts[0].value, dict):
        return None
    digest = interrupts[0].value.get("draft_digest")
    return digest if isinstance(digest, str) and set(interrupts[0].value) == {"draft_digest"} else None


def refuse_other_question(case_id: str, interrupts: tuple[Interrupt, ...]) -> str:
    """Give the draft that a run waits on; raise `StaleReview` when it waits for anything else."""
    digest = draft_waited_for(interrupts)
    if digest is None:
        raise StaleReview(f"case {case_id} says it waits, but its run does not; read the input again")
    return digest


def _why(graph: CaseGraph, row: CaseRow) -> str | None:
    if row.graph_version != GRAPH_VERSION:
        return f"was read by graph version {row.graph_version}, this is {GRAPH_VERSION}; read the input again"
    snapshot = graph.get_state({"configurable": {"thread_id": row.case_id}})
    if snapshot.created_at is None:
        return "its checkpoints are gone; read the input again"
    digest = draft_waited_for(snapshot.interrupts)
    if digest is None:
        return "its run does not wait for a review; read the input again"
    return None if digest == row.draft_digest else "its run waits on another draft than the one on file"
