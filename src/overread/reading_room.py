"""The reading room: cases come in, are read up to the review, are decided once, and survive whatever happens between.

The case store is the truth and the graph only executes: a decision is written down before the graph goes on, so a kill
in between is made good when the case is opened next.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal

from overread.admission import AdmittedCase, Refused, admit_input
from overread.case_runs import CaseRuns, Listener
from overread.compacting import CLOSED
from overread.critical_results import refuse_untold, with_reasons
from overread.errors import CaseBusy, StaleReview, UsageError
from overread.graphs._case_file import case_file
from overread.graphs._context import GRAPH_VERSION
from overread.graphs._final_report import Drafted, outcome_of
from overread.graphs._services import Services
from overread.graphs.case import CaseGraph
from overread.linting import Preview, preview
from overread.prior_intake import GivenPriors
from overread.reasoning.reviewing import decided_by_findings
from overread.records import CaseFile, CaseStatus, Order, ReportVersion, Review
from overread.signing import (
    Addition,
    Amendment,
    Composed,
    Signer,
    compose,
    compose_next,
    first_version,
    next_version,
    refuse_another_text,
    refuse_one_reader,
)
from overread.store.cases import CaseRow, CaseStore
from overread.store.database import is_away
from overread.store.home import Home
from overread.store.report_versions import DELIVERED, taken
from overread.versions import take
from overread.waiting import refuse_other_question

REVIEW_WAIT_SECONDS = 30.0
Left = Callable[[str, Exception], None]
"""Told of a case whose decision could not be carried out, and why."""


class ReadingRoom:
    """Reads and decides cases over one store; safe to use from several threads and processes."""

    def __init__(self, graph: CaseGraph, services: Services, home: Home) -> None:
        self.runs = CaseRuns(graph, services, home)
        """The case graph and its state of each case; a case is read and decided by the room, under its lock."""
        self._services = services
        self._home = home
        self._store = home.cases

    @property
    def home(self) -> Home:
        """Give the folder, with the stores in it, where the room keeps everything."""
        return self._home

    @property
    def services(self) -> Services:
        """Give what the nodes of the graph work with."""
        return self._services

    @property
    def store(self) -> CaseStore:
        """Give the case store, which alone says what is true of a case."""
        return self._store

    def take_in(
        self,
        paths: Sequence[Path],
        *,
        order: Order | None = None,
        priors: GivenPriors = (),
        notes: Sequence[str] = (),
    ) -> AdmittedCase | Refused:
        """Read an input and register it as the next read of its study, or find the read that it is already.

        `notes` are sentences that the draft must say beside its own.

        Raises `CaseBusy` while the read before is being worked on, `Unreadable` for what cannot be read.
        """
        settings = self._services.settings
        admitted = admit_input(paths, self._home, settings, order=order, priors=priors, notes=notes)
        return (
            admitted
            if isinstance(admitted, Refused)
            else take(self._home, admitted, GRAPH_VERSION, settings.priors_from_store)
        )

    def admit(self, admitted: AdmittedCase) -> bool:
        """Register a case under the id that it has; False when the id is here already."""
        return self._store.admit(
            admitted.case,
            GRAPH_VERSION,
            admitted.headers,
            admitted.identity,
            content=admitted.content or None,
            sources=admitted.sources,
            accessions=admitted.accessions,
        )

    def read(self, case_id: str, listen: Listener | None = None) -> CaseFile:
        """Take a case to its review, or to where it ends; a case that stopped half way goes on from there.

        `listen` is told of each step; another process finds them in the store (`Home.progress`) while the case runs.
        A case that another took the place of is not read any more: its file is given as it stands.
        Raises `CaseBusy` while another process reads it, `CaseUnknown` for an id that was never admitted.
        """
        with self._store.hold(case_id):
            if self._store.row(case_id).replaced_by is not None:
                return self.file(case_id)
            self._check_version(case_id)
            return self.runs.run(case_id, listen)

    def file(self, case_id: str) -> CaseFile:
        """Give the newest case file; a case that was never read has an empty one."""
        kept = self._store.file(case_id)
        if kept is not None:
            return kept
        row = self._store.row(case_id)
        return case_file(self._store.case(case_id), {}, row.status, row.graph_version, self._store.alerts(case_id))

    def worklist(self, statuses: Sequence[CaseStatus] | None = None) -> list[CaseRow]:
        """List cases, most urgent first, then oldest first; without a status, the newest read of each study."""
        order = {"STAT": 0, "urgent": 1, "routine": 2}
        rows = [row for row in self._store.rows(statuses) if statuses is not None or row.replaced_by is None]
        return sorted(rows, key=lambda row: (order[row.priority], row.created_at))

    def recover(self) -> list[str]:
        """Finish what a killed process left: cases received or running that nobody holds. Gives their ids."""
        done = []
        for row in self._store.rows(("received", "running")):
            with _unless_busy():
                self.read(row.case_id)
                done.append(row.case_id)
        return done

    def finish(self, left: Left | None = None) -> list[str]:
        """Carry out what people signed or decided and a killed process did not. Gives the ids of these cases.

        A decision leads to its report, an addendum or amendment into the delivery. One that cannot be carried out is
        left as it is, its case says why, and the others are carried out all the same: `left` is told of it, or, without
        `left`, the first such error is raised at the end. A database that is away ends it at once.
        """
        done, errors = list[str](), list[Exception]()
        for case_id, carry_out in self._unfinished():
            try:
                with _unless_busy():
                    carry_out()
                    done.append(case_id)
            except Exception as error:
                if is_away(error):
                    raise
                errors.append(error)
                if left is not None:
                    left(case_id, error)
        if errors and left is None:
            raise errors[0]
        return done

    def _unfinished(self) -> Iterator[tuple[str, Callable[[], object]]]:
        for case_id in self._store.decisions.undone(GRAPH_VERSION):
            yield case_id, partial(self.read, case_id)
        for case_id in self._home.report_versions.undelivered():
            yield case_id, partial(self._deliver_again, case_id)

    def _deliver_again(self, case_id: str) -> None:
        with self._store.hold(case_id):
            self._deliver_newest(case_id)

    def decide(self, case_id: str, review: Review, seen: int | None = None) -> CaseFile:
        """Sign, reject or send back a waiting draft, once; `seen` counts the signed versions that the reader knows of.

        Raises `StaleReview` when the draft is not the one shown or was decided before, the report is not the text that
        the review names, or somebody signed it as preliminary meanwhile; `UsageError` when a statement has no decision,
        or nobody was told of a critical result and no reason is given, or a second reader is asked for. The lock is
        held until the graph is at rest again.
        """
        with self._store.hold(case_id, wait_seconds=REVIEW_WAIT_SECONDS):
            self._refuse_unseen(case_id, seen)
            review, version = self._checked(case_id, review), None
            if refuse_other_question(case_id, self.runs.snapshot(case_id).interrupts) != review.draft_digest:
                raise StaleReview(f"the run of case {case_id} waits on another draft; read the input again")
            if review.decision == "sign":
                refuse_one_reader(self.file(case_id), review, self._services.settings.second_reader)
                review, version = self._signed(case_id, review, "final")
            self._store.decisions.decide(case_id, review, version)
            return self.runs.run(case_id)

    def sign_preliminary(self, case_id: str, review: Review, seen: int | None = None) -> CaseFile:
        """Write down a preliminary report: the draft waits on, until somebody signs it as final.

        Raises as `decide` does; a review that is no signature is a `UsageError`.
        """
        if review.decision != "sign":
            raise UsageError("a preliminary report is signed; a draft is sent back or rejected as a whole")
        with self._store.hold(case_id, wait_seconds=REVIEW_WAIT_SECONDS):
            self._refuse_unseen(case_id, seen)
            _, version = self._signed(case_id, self._checked(case_id, review), "preliminary")
            self._home.report_versions.add(case_id, version)
            return self.file(case_id)

    def to_sign(self, case_id: str, review: Review) -> Composed:
        """Compose the report that a review would sign; nothing is written down. Raises as `decide` does."""
        self._checked(case_id, review)
        return self._composed(case_id, review)

    def to_follow(self, case_id: str, change: Addition | Amendment) -> Composed:
        """Compose the next version of a signed report; nothing is written down. Raises as `follow` does."""
        return compose_next(self.file(case_id), change)

    def follow(self, case_id: str, change: Addition | Amendment, signer: Signer, supersedes: str | None) -> CaseFile:
        """Add to a signed report, or amend it: a further version, delivered in the place of the one before.

        `supersedes` is the digest of the text that the signer saw as the newest. Raises `StaleReview` where there is a
        newer one, or the new text is not the one shown, `UsageError` where there is nothing to follow.
        """
        with self._store.hold(case_id, wait_seconds=REVIEW_WAIT_SECONDS):
            file = self.file(case_id)
            version = next_version(file, change, signer)
            if supersedes is not None and supersedes != version.supersedes:
                raise StaleReview(taken(file.versions, version.version - 1))
            self._home.report_versions.add(case_id, version)
            return self._deliver_newest(case_id)

    def _deliver_newest(self, case_id: str) -> CaseFile:
        """Put the newest version in the place of the one before; done twice it is done once."""
        file = self.file(case_id)
        file = file.model_copy(update={"after_signature": self.runs.after_signature(file)})
        self._store.save(file)
        self._services.deliver(file)
        if file.newest is not None:
            self._store.write(case_id, DELIVERED, version=file.newest.version)
        return file

    def _refuse_unseen(self, case_id: str, seen: int | None) -> None:
        """Refuse a decision of somebody who does not know that another signed the report meanwhile."""
        versions = self.file(case_id).versions
        if seen is not None and len(versions) > seen:
            raise StaleReview(taken(versions, versions[seen].version))

    def _checked(self, case_id: str, review: Review) -> Review:
        """Give a review whole, when the case waits for it and nothing in it is left open."""
        self._check_version(case_id)
        row = self._store.row(case_id)
        if row.replaced_by is not None:
            raise StaleReview(f"case {case_id} was replaced by {row.replaced_by}; open that one")
        if row.status != "awaiting_review":
            raise StaleReview(f"case {case_id} is {row.status.replace('_', ' ')}, not waiting for review")
        if row.draft_digest != review.draft_digest:
            raise StaleReview(f"the draft of case {case_id} changed since it was shown; open it again")
        self._check_decisions(case_id, review)
        alerts = self._store.alerts(case_id)
        review = with_reasons(review, self.file(case_id), alerts)
        refuse_untold(review, alerts)
        return review

    def _composed(self, case_id: str, review: Review) -> Composed:
        file = self.file(case_id).model_copy(update={"alerts": self._store.alerts(case_id)})
        services = self._services.under(file.protocol)
        return compose(file, review, services.trust, services.style)

    def _signed(
        self, case_id: str, review: Review, status: Literal["preliminary", "final"]
    ) -> tuple[Review, ReportVersion]:
        """Give a signature over the text that the case has now, and the version that it signs."""
        composed = self._composed(case_id, review)
        refuse_another_text(review.text_digest, composed)
        signed = review.model_copy(update={"text_digest": composed.digest, "over": review.over or "composed"})
        return signed, first_version(self.file(case_id), composed, signed, status)

    def preview(self, case_id: str, review: Review) -> Preview:
        """Give the report as a review so far would leave it, and what to look at; nothing is written down.

        Raises `UsageError` where there is no draft, `StaleReview` where the review names another one.
        """
        file = self.file(case_id)
        if file.draft_digest != review.draft_digest:
            raise StaleReview(f"the draft of case {case_id} changed since it was shown; open it again")
        services = self._services.under(file.protocol)
        return preview(Drafted.of(file, services.trust, services.style), services.rules, review)

    def prune(self) -> Iterator[tuple[str, int]]:
        """Compact the runs of all closed cases; gives each case that nobody works on, and how many checkpoints went."""
        for row in self._store.rows(CLOSED):
            removed: int | None = None
            with _unless_busy(), self._store.hold(row.case_id):
                removed = self.runs.compact(row.case_id)
            if removed is not None:
                yield row.case_id, removed

    def _check_version(self, case_id: str) -> None:
        version = self._store.row(case_id).graph_version
        if version != GRAPH_VERSION:
            raise StaleReview(
                f"case {case_id} was read by graph version {version}, this is {GRAPH_VERSION}; read the input again"
            )

    def _check_decisions(self, case_id: str, review: Review) -> None:
        """Fail closed: a signature needs a decision on each statement that waits for one; none is no approval."""
        file = self.file(case_id)
        statements = file.draft.statements if file.draft else ()
        decided = {item.statement_id for item in review.statements}
        if strange := decided - {statement.id for statement in statements}:
            raise UsageError(f"the draft has no statement {', '.join(sorted(strange))}")
        if review.decision == "reject" or file.draft is None:
            return
        services = self._services.under(file.protocol)
        outcome_of(Drafted.of(file, services.trust, services.style), review)
        decided |= decided_by_findings(file.draft, review)
        if review.decision == "sign" and (missing := {s.id for s in statements if s.needs_decision} - decided):
            raise UsageError(f"{len(missing)} statements are undecided; accept, edit or reject each before signing")


@contextmanager
def _unless_busy() -> Iterator[None]:
    try:
        yield
    except CaseBusy:
        return
