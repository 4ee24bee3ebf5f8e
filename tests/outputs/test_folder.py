"""Folders: what `read` writes and what a delivery leaves behind."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overread.outputs.colours import STRUCTURES, rgb_of
from overread.outputs.delivery import deliver_to_folder, write_case
from overread.outputs.overlay import DIM, HEADER, render_overlay
from overread.records import CaseFile, Hanging


def test_case_json_names_masks_by_absolute_paths_of_the_size_of_the_image(bench, tmp_path: Path) -> None:
    write_case(bench.file, tmp_path / "case", bench.artifacts, bench.pictures)
    data = json.loads((tmp_path / "case" / "case.json").read_text())
    masks = [item["payload"] for item in data["evidence"] if item["payload"]["kind"] == "mask"]
    assert {mask["structure"] for mask in masks} == {"right_lung", "left_lung", "heart"}
    for mask in masks:
        assert Path(mask["png"]).is_absolute()
        with Image.open(mask["png"]) as png:
            assert png.size == (256, 256)
            assert int((np.asarray(png) == 255).sum()) == mask["area_pixels"]


def test_case_json_reads_back_as_the_same_record(bench, tmp_path: Path) -> None:
    write_case(bench.file, tmp_path, bench.artifacts, bench.pictures)
    back = CaseFile.model_validate_json((tmp_path / "case.json").read_text())
    assert [item.id for item in back.evidence] == [item.id for item in bench.file.evidence]
    assert back.draft == bench.file.draft


def test_a_delivery_done_twice_is_done_once(signed, tmp_path: Path) -> None:
    deliver_to_folder(signed.file, tmp_path / "out", signed.artifacts, signed.pictures)
    first = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (tmp_path / "out").rglob("*.*")}
    deliver_to_folder(signed.file, tmp_path / "out", signed.artifacts, signed.pictures)
    assert first == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (tmp_path / "out").rglob("*.*")}
    assert {path.name for path in first} >= {"report.md", "report.txt", "report.html", "case.json", "overlay.png"}


def test_the_overlay_outlines_each_structure_in_its_own_colour(bench) -> None:
    overlay = render_overlay(bench.file, bench.pictures, bench.artifacts)
    assert overlay is not None
    pixels = np.asarray(overlay, dtype=np.int16)[:, :900]
    for structure, colour in STRUCTURES.items():
        near = np.abs(pixels - np.array(rgb_of(colour))).max(axis=2) < 12
        assert near.sum() > 500, structure


def test_the_overlay_of_other_pixels_is_another_overlay(bench) -> None:
    image = bench.file.case.study.images[0]
    black = bench.pictures.put(np.zeros((256, 256), np.uint8))
    shown = render_overlay(bench.file, bench.pictures, bench.artifacts)
    study = bench.file.case.study
    series = study.series[0].model_copy(update={"images": (image.model_copy(update={"pixels_digest": black}),)})
    case = bench.file.case.model_copy(update={"study": study.model_copy(update={"series": (series,)})})
    other = render_overlay(bench.file.model_copy(update={"case": case}), bench.pictures, bench.artifacts)
    assert shown is not None
    assert other is not None
    assert shown.tobytes() != other.tobytes()


@pytest.mark.parametrize(("sides", "marked"), [("stated", True), ("assumed", True), ("withheld", False)])
def test_the_overlay_marks_no_sides_that_cannot_be_told(bench, sides, marked) -> None:
    study = bench.file.case.study
    image = study.images[0].model_copy(update={"hanging": Hanging(sides=sides)})
    series = study.series[0].model_copy(update={"images": (image,)})
    case = bench.file.case.model_copy(update={"study": study.model_copy(update={"series": (series,)})})
    overlay = render_overlay(bench.file.model_copy(update={"case": case}), bench.pictures, bench.artifacts)
    assert overlay is not None
    corner = np.asarray(overlay)[HEADER + 12 : HEADER + 47, 12:47]
    assert bool((corner == DIM).all(axis=2).any()) is marked
