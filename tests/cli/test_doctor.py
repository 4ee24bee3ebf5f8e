"""`overread doctor` and the cases on file."""

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

from tests.cli.conftest import Overread

RECORDED = Path(__file__).parents[1] / "recorded" / "5350bf3.tar.xz"


def test_a_case_that_says_it_waits_while_its_run_does_not_is_told(overread: Overread, home: Path) -> None:
    with tarfile.open(RECORDED) as archive:
        archive.extractall(home, filter="data")
    assert "1 cases await review, and so do their runs" in overread("doctor").out
    with closing(sqlite3.connect(home / "checkpoints.sqlite")) as base, base:
        base.execute("delete from checkpoints")
    said = overread("doctor")
    assert said.code == 1
    assert "says it waits for a review: its checkpoints are gone; read the input again" in said.out


def test_a_home_without_cases_stays_as_it_is(overread: Overread, home: Path) -> None:
    overread("doctor")
    assert not (home / "cases.sqlite").exists()


def test_a_home_that_others_may_open_is_told(overread: Overread, home: Path) -> None:
    home.mkdir(mode=0o700, exist_ok=True)
    home.chmod(0o755)
    assert "others on this machine may open it" in overread("doctor").out
    home.chmod(0o700)
    assert "others on this machine" not in overread("doctor").out
