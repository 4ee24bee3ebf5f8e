"""Files are written whole, and what a killed writer left of one goes with the next writing."""

import os
import signal
import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from overread.store.files import LEFT_SECONDS, write_whole


def killed_while_writing(path: Path) -> None:
    """Write a report, and be killed before its name is on it."""

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    os.fsync = die  # type: ignore[assignment]
    write_whole(path, b"No pneumothorax.")


@pytest.mark.parametrize("known", [b"", b"No pneumothorax."])
def test_what_a_killed_writer_left_is_removed_by_the_next_one(tmp_path: Path, known: bytes) -> None:
    path = tmp_path / "report[1].txt"
    if known:
        path.write_bytes(known)
    writer = get_context("spawn").Process(target=killed_while_writing, args=(tmp_path / "other.txt",))
    writer.start()
    writer.join(60)
    assert writer.exitcode == -signal.SIGKILL
    (left,) = tmp_path.glob(".other.txt.*")
    assert left.read_bytes() == b"No pneumothorax."
    part = left.rename(tmp_path / left.name.replace("other.txt", path.name))
    write_whole(path, b"No pneumothorax.")
    assert part.exists()  # young: its writer may be at work
    old = time.time() - LEFT_SECONDS - 1
    os.utime(part, (old, old))
    beside = tmp_path / ".report[1].txt.bak"
    beside.write_bytes(b"mine")
    os.utime(beside, (old, old))
    write_whole(path, b"No pneumothorax.")
    assert sorted(each.name for each in tmp_path.iterdir()) == [beside.name, path.name]
    assert path.read_bytes() == b"No pneumothorax."
