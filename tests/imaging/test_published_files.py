"""Every published DICOM file of the shared data ends in a picture or a typed reason."""

import csv
import time
from pathlib import Path

import pytest

from overread.errors import Unreadable
from overread.imaging.gate import header_refusal
from overread.imaging.quality import measure

pytestmark = pytest.mark.data

REFUSALS = {
    "CR-ModalitySequenceLUT.dcm": "invalid_identifier",
    "CT_small.dcm": "wrong_modality",
    "JPGLosslessP14SV1_1s_1f_8b.dcm": "wrong_modality",
    "MR_small.dcm": "wrong_modality",
    "RG3_JPLY.dcm": "wrong_body_part",
    "XA1_JPLY.dcm": "wrong_modality",
    "ct_image.dcm": "wrong_modality",
}


def published(data: Path, part: str) -> list[Path]:
    rows = csv.DictReader((data / "dicom" / "manifest.csv").read_text(encoding="utf-8").splitlines())
    return [data / "dicom" / row["path"] for row in rows if row["path"].startswith(part)]


def test_chest_radiographs_are_read_with_air_dark(reader, data) -> None:
    files = [*published(data, "valid/cxr"), *published(data, "odd/transfer_syntax/wg04__RG1")]
    assert len(files) == 4
    for path in files:
        read = reader.read(path)
        assert read.refusal is None
        assert header_refusal(read.study, read.headers) is None
        statistics = measure(reader.pictures[read.study.images[0].pixels_digest])
        assert statistics.polarity < -0.2, path.name
        assert statistics.dynamic_range > 0.5, path.name


def test_other_images_are_turned_away_with_the_reason(reader, data) -> None:
    found = {}
    for path in published(data, "valid/other"):
        read = reader.read(path)
        refusal = read.refusal or header_refusal(read.study, read.headers)
        found[path.name] = refusal.reason if refusal else None
    assert found == REFUSALS


def test_odd_files_end_in_a_picture_or_a_typed_reason(reader, data) -> None:
    files = published(data, "odd")
    assert len(files) > 130
    unread = {}
    for path in files:
        start = time.monotonic()
        try:
            read = reader.read(path)
        except Unreadable as error:
            unread[path.name] = error.reason
        else:
            assert read.refusal is not None or read.study.images, path.name
        assert time.monotonic() - start < 30, path.name
    assert unread["pydicom__image_dfl.dcm"] == "unsupported_transfer_syntax"
    assert len(unread) < 15
