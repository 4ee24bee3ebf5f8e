"""What the tests' own child processes are given."""

import os
import signal
from pathlib import Path

import pytest

from tests.graphs import processes

NAME = "OVERREAD_PROFILE"


def _tell(place: Path) -> None:
    place.write_text(os.environ.get(NAME, "unset"))


def _killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_child_sees_the_environment_of_its_own_test_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "scripted")
    assert processes.run(_tell, tmp_path / "set") == 0
    monkeypatch.delenv(NAME)
    assert processes.run(_tell, tmp_path / "deleted") == 0
    assert (tmp_path / "set").read_text() == "scripted"
    assert (tmp_path / "deleted").read_text() == "unset"


def test_a_kill_is_seen() -> None:
    assert processes.run(_killed) == -signal.SIGKILL
