"""From the file to the draft: a finding is on the side that the header puts it on, or on none."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from overread.ports import ToolInput
from overread.records import CaseFile
from overread.testing.doubles import ScriptedTool
from overread.testing.doubles.payloads import make_claim
from overread.testing.doubles.tool import Item
from overread.testing.phantoms import render, sample_recipe, to_dicom
from tests.graphs.rooms import scripted_room, scripted_tools

LABEL = "Pneumothorax"
TURNS = {
    (row, column): (row in "FH", "R" in (row, column), "H" in (row, column))
    for row, column in (*product("LR", "FH"), *((row, column) for column, row in product("LR", "FH")))
}
"""PatientOrientation of the eight hangings: whether transposed, whether toward the right, whether toward the head."""


def write(path: Path, orientation: Sequence[str], view: str, laid: Sequence[str]) -> Path:
    """Write a film with a bright spot in the patient's right lower zone, laid out as `laid` and labelled otherwise."""
    dataset = to_dicom(render(sample_recipe(5, view="PA", flipped=False), 96), ViewPosition=view)
    pixels = dataset.pixel_array.copy()
    pixels[60:80, 8:28] = 4095
    transposed, toward_right, toward_head = TURNS[laid[0], laid[1]]
    pixels = pixels[:, ::-1] if toward_right else pixels
    pixels = pixels[::-1] if toward_head else pixels
    pixels = pixels.T if transposed else pixels
    dataset.PixelData, dataset.PatientOrientation = np.ascontiguousarray(pixels).tobytes(), list(orientation)
    dataset.save_as(path)
    return path


def look(work: ToolInput) -> list[Item]:
    """Say as models do: what lies at the left of the picture is at the patient's right."""
    shown = work.pixels.shown(work.image)
    left, right = shown[60:80, 8:28].mean(), shown[60:80, -28:-8].mean()
    side = "right" if left > right else "left"
    return [make_claim(f"There is a {side} pneumothorax.", LABEL, "present", side)]  # type: ignore[arg-type]


def read(path: Path, home: Path) -> CaseFile:
    tools = scripted_tools(report=ScriptedTool("report", look), classification=ScriptedTool("classification"))
    with scripted_room(home, tools) as room:
        return room.read(room.take_in([path]).case.case_id)  # type: ignore[union-attr]


def told(file: CaseFile) -> tuple[str | None, str]:
    assert file.draft is not None
    side = next(finding.laterality for finding in file.findings if finding.label == LABEL)
    said = [s.text for name in ("findings", "impression") for s in file.draft.sections[name]]  # type: ignore[index]
    return side, " ".join(text for text in said if "pneumothorax" in text.lower()).lower()


@pytest.mark.parametrize("laid", TURNS)
def test_a_finding_is_on_its_side_however_the_film_lies(tmp_path: Path, laid: tuple[str, str]) -> None:
    file = read(write(tmp_path / "film.dcm", laid, "AP" if "R" in laid else "PA", laid), tmp_path / "home")
    side, text = told(file)
    assert side == "right"
    assert "right pneumothorax" in text
    assert "left" not in text
    assert file.draft is not None
    limits = [statement.text for statement in file.draft.sections["limitations"]]
    assert any("hangs the usual way" in text for text in limits) is (laid != ("L", "F"))


@pytest.mark.parametrize("orientation", [("A", "F"), ("L", "R"), ("Q", "F")])
def test_a_finding_is_on_no_side_where_the_header_leaves_none(tmp_path: Path, orientation: tuple[str, str]) -> None:
    file = read(write(tmp_path / "film.dcm", orientation, "PA", ("R", "F")), tmp_path / "home")
    side, text = told(file)
    assert side is None
    assert "pneumothorax" in text
    assert not {"left", "right"} & set(text.replace(".", "").split())
    assert all(alert.laterality is None for alert in file.alerts)
    assert file.draft is not None
    assert any(s.text.startswith("Sides are withheld") for s in file.draft.sections["limitations"])
