"""Files without the preamble of a DICOM file are read when they are DICOM, and else refused for that."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from overread.errors import Unreadable

PIXELS = np.arange(4096, dtype=np.uint16).reshape(64, 64)


def test_a_file_that_lacks_the_preamble_alone_is_read(reader, write, tmp_path: Path) -> None:
    whole = write(PIXELS)
    bare = tmp_path / "bare.dcm"
    bare.write_bytes(whole.read_bytes()[132:])
    read = reader.read(bare)
    assert np.array_equal(reader.pictures[read.study.images[0].pixels_digest], reader.show(whole))
    assert "The file has no preamble; it was read without one." in read.notes


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian], ids=lambda each: each.keyword
)
def test_a_data_set_alone_is_read_in_the_encoding_that_it_shows(reader, write, tmp_path: Path, syntax) -> None:
    whole = write(PIXELS)
    dataset = dcmread(whole)
    dataset.walk(lambda _, element: None)  # else the elements are written as they were read
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = PIXELS.astype(">u2").tobytes()
    content = DicomBytesIO()
    content.is_implicit_VR, content.is_little_endian = syntax.is_implicit_VR, syntax.is_little_endian
    dataset.set_original_encoding(syntax.is_implicit_VR, syntax.is_little_endian)
    write_dataset(content, dataset)
    bare = tmp_path / "bare.dcm"
    bare.write_bytes(content.getvalue())
    read = reader.read(bare)
    assert np.array_equal(reader.pictures[read.study.images[0].pixels_digest], reader.show(whole))
    assert f"The file has no preamble and no file meta information; it is read as {syntax.name}." in read.notes
    assert read.headers[read.study.images[0].sop_instance_uid]["TransferSyntaxUID"] == syntax


@pytest.mark.parametrize(
    "content",
    [
        b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 192",
        b"\x08\x00\x16\x00\x04\x00\x00\x00abcd" * 9,
        b"\x02\x00\x10\x00UI\x14\x00" * 4,
    ],
)
def test_what_only_begins_like_dicom_is_refused_for_the_want_of_a_preamble(reader, tmp_path: Path, content) -> None:
    (tmp_path / "bare.dcm").write_bytes(content)
    with pytest.raises(Unreadable) as error:
        reader.read(tmp_path / "bare.dcm")
    assert error.value.reason in ("unreadable", "unsupported_transfer_syntax")
    assert error.value.reason != "unreadable" or "without a preamble" in str(error.value)


@pytest.mark.parametrize("content", [b"GIF89a", b"\x08\x00\x05\x00\xff\xff\xff\x7f", b"\x08", b"plain text of no kind"])
def test_what_does_not_even_begin_like_dicom_is_of_no_known_kind(reader, tmp_path: Path, content) -> None:
    (tmp_path / "bare.dcm").write_bytes(content)
    with pytest.raises(Unreadable, match="kind is not known"):
        reader.read(tmp_path / "bare.dcm")
