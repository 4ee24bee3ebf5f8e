"""What a case is at, on a terminal: there while it runs, gone from the result, and silent where nobody looks."""

import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from overread.records import CaseFile
from tests.cli.conftest import Overread

CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
RUN = "from overread.cli import main; main()"


def read_on_a_terminal(home: Path, study: Path, *options: str) -> tuple[str, str]:
    """Run `overread read` with standard error on a terminal; give standard output, and what the terminal got."""
    ours, theirs = pty.openpty()
    seen: list[bytes] = []

    def drain() -> None:
        try:
            while chunk := os.read(ours, 65536):
                seen.append(chunk)
        except OSError:
            return  # how a terminal says that its other end is closed

    command = [sys.executable, "-c", RUN, "read", str(study), "--out", str(home.parent / "out"), *options]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "160"}
    watching = threading.Thread(target=drain)
    watching.start()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, env=environment, timeout=300, check=True)
    os.close(theirs)
    watching.join(60)
    os.close(ours)
    return done.stdout.decode(), CONTROLS.sub("", b"".join(seen).decode())


def test_a_terminal_shows_each_tool_as_it_looks_and_the_result_is_what_it_was(
    home: Path, phantom: Path, overread: Overread
) -> None:
    out, terminal = read_on_a_terminal(home, phantom)
    for words in (
        "Reading the case",
        "segmentation: looking at the frontal image",
        "segmentation: done",
        "vqa: answering",
        "verify: testing every sentence against its evidence",
    ):
        assert words in terminal
    again = overread("read", phantom, "--out", home.parent / "out")
    assert out == again.out
    assert again.err == ""


@pytest.mark.parametrize("option", ["--json", "--quiet"])
def test_a_terminal_is_left_alone_where_only_the_result_is_wanted(home: Path, phantom: Path, option: str) -> None:
    out, terminal = read_on_a_terminal(home, phantom, option)
    assert terminal == ""
    if option == "--json":
        assert CaseFile.model_validate_json(out).status == "awaiting_review"
