"""Of two to six images of a study the right one is read, in whatever order they come; the others are named."""

from collections.abc import Callable
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import FileDataset
from scipy import ndimage

from overread.composition import parts_of
from overread.imaging import read_input
from overread.imaging.frontal_choice import choose
from overread.imaging.gate import header_refusal
from overread.imaging.read_result import ReadResult
from overread.ports import ToolInput
from overread.records import Evidence, ImageRef, Measurement, Study
from overread.settings import load_profile, load_settings
from overread.testing.doubles import MemoryArtifacts, MemoryPixels, make_evidence, make_study
from overread.testing.phantoms import negative_to_dicom, render, sample_recipe, to_dicom
from overread.tools import quality
from tests.needs import require


def film(view: str = "PA", **elements: Any) -> FileDataset:
    return to_dicom(render(sample_recipe(5, view=view, flipped=False), 256), **elements)


def stored(dataset: FileDataset, values: Any) -> FileDataset:
    dataset.PixelData = np.clip(values, 0, 4095).astype("<u2").tobytes()
    return dataset


def raw() -> FileDataset:
    """Intensities instead of their logarithm, as a detector gives them."""
    dataset = film(PresentationIntentType="FOR PROCESSING", PresentationLUTShape=None)
    return stored(dataset, 4095 * np.exp(-dataset.pixel_array / 4095 * 3))


def bone() -> FileDataset:
    """What is left of a film without its coarse shadows."""
    dataset = film(ImageType=["DERIVED", "PRIMARY", "", "BONE"])
    values = dataset.pixel_array.astype(float)
    return stored(dataset, (values - ndimage.uniform_filter(values, 25)) * 3 + 700)


UNTOLD = {"ViewPosition": None, "ViewCodeSequence": None, "PatientOrientation": None, "SeriesDescription": None}
IMAGES: dict[str, Callable[[], FileDataset]] = {
    "frontal": film,
    "lateral": lambda: film("LATERAL"),
    "lateral, view not stated": lambda: film("LATERAL", **UNTOLD),
    "raw": raw,
    "bone": bone,
    "pelvis": lambda: negative_to_dicom("abdomen", 3, body_part="PELVIS", size=256, ViewPosition="PA"),
    "abdomen, part not stated": lambda: negative_to_dicom("abdomen", 4, size=256, ViewPosition="PA"),
}


class Bench:
    """The images of one study as read, and what the real quality tool says of each."""

    def __init__(self, folder: Path) -> None:
        pixels = MemoryPixels()
        for number, (name, make) in enumerate(IMAGES.items()):
            dataset = make()
            dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "2.25.7", f"2.25.8{number}"
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"2.25.9{number}"
            dataset.PatientID, dataset.PatientName, dataset.PatientBirthDate = "A", "A", None
            dataset.save_as(folder / f"{name}.dcm")
        settings = load_settings(profile="embedded")
        self.read: ReadResult = read_input([folder], sink=pixels, key=b"k", limits=settings.limits)
        self.images = {name: self._image(number) for number, name in enumerate(IMAGES)}
        tool = quality.build(parts_of(load_profile("embedded", settings), settings))
        self.seen: dict[ImageRef, list[Evidence]] = {}
        for image in self.images.values():
            work = ToolInput(study=self.read.study, image=image, pixels=pixels, artifacts=MemoryArtifacts(), header={})
            self.seen[image] = list(tool.run(work))

    def _image(self, number: int) -> ImageRef:
        image = self.read.study.image(f"2.25.9{number}")
        assert image is not None
        return image

    def study(self, *names: str) -> Study:
        """Put images in this order into a study of one series each."""
        found = {image: series for series in self.read.study.series for image in series.images}
        chosen = [self.images[name] for name in names]
        series = [found[image].model_copy(update={"images": (image,)}) for image in chosen]
        return self.read.study.model_copy(update={"series": tuple(series)})


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    require("torch")
    return Bench(tmp_path_factory.mktemp("study"))


@pytest.mark.parametrize("size", range(1, 7))
def test_the_frontal_is_read_in_every_order_of_every_study(bench: Bench, size: int) -> None:
    rest = [name for name in IMAGES if name != "frontal"]
    for others in combinations(rest, size - 1):
        for order in permutations(("frontal", *others)):
            study = bench.study(*order)
            assert header_refusal(study, bench.read.headers) is None
            choice = choose(study, bench.read.headers, bench.seen.__getitem__)
            assert choice.image == bench.images["frontal"], order
            assert choice.refusal is None
            assert bool(choice.notes) is bool(others)


def test_the_images_that_are_not_read_are_named_with_why_not(bench: Bench) -> None:
    order = ("bone", "lateral", "pelvis", "frontal", "raw")
    (note,) = choose(bench.study(*order), bench.read.headers, bench.seen.__getitem__).notes
    assert note == (
        "Of 5 images one is read. Not read: image 1: one energy of a dual-energy image; image 2: a lateral view; "
        "image 3: of another part of the body than the chest; image 5: for processing, not for presentation."
    )


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("lateral, view not stated",), "no_frontal_view"),
        (("abdomen, part not stated", "lateral, view not stated"), "not_a_chest"),
        (("pelvis",), "wrong_body_part"),
    ],
)
def test_a_study_is_refused_only_when_no_image_will_do(bench: Bench, names: tuple[str, ...], reason: str) -> None:
    choice = choose(bench.study(*names), bench.read.headers, bench.seen.__getitem__)
    assert choice.refusal is not None
    assert choice.refusal.reason == reason


def measured(name: str, value: float) -> list[Evidence]:
    return [make_evidence(Measurement(name=name, value=value, unit="1", method="double"), tool="quality")]


def test_a_blank_image_gives_way_to_the_next_and_both_orders_agree() -> None:
    study = make_study(views=("PA", "AP"))
    good, blank = measured("blank_fraction", 0.1), measured("blank_fraction", 1.0)
    first, second = study.images
    choice = choose(study, {}, lambda image: blank if image == first else good)
    assert choice.image == second
    assert choice.notes == ("Of 2 images one is read. Not read: image 1: all but one grey level.",)
    assert choose(study, {}, lambda image: good).image == first


def test_no_more_than_a_few_images_are_looked_at() -> None:
    looked: list[ImageRef] = []

    def look(image: ImageRef) -> list[Evidence]:
        looked.append(image)
        return measured("blank_fraction", 1.0)

    choice = choose(make_study(views=("PA",) * 20), {}, look)
    assert choice.refusal is not None
    assert choice.refusal.reason == "blank"
    assert len(looked) == 8
