"""What a kill left of several cases is carried out, each by itself: one that cannot be holds none of the others up."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from overread.cli.boundary import run
from overread.reading_room import ReadingRoom
from overread.review.finishing import finishing
from overread.signing import Addition, Signer, next_version
from tests.graphs.rooms import put_case, scripted_room, sign_all

SECONDS = 60.0


def signed_and_killed(room: ReadingRoom, number: int) -> str:
    """Read a case and write its signature down, as a process does that is killed right afterwards."""
    case_id = put_case(room, number)
    review, version = room._signed(case_id, sign_all(room.read(case_id)), "final")
    room.store.decisions.decide(case_id, review, version)
    return case_id


def added_and_killed(room: ReadingRoom, number: int) -> str:
    """Sign a case and write an addendum down that is not delivered."""
    case_id = put_case(room, number)
    file = room.decide(case_id, sign_all(room.read(case_id)))
    signer = Signer("Dr B", room.services.clock(), meaning="authorship")
    room.home.report_versions.add(case_id, next_version(file, Addition("Told to the ward."), signer))
    return case_id


def barred(room: ReadingRoom, case_id: str) -> Path:
    """Put a file where the folder of the delivery belongs: the system refuses to write there, as on a full disk."""
    folder = room.home.root / "deliveries" / case_id
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_bytes(b"")
    return folder


def comes_to(hold: Callable[[], bool]) -> bool:
    end = time.monotonic() + SECONDS
    while not hold() and time.monotonic() < end:
        time.sleep(0.05)
    return hold()


def test_a_case_that_the_system_refuses_keeps_no_other_from_its_report(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        first, second, third = signed_and_killed(room, 1), signed_and_killed(room, 2), added_and_killed(room, 3)
        bar = barred(room, first)
        left: list[str] = []
        assert room.finish(lambda case_id, error: left.append(f"{case_id} {type(error).__name__}")) == [second, third]
        assert left == [f"{first} FileExistsError"]
        assert (room.store.row(first).status, room.store.row(first).error) == ("failed", "stopped with FileExistsError")
        assert room.store.row(second).status == "signed"
        assert "Told to the ward." in (room.home.delivery(third) / "report.txt").read_text()
        with pytest.raises(FileExistsError):
            room.finish()
        bar.unlink()
        assert room.finish() == [first]
        assert room.file(first).status == "signed"


def test_the_command_says_which_case_is_left_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with scripted_room(tmp_path) as room:
        first, second = signed_and_killed(room, 1), signed_and_killed(room, 2)
        bar = barred(room, first)
    given = ["-c", f"home={tmp_path}", "-c", "profile=scripted", "review", "finish"]
    assert run(given) == 1
    told = capsys.readouterr()
    assert told.out.split() == [second, "signed"]
    assert f"{first} is decided and could not be carried out: stopped with FileExistsError" in told.err
    assert "Traceback" not in told.err
    bar.unlink()
    assert run(given) == 0
    assert capsys.readouterr().out.split() == [first, "signed"]


def test_the_page_looks_again_after_the_system_refused(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        case_id = signed_and_killed(room, 1)
        bar = barred(room, case_id)
        with finishing(room, every=0.1):
            assert comes_to(lambda: room.store.row(case_id).status == "failed")
            bar.unlink()
            assert comes_to(lambda: room.store.row(case_id).status == "signed")
