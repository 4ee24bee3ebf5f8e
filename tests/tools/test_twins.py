"""One image stored in many ways, a score: MONOCHROME1, windowed, compressed, in 8, 12 and 16 bits."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless

from overread.composition import parts_of
from overread.imaging import read_input
from overread.ports import Picture, Tool, ToolInput
from overread.records import Evidence, Mask, Measurement, Score
from overread.settings import load_profile, load_settings
from overread.testing.doubles import MemoryArtifacts, MemoryPixels
from overread.testing.phantoms import render, sample_recipe, to_dicom, to_display
from overread.tools import classification, quality, segmentation
from tests.needs import require

TOLERANCE = 0.01
"""Of a probability or a ratio: what one of 256 grey levels, lost in rounding, may move."""
PACKED = {"RLE": RLELossless, "JPEG-LS": JPEGLSLossless, "JPEG 2000": JPEG2000Lossless}


class Way(NamedTuple):
    """How one picture of 8 bits is stored."""

    bits: int
    inverted: bool = False
    slope: int = 1
    syntax: str = ExplicitVRLittleEndian


WAYS = {
    "8 bits": Way(8),
    "12 bits, windowed": Way(12),
    "16 bits, windowed": Way(16),
    "rescaled and windowed": Way(12, slope=3),
    "MONOCHROME1, 8 bits": Way(8, inverted=True),
    "MONOCHROME1, 16 bits": Way(16, inverted=True),
    "implicit VR": Way(12, syntax=ImplicitVRLittleEndian),
    **{f"{name}, {bits} bits": Way(bits, syntax=uid) for name, uid in PACKED.items() for bits in (8, 16)},
    "MONOCHROME1, JPEG-LS, 12 bits": Way(12, inverted=True, syntax=JPEGLSLossless),
}


def stored(picture: Picture, way: Way) -> FileDataset:
    """Store a picture so that a viewer shows it as it is."""
    white = 2**way.bits - 1
    values: NDArray[np.int64] = np.rint(picture.astype(np.float64) * white / 255).astype(np.int64)
    values = white - values if way.inverted else values
    dataset = to_dicom(render(sample_recipe(11), 64))
    dataset.PhotometricInterpretation = "MONOCHROME1" if way.inverted else "MONOCHROME2"
    dataset.PresentationLUTShape = "INVERSE" if way.inverted else "IDENTITY"
    dataset.Rows, dataset.Columns = picture.shape
    dataset.BitsAllocated = 8 if way.bits == 8 else 16
    dataset.BitsStored, dataset.HighBit = way.bits, way.bits - 1
    dataset.RescaleSlope, dataset.RescaleIntercept = str(way.slope), "0"
    dataset.WindowCenter, dataset.WindowWidth = str((white * way.slope + 1) / 2), str(white * way.slope + 1)
    dataset.PixelData = values.astype("u1" if way.bits == 8 else "<u2").tobytes()
    dataset["PixelData"].VR = "OB" if way.bits == 8 else "OW"
    if way.syntax in PACKED.values():
        dataset.compress(way.syntax, generate_instance_uid=False)
    elif way.syntax == ImplicitVRLittleEndian:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        dataset.set_original_encoding(is_implicit_vr=True, is_little_endian=True)
    return dataset


@pytest.fixture(scope="module")
def tools() -> list[Tool]:
    require("torch")
    settings = load_settings(profile="embedded")
    parts = parts_of(load_profile("embedded", settings), settings)
    return [tool.build(parts) for tool in (quality, segmentation, classification)]


class Twins:
    """Reads ways of storing one picture; a picture that was seen before has the scores that it had."""

    def __init__(self, tools: list[Tool], folder: Path) -> None:
        self._tools, self._folder = tools, folder
        self._known: dict[str, Mapping[str, float]] = {}

    def scores(self, dataset: FileDataset) -> tuple[Picture, Mapping[str, float]]:
        """Give the picture as shown, and every score of the tools by name."""
        pixels = MemoryPixels()
        dataset.save_as(self._folder / "twin.dcm", enforce_file_format=True)
        read = read_input([self._folder / "twin.dcm"], sink=pixels, key=b"k", limits=load_settings().limits)
        (image,) = read.study.images
        if image.pixels_digest not in self._known:
            work = ToolInput(study=read.study, image=image, pixels=pixels, artifacts=MemoryArtifacts(), header={})
            evidence = [item for tool in self._tools for item in tool.run(work)]
            self._known[image.pixels_digest] = dict(_figures(evidence))
        return pixels.shown(image), self._known[image.pixels_digest]


def _figures(evidence: list[Evidence]) -> Iterator[tuple[str, float]]:
    for item in evidence:
        match item.payload:
            case Score() as score if score.probability is not None:
                yield f"{item.tool} {item.provenance.model} {score.method} {score.label}", score.probability
            case Measurement(unit="1") as measured:
                yield measured.name, measured.value
            case Mask() as mask:
                yield f"{mask.structure} quality", mask.quality or 0.0
            case _:
                pass


def compare(picture: Picture, twins: Twins) -> int:
    """Hold every way against the first; gives the number of scores."""
    shown, first = twins.scores(stored(picture, WAYS["8 bits"]))
    assert np.array_equal(shown, picture)
    for name, way in WAYS.items():
        twin, scores = twins.scores(stored(picture, way))
        assert int(np.abs(twin.astype(int) - picture).max()) <= 1, name
        assert scores.keys() == first.keys(), name
        assert {key: scores[key] for key in first} == pytest.approx(first, abs=TOLERANCE), name
    return len(first)


def test_twins_of_a_phantom_have_one_score(tools: list[Tool], tmp_path: Path) -> None:
    assert compare(to_display(render(sample_recipe(12, view="PA"), 256)), Twins(tools, tmp_path)) > 20


@pytest.mark.data
def test_twins_of_a_film_have_one_score(tools: list[Tool], tmp_path: Path, data: Path) -> None:
    rows = csv.DictReader((data / "cxr" / "manifest.csv").read_text(encoding="utf-8").splitlines())
    films = [row for row in rows if row["source"] == "nih-cxr14" and row["view"] == "PA"]
    film = np.asarray(Image.open(data / "cxr" / films[0]["path"]).convert("L"))
    assert compare(film, Twins(tools, tmp_path)) > 20
