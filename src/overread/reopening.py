"""A signature that a release wrote down and another one cannot carry out: the draft waits again, and says why.

A report leaves as the text that was signed, or not at all. Where the release that carries a signature out composes
other words than the one that it was given to, the signature is set aside: it stays in the audit and among the versions,
nobody is told that the report is signed, and somebody reads the new text and signs it.
"""

from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import StateSnapshot

from overread.agents._styles import Style
from overread.graphs.case import CaseGraph
from overread.records import CaseFile, Review, Trust
from overread.signing import Composed, compose

FINALIZE = "finalize"


def other_words(file: CaseFile, review: Review, trust: Trust | None, style: Style) -> Composed | None:
    """Give the report that a signature would become here, where that is not the text that was signed; else None.

    A review of an earlier release names no text and is carried out as it stands.
    """
    if review.decision != "sign" or review.text_digest is None:
        return None
    composed = compose(file, review, trust, style)
    return None if composed.digest == review.text_digest else composed


def waits_to_finalize(snapshot: StateSnapshot) -> bool:
    """Say whether a run has taken its signature and made no report of it yet."""
    return any(task.name == FINALIZE for task in snapshot.tasks)


def reopen(graph: CaseGraph, config: RunnableConfig, snapshot: StateSnapshot, review: Review, rounds: int) -> None:
    """Let a run wait for a review again, of the same draft with the reason in it, and so under another digest.

    The verifier of this release looks at it once more; `rounds`, as many as it has at most, keep the draft from being
    written anew.
    """
    draft: dict[str, Any] = {**snapshot.values["draft"], "reopened": why(review)}
    graph.update_state(config, {"draft": draft, "verify_rounds": rounds}, as_node="draft")


def why(review: Review) -> str:
    """Say in one line why a draft waits again."""
    return (
        f"{review.reviewer} signed this on {review.at:%Y-%m-%d at %H:%M %Z}, and nothing was delivered: it was stopped "
        "on the way, and this release of Overread composes other words from the same decisions. What was decided is "
        "kept on file; read the text and sign it again"
    )
