"""Runs of the case graph: from where a case stands until it waits for a person or has ended, and its file from that.

The case store is the truth and the graph only executes: what to go on with is read from both, so that a kill at any
place is made good by running on.
"""

from collections.abc import Callable
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.types import Command, StateSnapshot

from overread.compacting import CLOSED, compact
from overread.errors import OverreadError, StaleReview
from overread.graphs._case_file import case_file
from overread.graphs._context import GRAPH_VERSION
from overread.graphs._services import Services
from overread.graphs._state import CaseState, dump
from overread.graphs._steps import run_steps
from overread.graphs.case import CaseGraph
from overread.late_order import with_late_orders
from overread.machine import environment
from overread.records import CaseFile, CaseStatus, Progress, Review, SignedCheck, Step
from overread.reopening import other_words, reopen, waits_to_finalize
from overread.signed_text._check import check_signed, is_of
from overread.store.home import Home
from overread.waiting import refuse_other_question

Listener = Callable[[Step], None]
"""Told of each step of a case as it begins and as it ends; what it raises ends the case."""


class CaseRuns:
    """Runs cases of one store; who asks holds the case's lock."""

    def __init__(self, graph: CaseGraph, services: Services, home: Home) -> None:
        self.graph = graph
        self._services = services
        self._home = home
        self._store = home.cases

    def run(self, case_id: str, listen: Listener | None = None) -> CaseFile:
        """Run the graph to rest and write the case's file; who watches is told of both."""
        with self._services.observers.case(case_id, self._services.clock) as (observe, rests):

            def tell(step: Step) -> None:
                observe(step)
                if listen is not None:
                    listen(step)

            self._run_to_rest(case_id, tell)
            file = rests(self._settle(case_id))
        if file.status == "signed":
            self._services.index(file)
        if file.status in CLOSED and self._services.settings.compact_checkpoints == "on":
            self.compact(case_id)
        return file

    def compact(self, case_id: str) -> int:
        """Take the checkpoints of a closed case together; gives how many went."""
        keeper = self.graph.checkpointer
        return compact(keeper, case_id) if isinstance(keeper, BaseCheckpointSaver) else 0

    def snapshot(self, case_id: str) -> StateSnapshot:
        """Give the state in which a case's run rests."""
        return self.graph.get_state(self.config(case_id))

    def after_signature(self, file: CaseFile) -> SignedCheck | None:
        """Read once more what was signed; what was noticed at the signature stands when the case settles again."""
        if file.final is None:
            return None
        kept = self._store.file(file.case_id)
        before = kept.after_signature if kept else None
        if before is not None and before.review_digest == file.final.review_digest and is_of(before, file):
            return before
        check = check_signed(file, self._services.signed_rules, self._services.clock())
        return with_late_orders(check, before)

    def _run_to_rest(self, case_id: str, listen: Listener) -> None:
        """Run the graph until it waits for a person who has not decided, or has ended."""
        progress, answered = Progress(case_id=case_id), set[str]()
        try:
            while (work := self._next_input(case_id, answered)) is not _AT_REST:
                for step in run_steps(self.graph, work, self.config(case_id), self._services):
                    progress = progress.after(step)
                    # The end of a node is the beginning of the next one.
                    if step.ended is None or step.tool is not None:
                        self._home.progress.write(progress)
                    listen(step)
        except Exception as error:
            self._fail(case_id, error)
            raise
        finally:
            self._home.progress.clear(case_id)

    def _next_input(self, case_id: str, answered: set[str]) -> Any:
        """Say what the graph needs to go on: the case, nothing, a decision that was written down, or no more.

        A decision is given once: a run that asks for it again, of the same draft, had something else ask before.
        """
        snapshot = self.snapshot(case_id)
        if snapshot.created_at is None:
            self._store.mark(case_id, "running")
            return CaseState(case=dump(self._store.case(case_id)))
        if self._reopened(case_id, snapshot):
            return None
        if snapshot.interrupts:
            digest = refuse_other_question(case_id, snapshot.interrupts)
            decision = self._store.decisions.decision(case_id, digest)
            if decision is None:
                return _AT_REST
            if digest in answered:
                raise StaleReview(f"the run of case {case_id} asks again for what was decided; read the input again")
            answered.add(digest)
            return Command(resume={snapshot.interrupts[0].id: dump(decision)})
        # Not `next`: that leaves out tasks whose work is written, and a kill may fall before their step is.
        return None if snapshot.tasks else _AT_REST

    def _reopened(self, case_id: str, snapshot: StateSnapshot) -> bool:
        """Let a draft wait again whose signature would become another text here than the one that was signed."""
        review = self._to_carry_out(case_id, snapshot)
        if review is None:
            return False
        file = self._file_of(case_id, snapshot, "awaiting_review")
        services = self._services.under(file.protocol)
        composed = other_words(file, review, services.trust, services.style)
        if composed is None:
            return False
        self._store.decisions.set_aside(case_id, review, composed.digest)
        reopen(self.graph, self.config(case_id), snapshot, review, self._services.settings.verify_rounds)
        return True

    def _to_carry_out(self, case_id: str, snapshot: StateSnapshot) -> Review | None:
        """Give the decision that a run is about to make a report of."""
        if snapshot.interrupts:
            return self._store.decisions.decision(case_id, refuse_other_question(case_id, snapshot.interrupts))
        return Review.model_validate(snapshot.values["review"]) if waits_to_finalize(snapshot) else None

    def _settle(self, case_id: str) -> CaseFile:
        """Write the case file of the state the graph rests in, and give it."""
        snapshot = self.snapshot(case_id)
        file = self._store.whole(self._file_of(case_id, snapshot, self._status_of(snapshot)))
        file = file.model_copy(update={"after_signature": self.after_signature(file)})
        self._store.save(file)
        return file

    def _status_of(self, snapshot: StateSnapshot) -> CaseStatus:
        """Read the outcome from what the last node wrote, never from there being nothing left to run."""
        values = snapshot.values
        if snapshot.interrupts:
            return "awaiting_review"
        if values.get("delivered"):
            return "signed"
        if (values.get("review") or {}).get("decision") == "reject":
            return "rejected"
        if values.get("gate") and not values["gate"]["passed"]:
            return "refused"
        raise StaleReview("the case ended nowhere known; its graph was changed while it waited. Read the input again")

    def _fail(self, case_id: str, error: Exception) -> None:
        """Keep all that a failed case had, but not the text of a foreign exception: it may hold a patient's data."""
        message = str(error) if isinstance(error, OverreadError) else f"stopped with {type(error).__name__}"
        self._store.save(self._file_of(case_id, self.snapshot(case_id), "failed", message))
        self._store.write(case_id, "failed", error=type(error).__name__)

    def _file_of(self, case_id: str, snapshot: StateSnapshot, status: CaseStatus, error: str | None = None) -> CaseFile:
        state: CaseState = snapshot.values  # type: ignore[assignment]
        file = case_file(self._store.case(case_id), state, status, GRAPH_VERSION, self._store.alerts(case_id), error)
        kept, here = self._store.file(case_id), environment(self._services.settings.torch_threads)
        before = kept.manifest.environments if kept else ()
        known = before if here in before else (*before, here)
        return file.model_copy(update={"manifest": file.manifest.model_copy(update={"environments": known})})

    def config(self, case_id: str) -> RunnableConfig:
        """Give what LangGraph knows a case's run by."""
        # Strict resume refuses an answer to an unknown or already answered interrupt.
        return {"configurable": {"thread_id": case_id, "__pregel_strict_resume": True}, "recursion_limit": 60}


class _Rest:
    """The graph waits for a person, or has ended."""


_AT_REST = _Rest()
