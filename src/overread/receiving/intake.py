"""Take one study in: its files, its order, its earlier studies; or say how long it is waited for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from overread.admission import AdmittedCase, file_digests, look_at
from overread.archives.earlier import PriorSource, Wanted, fetch_earlier
from overread.errors import SeveralStudies, Unreadable
from overread.hl7v2.charset import default_codec
from overread.imaging import PatientIdentity, ReadResult
from overread.prior_intake import SentPriors
from overread.reading_room import ReadingRoom
from overread.receiving.completeness import missing_views, wait_until
from overread.receiving.order_file import order_in
from overread.receiving.order_source import Asked, FoundOrder, Joined, OrderSource, join, joined_of
from overread.receiving.outcome import outcome_of, refused
from overread.receiving.source import Fetched
from overread.records import Order, Received, Refusal, Study, View
from overread.settings import Settings
from overread.store.arrivals import Arrival
from overread.versions import missing_view


@dataclass(frozen=True)
class Incomplete:
    """A study that is waited for: a view is missing."""

    until: datetime
    views: tuple[View, ...]


class Intake:
    """Takes studies into a reading room, with what other systems know of them."""

    def __init__(
        self, room: ReadingRoom, orders: Sequence[OrderSource] = (), priors: PriorSource | None = None
    ) -> None:
        self._room = room
        self._orders = orders
        self._priors = priors

    def take(
        self, fetched: Fetched, arrival: Arrival, begun_at: datetime, now: datetime, scratch: Path
    ) -> Received | Incomplete:
        """Register a study as a case, or find the one that it is; `scratch` is an empty folder for its priors.

        Raises `PeerError` where a system that knows orders or priors cannot be reached, `CaseBusy` while somebody
        works on the study.
        """
        if not all(path.exists() for path in fetched.paths):
            return Received(outcome="withdrawn")
        try:
            look = self._look(fetched.paths)
            missing = missing_views(self._known(look.study), self._settings.receiving.required_views)
            if look.refusal is None and missing:
                until = wait_until(arrival, self._settings.receiving.complete_minutes, now)
                if until is not None:
                    return Incomplete(until, missing)
            return self._register(fetched, look, begun_at, missing, scratch)
        except SeveralStudies:
            return Received(outcome="several_studies", error="give each study alone, as a folder or zip of its own")
        except Unreadable as error:
            return refused(Refusal.model_validate({"reason": error.reason, "detail": "", "next_step": error.next_step}))

    def _register(
        self, fetched: Fetched, look: ReadResult, begun_at: datetime, missing: tuple[View, ...], scratch: Path
    ) -> Received:
        joined = self._joined(fetched, look)
        priors = SentPriors() if self._is_known(fetched.paths, look, joined.order) else self._fetched(look, scratch)
        notes = (*(missing_view(view) for view in missing), *joined.notes)
        taken = self._room.take_in(fetched.paths, order=joined.order, priors=priors, notes=notes)
        created = self._room.store.row(taken.case.case_id).created_at if isinstance(taken, AdmittedCase) else None
        received = outcome_of(taken, created, begun_at)
        return received.model_copy(update={"order": joined.how, "views_missing": missing})

    @property
    def _settings(self) -> Settings:
        return self._room.services.settings

    def _look(self, paths: Sequence[Path]) -> ReadResult:
        """Read what a study says of itself; its pictures are kept only once it is taken in."""
        return look_at(paths, self._room.home, self._settings.limits)

    def _joined(self, fetched: Fetched, look: ReadResult) -> Joined:
        """Find the order: a file that came with the study, else the first system that has one."""
        asked = Asked(frozenset(number.strip() for number in look.accession_numbers), _identity(look))
        if look.refusal is not None:
            return Joined()
        if fetched.order is not None:
            return _of_file(asked, order_in(fetched.order, default_codec(self._settings.hl7.charset)))
        return joined_of(asked, self._orders)

    def _is_known(self, paths: Sequence[Path], look: ReadResult, order: Order | None) -> bool:
        """Say whether these very files are on file: then the archive is not asked for priors again.

        Its reports may be others by now, and our own is among them; a study that is sent twice is not read anew for it.
        """
        store, newest_read = self._room.store, self._newest(look.study.uid)
        if newest_read is None or (order is not None and order != store.case(newest_read).order):
            return False
        return file_digests(paths, self._settings.limits) <= store.sources(newest_read)

    def _known(self, study: Study) -> Sequence[Study]:
        """Give a study as it came, and as it is on file: a view may have come before."""
        before = self._newest(study.uid)
        return (study,) if before is None else (study, self._room.store.case(before).study)

    def _newest(self, study_uid: str) -> str | None:
        rows = [row for row in self._room.store.rows(study_uid=study_uid) if row.status != "replaced"]
        return rows[-1].case_id if rows else None

    def _fetched(self, look: ReadResult, scratch: Path) -> SentPriors:
        """Fetch the newest earlier studies, each into a folder of its own."""
        if self._priors is None:
            return SentPriors()
        return SentPriors(fetch_earlier(self._priors, look, Wanted(self._settings.receiving.priors), scratch))


def _of_file(asked: Asked, found: FoundOrder) -> Joined:
    """Attach an order that was put beside the study; accession numbers are compared when it is taken in."""
    number = found.order.accession_number
    if number and asked.accession_numbers and number.strip() not in asked.accession_numbers:
        return Joined(found.order, "mismatch")  # which is told, and not attached, where every order is
    return join(Asked(frozenset(), asked.identity), [found])


def _identity(look: ReadResult) -> PatientIdentity:
    return look.identity or PatientIdentity()
