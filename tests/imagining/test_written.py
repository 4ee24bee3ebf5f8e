"""Pictures of words: what lies in the folder, and how it is read."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread

from overread.cli.boundary import run
from overread.imagining.asked import asked_of
from overread.imagining.planned import planned
from overread.imagining.written import write
from overread.testing.phantoms import PlacedFinding, render, sample_recipe
from overread.testing.phantoms.devices import wrong_place
from overread.testing.phantoms.recipe import Device
from tests import needs
from tests.imagining.conftest import Reads

WORDS = "large right pneumothorax, small left effusion, ETT too deep"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    asked = asked_of(WORDS)
    return write(asked, planned(asked, 0, 0), 0, 0, tmp_path_factory.mktemp("imagined")).folder


def test_truth_is_of_what_was_asked_and_fits_the_masks(folder: Path) -> None:
    truth = json.loads((folder / "truth.json").read_text())
    present = {label for label, value in truth["labels"].items() if value}
    assert present == {"Pneumothorax", "Pleural Effusion", "Support Devices"}
    for finding in truth["findings"]:
        mask = np.asarray(Image.open(folder / finding["mask"])) > 0
        rows, columns = np.nonzero(mask)
        box = finding["box"]
        assert (box["x"], box["y"]) == (columns.min(), rows.min())
        assert (box["width"], box["height"]) == (np.ptp(columns) + 1, np.ptp(rows) + 1)
    effusion = next(item for item in truth["findings"] if item["label"] == "Pleural Effusion")
    # The patient's left is on the right of the picture.
    assert effusion["box"]["x"] > truth["columns"] / 2


def test_it_is_marked_in_header_and_pixels(folder: Path) -> None:
    image = dcmread(folder / "image.dcm")
    assert image.SyntheticData == "YES"
    assert "NOT A PATIENT" in image.ImageComments
    assert image.ImageType[0] == "DERIVED"
    assert str(image.PatientName).startswith("PHANTOM^")
    strip = image.pixel_array[-60:-10]
    assert (strip > 0.95 * 4095).mean() > 0.01


def test_the_same_words_and_seed_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    asked = asked_of(WORDS)
    again = write(asked, planned(asked, 0, 0), 0, 0, tmp_path).folder
    for name in ("image.dcm", "truth.json", "preview.png"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_a_plain_picture_of_it_is_known_to_be_synthetic_too(folder: Path, studied: Reads) -> None:
    assert not dcmread(folder / "image.dcm").get("ConversionType")
    for name in ("image.dcm", "preview.png"):
        study = studied(folder / name)
        assert study.synthetic
        assert not study.generated


def test_dicom_that_others_judge(folder: Path) -> None:
    needs.require("dicom3tools")
    from tests.export.conftest import refereed

    said = refereed("dciodvfy", folder / "image.dcm")
    assert "Error" not in said


@pytest.mark.parametrize("device", ["endotracheal_tube", "central_venous_line", "nasogastric_tube"])
def test_where_a_misplaced_device_goes_is_told_before_it_is_drawn(device: Device) -> None:
    lowest: dict[str, list[float]] = {}
    for patient in range(12):
        placed = PlacedFinding(label="Support Devices", device=device, device_position="malpositioned")
        recipe = sample_recipe(patient, findings=(placed,), age_years=50, field_scale=1.1, tilt_deg=0.0, view="PA")
        mask = render(recipe, 128).masks[device]
        lowest.setdefault(wrong_place(device, patient), []).append(float(np.nonzero(mask)[0].max()) / 128)
    assert len(lowest) == 2
    if device == "endotracheal_tube":
        assert max(lowest["high"]) < min(lowest["deep"])
    elif device == "central_venous_line":
        assert np.median(lowest["deep"]) > np.median(lowest["astray"])


def test_the_command_says_what_it_made_and_refuses_before_it_writes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["imagine", "small left effusion", "--out", str(tmp_path), "--count", "2", "--json"]) == 0
    pictures = json.loads(capfd.readouterr().out)["pictures"]
    assert [picture["truth"] for picture in pictures] == ["exact", "exact"]
    assert len({picture["sop_instance_uid"] for picture in pictures}) == 2
    nowhere = tmp_path / "refused"
    assert run(["imagine", "fracture of the clavicle", "--out", str(nowhere)]) == 2
    assert "clavicle" in capfd.readouterr().err
    assert not nowhere.exists()
