"""A hostile file costs only itself: it is read and decoded in the child process, and the run goes on."""

import os
import struct
from pathlib import Path

import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import RLELossless

from overread.deidentifying.folder import Deidentifier
from overread.deidentifying.image_file import NotDeidentified, deidentify
from overread.deidentifying.options import Options
from overread.deidentifying.pseudonyms import Pseudonyms
from overread.deidentifying.records import Refused
from overread.imaging.sandbox import sandbox_of
from overread.settings import Limits
from overread.testing.hostile import KINDS, hostile_input
from tests.deidentifying.conftest import KEY, bytes_of, named

KEPT = Options(pixels="keep")
SEED, COUNT = 11, 2 * len(KINDS)


def rle(rows: int, columns: int) -> bytes:
    """Encode a black image of 16 bits in almost no bytes: each pair stands for 128 of them (PS3.5 annex G)."""
    run = bytes([129, 0]) * (rows * columns // 128)
    return struct.pack("<16L", 2, 64, 64 + len(run), *[0] * 13) + run * 2


def bomb(side: int, frames: int = 1) -> bytes:
    """Give a small file whose pictures are large."""
    film = named(Rows=side, Columns=side, BitsAllocated=16, BitsStored=16, HighBit=15)
    film.file_meta.TransferSyntaxUID = RLELossless
    film.NumberOfFrames = frames
    film.PixelData = encapsulate([rle(side, side)] * frames)
    film["PixelData"].is_undefined_length = True
    return bytes_of(film)


@pytest.mark.parametrize(
    ("content", "limits"),
    [
        (bomb(8192), Limits(memory_bytes=400 * 2**20)),
        (bomb(2048, 60), Limits(cpu_seconds=1)),
        (bomb(64), Limits(wall_seconds=0.002)),
    ],
    ids=["memory", "processor time", "time"],
)
def test_what_needs_more_than_the_limits_is_refused(content: bytes, limits: Limits) -> None:
    with pytest.raises(NotDeidentified) as refused:
        deidentify(content, KEPT, Pseudonyms(KEY), None, limits)
    assert refused.value.because == "unsupported_pixels"
    assert "QUARTZ" not in str(refused.value)


def test_what_ends_its_reader_costs_only_itself(tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    sent.mkdir()
    (sent / "0.dcm").write_bytes(bomb(2048, 60))
    (sent / "1.dcm").write_bytes(bytes_of(named()))
    limits = Limits(cpu_seconds=1)
    done = list(Deidentifier(tmp_path / "out", KEPT, Pseudonyms(KEY), None, limits).run([sent]))
    assert [item.kind for item in done] == ["refused", "written"]
    assert isinstance(done[0], Refused)
    assert "processor time" in done[0].detail


@pytest.mark.slow
def test_hostile_inputs_are_written_or_refused_with_a_reason(tmp_path: Path) -> None:
    process = sandbox_of(os.getpid()).process_id
    deidentifier = Deidentifier(tmp_path / "out", KEPT, Pseudonyms(KEY), None, Limits())
    kinds = set()
    for number in range(COUNT):
        made = hostile_input(SEED, number)
        path = tmp_path / made.name
        path.write_bytes(made.content)
        kinds |= {item.kind for item in deidentifier.run([path])}
    assert kinds == {"written", "refused"}
    assert sandbox_of(os.getpid()).process_id == process, "the reader process was lost"
