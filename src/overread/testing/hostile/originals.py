"""Sound inputs of every form that is read: what hostile ones are made from."""

import functools
import io
import zipfile
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from PIL import Image
from pydicom.dataset import FileDataset
from pydicom.uid import (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from overread.testing.phantoms import render, sample_recipe, to_dicom

SIDE = 64
SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless, JPEGLSLossless, JPEG2000Lossless)
Originals = Mapping[str, bytes]


@functools.cache
def originals() -> Originals:
    """Give a small phantom as DICOM of five transfer syntaxes, as PNG, JPEG and zip, by file name."""
    phantom = render(sample_recipe(11), SIDE)
    found = {}
    for number, syntax in enumerate(SYNTAXES):
        dataset = to_dicom(phantom)
        if syntax.is_compressed:
            dataset.compress(syntax, generate_instance_uid=False)
        else:
            dataset.file_meta.TransferSyntaxUID = syntax
            dataset.set_original_encoding(syntax.is_implicit_VR, is_little_endian=True)
        found[f"{number}.dcm"] = written(dataset)
    picture = Image.fromarray((phantom.pixels >> 4).astype(np.uint8))
    for kind in ("png", "jpeg"):
        buffer = io.BytesIO()
        picture.save(buffer, kind)
        found[f"picture.{kind}"] = buffer.getvalue()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("study/1.dcm", found["0.dcm"])
        packed.writestr("study/notes.txt", "nothing")
    found["study.zip"] = buffer.getvalue()
    return MappingProxyType(found)


def written(dataset: FileDataset) -> bytes:
    """Write a data set as a file, whatever it holds."""
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    return buffer.getvalue()
