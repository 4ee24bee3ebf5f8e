"""Orders that come after their study: found by accession number for cases that were opened without one."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from overread.errors import CaseBusy, OverreadError
from overread.graphs._context import GRAPH_VERSION
from overread.imaging import PatientIdentity
from overread.late_order import LateOrder, order_words, read_with, tell_signer
from overread.reading_room import ReadingRoom
from overread.receiving.order_source import Asked, Joined, OrderSource, joined_of, order_notes
from overread.records import Became, CaseFile, Order, Received


class LateOrders:
    """Joins them as those that come in time are joined: by number and patient, once, with a typed outcome."""

    def __init__(self, room: ReadingRoom, sources: Sequence[OrderSource], *, asked: bool) -> None:
        """Look in `sources`; `asked`: some of them are other systems, which are asked now and then only."""
        self._room = room
        self._sources = sources
        self._asked = asked
        self._asked_at: datetime | None = None
        self._settings = room.services.settings.receiving

    def join(self, now: datetime, stop: threading.Event, tell: Callable[[Received], None]) -> Sequence[str]:
        """Join what came since the last look; gives what went wrong on the way, in words of ours."""
        said = []
        for case_id in self._due(now):
            if stop.is_set():
                break
            done = _safely(partial(self.take, case_id))
            if isinstance(done, Received):
                tell(done)
            elif done is not None and not isinstance(done, CaseBusy):
                said.append(f"case {case_id} got no order: {_words(done)}")
        return tuple(dict.fromkeys(said))

    def read(self, stop: threading.Event, read: Callable[[str], CaseFile | None]) -> Sequence[str]:
        """Read what a late order opened anew, also where a killed process or a fault left it; gives what to say."""
        said = []
        for case_id in self._room.home.awaited_orders.unread(self._settings.attempts):
            if stop.is_set():
                break
            done = _safely(partial(read, case_id))
            if isinstance(done, CaseFile):
                said.append(f"case {case_id} is read with its order: {done.status.replace('_', ' ')}")
            elif done is not None and not isinstance(done, CaseBusy):
                said.append(f"case {case_id} could not be read with its order: {_words(done)}")
        return said

    def take(self, case_id: str) -> Received | None:
        """Join the order of one case, or say why it is not joined; None where there is nothing new.

        Raises `PeerError` where a system cannot be asked, `CaseBusy` while the case is being worked on.
        """
        store = self._room.store
        case = store.case(case_id)
        if case.order != Order():
            return None
        joined = joined_of(Asked(store.accessions(case_id), _identity(store.identity(case_id))), self._sources)
        if joined.how is None:
            return None
        if store.row(case_id).status == "signed":
            return self._told(case_id, joined)
        late = LateOrder(joined.order, joined.notes, order_notes(case.input_notes))
        settings = self._room.services.settings
        told = _detail(joined, "next_read", before=case_id)
        taken = read_with(
            self._room.home, case_id, late, settings.profile, GRAPH_VERSION, settings.priors_from_store, told
        )
        return None if taken is None else _received(joined, "next_read", taken.case.case_id, case_id)

    def _told(self, case_id: str, joined: Joined) -> Received | None:
        message = order_words(joined.order) if joined.order else " ".join(joined.notes)
        told = tell_signer(self._room.home, case_id, message, _detail(joined, "told"))
        return _received(joined, "told", case_id) if told else None

    def _due(self, now: datetime) -> Sequence[str]:
        """Give the cases to look at: those whose order is in the store, and now and then all that have none."""
        since = now - timedelta(hours=self._settings.late_order_hours)
        awaited = self._room.home.awaited_orders
        pause = timedelta(minutes=self._settings.late_order_minutes)
        if not self._asked or (self._asked_at is not None and now - self._asked_at < pause):
            return awaited.cases(since, placed=True)
        self._asked_at = now
        return awaited.cases(since)


def _received(joined: Joined, became: Became, case_id: str, before: str | None = None) -> Received:
    changes = ("order",) if joined.order and became == "next_read" else ()
    return Received.model_validate(
        {
            "outcome": "late_order",
            "became": became,
            "case_id": case_id,
            "before": before,
            "changes": changes,
            "order": joined.how,
        }
    )


def _detail(joined: Joined, became: Became, before: str | None = None) -> dict[str, object]:
    named = _received(joined, became, "", before)
    return named.model_dump(mode="json", exclude_defaults=True, exclude={"case_id"})


def _identity(known: dict[str, object] | None) -> PatientIdentity:
    return PatientIdentity.model_validate(known or {})


def _safely(work: Callable[[], object]) -> object:
    """Do work in a thread of its own: what went wrong comes back as a value, so that one case never ends the rest."""
    with ThreadPoolExecutor(1, thread_name_prefix="late-order") as pool:
        done = pool.submit(work)
        error = done.exception()
    if error is not None and not isinstance(error, Exception):
        raise error
    return error if error is not None else done.result()


def _words(error: object) -> str:
    """Name a fault; the words of a foreign exception may hold a patient's data."""
    return str(error) if isinstance(error, OverreadError) else f"stopped with {type(error).__name__}"
