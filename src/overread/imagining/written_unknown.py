"""Write a picture that a model drew: as Secondary Capture, with the marks of what is synthetic and no truth."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from overread._version import __version__
from overread.imaging.header import GENERATED_WORDS
from overread.imagining.pipeline import Pipeline
from overread.imagining.written import SCHEMA, Written, as_json, png
from overread.records import content_digest
from overread.store.files import write_whole
from overread.testing.phantoms.dicom import uid

MARK = f"{GENERATED_WORDS}, NOT A PATIENT"
NARROWEST = 512
"""Columns that the mark needs to be read."""
UNKNOWN = "unknown: what was asked for is no truth"


def write_unknown(picture: NDArray[np.uint8], words: str, seed: int, folder: Path, made: Pipeline) -> Written:
    """Write a picture [rows, columns], 8-bit grey, with the mark burned in; what is in it is not known."""
    marked = _marked(picture)
    dataset = _dataset(marked, content_digest([words, seed, made.weights_digest, made.steps], 16))
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    done = Written(folder, folder / "image.dcm", folder / "truth.json", folder / "preview.png")
    write_whole(done.image, stream.getvalue())
    write_whole(folder / "preview.png", png(marked, MARK))
    truth = {
        "schema": SCHEMA,
        "synthetic": MARK,
        "truth": UNKNOWN,
        "made_by": f"overread {__version__}, pipeline {made.name}",
        "weights_digest": made.weights_digest,
        "steps": made.steps,
        "asked": " ".join(words.split()),
        "seed": seed,
        "labels": None,
        "findings": None,
        "rows": marked.shape[0],
        "columns": marked.shape[1],
        "sop_instance_uid": str(dataset.SOPInstanceUID),
    }
    write_whole(done.truth, as_json(truth))
    return done


def _marked(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay a strip with the mark below the picture, in letters as large as fit; a small picture is drawn larger."""
    times = -(-NARROWEST // picture.shape[1])
    picture = np.repeat(np.repeat(picture, times, axis=0), times, axis=1)
    rows, columns = picture.shape
    height = 8
    while ImageFont.load_default(height + 1).getlength(MARK) < 0.94 * columns and height < 40:
        height += 1
    page = Image.new("L", (columns, rows + 2 * height), 0)
    page.paste(Image.fromarray(picture))
    ImageDraw.Draw(page).text(
        (columns / 2, rows + height), MARK, fill=255, font=ImageFont.load_default(height), anchor="mm"
    )
    return np.asarray(page)


def _dataset(picture: NDArray[np.uint8], key: str) -> FileDataset:
    """Give a Secondary Capture image (PS3.3 A.8.1) of conversion type SYN, which is a synthetic image (C.8.6.1)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = UID(uid("generated image", key))
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = uid("implementation")
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = uid("generated study", key), uid("generated series", key)
    dataset.SeriesNumber, dataset.InstanceNumber, dataset.StudyID = 1, 1, "1"
    dataset.AccessionNumber = f"GN{key[:12].upper()}"
    dataset.PatientName, dataset.PatientID = f"SYNTHETIC^{key[:8].upper()}", f"GENERATED-{key[:12].upper()}"
    dataset.PatientBirthDate = dataset.PatientSex = dataset.ReferringPhysicianName = ""
    dataset.StudyDate = dataset.StudyTime = ""
    dataset.PatientComments = dataset.ImageComments = dataset.DerivationDescription = MARK
    dataset.StudyDescription = dataset.SeriesDescription = MARK
    dataset.Manufacturer, dataset.ManufacturerModelName = "Overread", "diffusers pipeline"
    dataset.Modality, dataset.BodyPartExamined, dataset.ConversionType = "DX", "CHEST", "SYN"
    dataset.PatientOrientation = ""
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.SyntheticData, dataset.BurnedInAnnotation, dataset.LossyImageCompression = "YES", "NO", "00"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = picture.shape
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    content = picture.tobytes()
    dataset.PixelData = content + b"\0" * (len(content) % 2)
    dataset["PixelData"].VR = "OB"
    return dataset
