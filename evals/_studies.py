"""Write the studies of scenarios as DICOM files; what was drawn once is copied."""

import io
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.errors import InvalidDicomError

from overread.errors import UsageError
from overread.evals._parts import PriorSpec, StudySpec
from overread.imaging.header import synthetic_kind
from overread.testing.phantoms import Phantom, PhantomRecipe, negative_to_dicom, render, sample_recipe, to_dicom
from overread.testing.phantoms.dicom import accession, uid

DRAWN = 96
"""Studies that are kept: some are sent by both a scenario and its twin, and by several scenarios."""
LEAST_GRAIN = 0.002
"""By which further images of one film differ."""
PRIVATE_GROUP, PRIVATE_CREATOR = 0x0011, "OVERREAD EVAL"


def write_spec(spec: StudySpec, folder: Path) -> Path:
    """Write the study of a spec as DICOM files and give their folder."""
    folder.mkdir(parents=True)
    plain = StudySpec.model_validate(spec.model_dump(exclude={"report"}))
    for name, content in _files(plain.model_dump_json()):
        (folder / name).write_bytes(content)
    return folder


def write_reports(specs: tuple[PriorSpec, ...], folder: Path) -> tuple[Path, ...]:
    """Write the reports of priors as text files, in their order."""
    found = []
    for number, spec in enumerate(specs):
        if spec.report is not None:
            found.append(folder / f"report{number}.txt")
            found[-1].write_text(spec.report, encoding="utf-8")
    return tuple(found)


@lru_cache(maxsize=DRAWN)
def _files(spec_json: str) -> tuple[tuple[str, bytes], ...]:
    spec = StudySpec.model_validate_json(spec_json)
    if spec.file is not None:
        return (("01.dcm", _bytes(_marked(_synthetic(Path(spec.file)), spec))),)
    datasets = [_marked(_negative(spec), spec)] if spec.negative is not None else [*_films(spec)]
    return tuple((f"{number:02d}.dcm", _bytes(dataset)) for number, dataset in enumerate(datasets, start=1))


def _synthetic(path: Path) -> FileDataset:
    """Read a file that a suite may hold; raises `UsageError` where nothing marks it as synthetic."""
    try:
        dataset = dcmread(path)
    except (OSError, InvalidDicomError) as error:
        raise UsageError(f"the study's file '{path.name}' cannot be read as DICOM") from error
    if synthetic_kind(dataset) is None:
        raise UsageError(f"the study's file '{path.name}' is not marked as synthetic; a suite holds no patient")
    return dataset


def _negative(spec: StudySpec) -> FileDataset:
    return negative_to_dicom(spec.negative or "", spec.phantom)


def _films(spec: StudySpec) -> Iterator[FileDataset]:
    """Draw the film once; each further image is the same with grain of its own, in a series of its own."""
    recipe = sample_recipe(spec.phantom, findings=spec.findings, **spec.recipe)
    phantom = _drawn(recipe.model_dump_json())
    for number in range(spec.images):
        dataset = to_dicom(
            phantom,
            photometric=spec.photometric,
            bits_stored=spec.bits_stored,
            rescale=spec.rescale,
            windows=spec.windows,
            sop_uid=uid("image", recipe.model_dump_json(), number) if number else None,
            study_uid=uid("study", recipe.patient, recipe.number),
            series_uid=uid("series", recipe.patient, recipe.number, number + 1),
            series_number=number + 1,
            AccessionNumber=accession(recipe),
        )
        yield _marked(_worn(dataset, spec, number), spec)


@lru_cache(maxsize=16)
def _drawn(recipe_json: str) -> Phantom:
    """Draw a film once for all that is then laid over it."""
    return render(PhantomRecipe.model_validate_json(recipe_json))


def _worn(dataset: FileDataset, spec: StudySpec, number: int) -> FileDataset:
    """Lay grain over the stored values, put them through a JPEG, turn them round: as the spec says."""
    noise = spec.noise or (LEAST_GRAIN if number else 0.0)
    if not (noise or spec.jpeg or spec.mirrored):
        return dataset
    top = 2**dataset.BitsStored - 1
    values: NDArray[Any] = dataset.pixel_array.astype(np.float64) / top
    if noise:
        values = values + np.random.default_rng([spec.phantom, number]).normal(0.0, noise, values.shape)
    if spec.jpeg:
        packed = io.BytesIO()
        eight = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
        Image.fromarray(eight).save(packed, "JPEG", quality=spec.jpeg)
        values = np.asarray(Image.open(packed), np.float64) / 255
    if spec.mirrored:
        values = values[:, ::-1]
    stored = np.rint(np.clip(values, 0, 1) * top)
    dataset.PixelData = stored.astype(np.uint8 if dataset.BitsAllocated == 8 else "<u2").tobytes()
    return dataset


def _marked(dataset: FileDataset, spec: StudySpec) -> FileDataset:
    for keyword, value in spec.header.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, list(value) if isinstance(value, tuple) else value)
    if spec.private:
        block = dataset.private_block(PRIVATE_GROUP, PRIVATE_CREATOR, create=True)
        for element, text in spec.private.items():
            block.add_new(int(element, 16), "LO", text)
    return dataset


def _bytes(dataset: FileDataset) -> bytes:
    written = io.BytesIO()
    dataset.save_as(written, enforce_file_format=True)
    return written.getvalue()
