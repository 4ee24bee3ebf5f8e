"""What the imaging tests share: a sink in memory, a reader, and DICOM images made on the spot."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

from overread.imaging import ReadResult, read_input
from overread.ports import Picture
from overread.records import Greys
from overread.settings import Limits
from overread.store.greys import greys_digest

Writer = Callable[..., Path]


@dataclass
class Reader:
    """Reads inputs and keeps their pictures."""

    pictures: dict[str, Picture] = field(default_factory=dict)
    greys: dict[str, tuple[NDArray[np.uint16], Greys]] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def put(self, picture: Picture) -> str:
        digest = hashlib.sha256(repr(picture.shape).encode() + picture.tobytes()).hexdigest()
        self.pictures[digest] = picture
        return digest

    def put_greys(self, codes: NDArray[np.uint16], greys: Greys) -> str:
        digest = greys_digest(codes, greys)
        self.greys[digest] = (codes, greys)
        return digest

    def read(self, *paths: Path, **limits: Any) -> ReadResult:
        return read_input(paths, sink=self, key=b"test key", limits=self.limits.model_copy(update=limits))

    def show(self, *paths: Path) -> Picture:
        """Read an input of one picture and give it."""
        (image,) = self.read(*paths).study.images
        return self.pictures[image.pixels_digest]


@pytest.fixture
def reader() -> Reader:
    return Reader()


def image_dataset(stored: NDArray[Any], **elements: Any) -> FileDataset:
    """Make a chest radiograph's data set around stored values [rows, columns]; None leaves an element out."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = "2.25.1"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID, dataset.SeriesInstanceUID, dataset.StudyInstanceUID = "2.25.1", "2.25.2", "2.25.3"
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "DX", "CHEST", "PA"
    dataset.PatientName, dataset.PatientID = "Canary^Ann", "CANARY-7"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape[:2]
    bits = stored.dtype.itemsize * 8
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits, bits, bits - 1
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    dataset.PixelData = stored.tobytes()
    dataset["PixelData"].VR = "OB" if bits == 8 else "OW"
    for keyword, value in elements.items():
        if value is not None:
            setattr(dataset, keyword, value)
        elif keyword in dataset:
            delattr(dataset, keyword)
    return dataset


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Write a DICOM image of stored values with the elements given, and give its path."""

    def make(stored: NDArray[Any], name: str = "image.dcm", syntax: UID | None = None, **elements: Any) -> Path:
        path = tmp_path / name
        dataset = image_dataset(stored, **elements)
        chosen = UID(syntax or ExplicitVRLittleEndian)
        dataset.file_meta.TransferSyntaxUID = chosen
        dataset.set_original_encoding(chosen.is_implicit_VR, chosen.is_little_endian)
        dataset.save_as(path, enforce_file_format=True)
        return path

    return make


@pytest.fixture
def ramp() -> NDArray[np.uint16]:
    """Give stored values 0 to 4095, 12 bits, row by row."""
    return np.arange(4096, dtype=np.uint16).reshape(64, 64)
