"""The child process: restarted when killed, shared by threads, gone with its parent, never trusted."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from overread.errors import Unreadable
from overread.imaging import study_reader
from overread.imaging.sandbox import sandbox_of
from overread.imaging.wire_format import LINE, LINES_FILE, Frame

PIXELS = np.arange(4096, dtype=np.uint16).reshape(64, 64)


def test_a_killed_reader_process_is_started_again(reader, write) -> None:
    path = write(PIXELS)
    before = reader.read(path)
    os.kill(sandbox_of(os.getpid()).process_id, signal.SIGKILL)
    assert reader.read(path) == before


def test_threads_read_side_by_side(reader, write) -> None:
    paths = [write(PIXELS + number, f"{number}.dcm", SOPInstanceUID=f"2.25.1{number}") for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        studies = list(pool.map(lambda path: reader.read(path).study, paths))
    assert [study.images[0].sop_instance_uid for study in studies] == [f"2.25.1{number}" for number in range(12)]


def test_a_killed_parent_leaves_neither_process_nor_pictures(write, tmp_path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from overread.imaging import read_input\n"
        "from overread.imaging.sandbox import sandbox_of; from overread.settings import Limits\n"
        "class Sink:\n"
        "    def put(self, picture):\n"
        "        print(sandbox_of(os.getpid()).process_id, flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
        "read_input([Path(sys.argv[1])], sink=Sink(), key=b'k', limits=Limits())\n"
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "-c", program, str(write(PIXELS))]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TMPDIR": str(scratch)})
    decoder = int(done.stdout)
    for _ in range(100):
        if not alive(decoder):
            break
        time.sleep(0.1)
    assert not alive(decoder)
    assert list(scratch.iterdir()) == []


def alive(process_id: int) -> bool:
    try:
        with open(f"/proc/{process_id}/stat") as status:
            return status.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("file", ["../../etc/passwd", "/etc/passwd", "a.raw", "1.raw/../2.raw"])
def test_a_child_cannot_name_files_outside_its_folder(file) -> None:
    with pytest.raises(ValidationError):
        Frame(rows=1, columns=1, file=file, window="")


@pytest.mark.parametrize("line", [b'{"kind":"begin"}', b"[]", b'{"kind":"instance","study_uid":"../x"}', b"\xff"])
def test_a_child_cannot_answer_outside_the_agreed_form(line) -> None:
    with pytest.raises(ValidationError):
        LINE.validate_json(line)


def test_a_trap_left_in_the_folder_is_not_stepped_into(tmp_path) -> None:
    secret = tmp_path / "secret"
    secret.write_text('{"kind":"begin","index":1}\n')
    (tmp_path / LINES_FILE).symlink_to(secret)
    with pytest.raises(Unreadable, match="not valid"):
        study_reader._lines(tmp_path)
    (tmp_path / LINES_FILE).unlink()
    os.mkfifo(tmp_path / LINES_FILE)
    with pytest.raises(Unreadable, match="not valid"):
        study_reader._lines(tmp_path)


def test_threads_that_read_at_once_from_the_start_share_one_decoder_process(tmp_path: Path) -> None:
    Image.fromarray(np.tile(np.arange(64, dtype=np.uint8), (64, 1))).save(tmp_path / "a.png")
    code = (
        "import sys\nfrom concurrent.futures import ThreadPoolExecutor\nfrom pathlib import Path\n"
        "from overread.imaging import read_input\nfrom overread.settings import Limits\n"
        "from overread.store.pictures import PictureFolder\n"
        "sink = PictureFolder(Path(sys.argv[2]))\n"
        "def read(_):\n    return read_input([Path(sys.argv[1])], sink=sink, key=b'k', limits=Limits()).study.images\n"
        "with ThreadPoolExecutor(4) as pool:\n    assert all(pool.map(read, range(8)))\n"
    )
    for attempt in range(3):
        subprocess.run([sys.executable, "-c", code, tmp_path / "a.png", tmp_path / str(attempt)], check=True)
