"""Time the figures over many decided cases: taken anew, as the page sees them first, and as it sees them afterwards.

One phantom is read by the embedded models and signed; its case file is put into a store many times over, with a time of
its own each. What is timed are the same files that real cases leave.
"""

import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from fastapi import FastAPI
from starlette.testclient import TestClient

from overread.admission import AdmittedCase
from overread.composition import open_room
from overread.oversight.collecting import Collector
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, NotTold, Review, StatementReview
from overread.review import LinkAccess
from overread.review.access import Reader
from overread.review.stats import StatsRoutes
from overread.settings import load_settings
from overread.testing.phantoms import sample_recipe, write_study


class Anyone(LinkAccess):
    """Lets everybody in: nothing but the figures is timed."""

    def reader(self, cookies: object, headers: object) -> Reader | None:
        """Know nobody, and let them in."""
        return Reader(key="bench")


class Restless(threading.Event):
    """Never told to stop, and no rest between two files: beside a page it takes twice as long."""

    def wait(self, timeout: float | None = None) -> bool:
        """Go on at once."""
        return False


def main(cases: Annotated[int, typer.Option(help="Decided cases.")] = 5000) -> None:
    """Print the seconds."""
    with tempfile.TemporaryDirectory() as name:
        settings = load_settings().model_copy(update={"home": Path(name) / "home", "profile": "embedded"})
        with open_room(settings) as room:
            fill(room, signed(room, Path(name)), cases)
            app = FastAPI()
            StatsRoutes(room, Anyone()).add_to(app)
            client = TestClient(app)
            typer.echo(f"first view, no file read before: {timed(client):.2f} s")
            began = time.perf_counter()
            taken = Collector(room.home).catch_up(Restless())
            typer.echo(f"the other {taken} files, without a rest: {time.perf_counter() - began:.0f} s")
            typer.echo(f"all {cases} cases counted: {timed(client):.2f} s, {timed(client):.2f} s")


def timed(client: TestClient) -> float:
    """Give the seconds of one look at the page."""
    began = time.perf_counter()
    client.get("/stats", params={"of": "phantoms", "since": "2020-01-01"}).raise_for_status()
    return time.perf_counter() - began


def signed(room: ReadingRoom, folder: Path) -> CaseFile:
    """Read and sign one phantom."""
    admitted = room.take_in(write_study(folder / "study", sample_recipe(101, view="PA"), size=512))
    if not isinstance(admitted, AdmittedCase):
        raise TypeError("the phantom was refused")
    room.admit(admitted)
    file = room.read(admitted.case.case_id)
    draft = file.draft
    review = Review(
        draft_digest=file.draft_digest or "",
        reviewer="Dr Bench",
        decision="sign",
        statements=tuple(
            StatementReview(statement_id=each.id, action="accept")
            for each in (draft.statements if draft else ())
            if each.needs_decision
        ),
        at=datetime.now(UTC),
    )
    untold = tuple(NotTold(alert_id=each.id, reason="a phantom") for each in file.alerts)
    return room.decide(file.case_id, review.model_copy(update={"not_told": untold}))


def fill(room: ReadingRoom, file: CaseFile, count: int) -> None:
    """Put copies of a signed case into the store, one every ten minutes back in time."""
    for number in range(count):
        case = file.case.model_copy(update={"case_id": f"c-{number:016x}"})
        review = file.review and file.review.model_copy(
            update={"at": datetime.now(UTC) - timedelta(minutes=10 * number)}
        )
        room.store.admit(case, 1, {}, None)
        copy = file.model_copy(update={"case": case, "case_id": case.case_id, "review": review, "versions": ()})
        room.store.save(copy)


if __name__ == "__main__":
    typer.run(main)
