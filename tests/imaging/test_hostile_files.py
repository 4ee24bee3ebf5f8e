"""Files made to hurt: each ends in a typed reason, soon and small, and says nothing it should not."""

import io
import stat
import struct
import tempfile
import time
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from overread.errors import Unreadable
from overread.imaging.sandbox import run_in_sandbox
from overread.imaging.wire_format import Request, SourceFile
from overread.settings import Limits
from overread.testing.phantoms import render, sample_recipe, to_dicom

PIXELS = np.arange(4096, dtype=np.uint16).reshape(64, 64)


@pytest.fixture(autouse=True, scope="module")
def _started(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Start the reader process, so that the times below are those of reading."""
    peak_mib(Path(__file__), tmp_path_factory.mktemp("warm") / "scratch")


def reason(reader, path: Path) -> str:
    """Give the typed reason for which a file is not read, found long before the limit of time would end it."""
    start = time.monotonic()
    try:
        read = reader.read(path)
    except Unreadable as error:
        found, said = error.reason, str(error)
    else:
        assert read.refusal is not None, "a hostile file was read"
        found, said = read.refusal.reason, read.refusal.detail
    assert time.monotonic() - start < 15
    assert str(path.parent) not in said
    assert "Canary" not in said
    assert "CANARY" not in said
    return found


def peak_mib(path: Path, scratch: Path) -> float:
    scratch.mkdir()
    request = Request(files=(SourceFile(path=str(path), name=path.name),), limits=Limits())
    return run_in_sandbox(request, scratch).peak_kib / 1024


def rle(rows: int, columns: int, samples: int = 1) -> bytes:
    """Encode a black image in almost no bytes: each pair stands for 128 of them (PS3.5 annex G)."""
    run = bytes([129, 0]) * (rows * columns // 128)
    header = [samples, *(64 + index * len(run) for index in range(samples))]
    return struct.pack("<16L", *header, *[0] * (16 - len(header))) + run * samples


def test_a_deflate_bomb_is_refused_before_it_inflates(reader, write, tmp_path) -> None:
    path = write(PIXELS)
    plain = path.read_bytes()
    start = plain.index(b"\x08\x00\x16\x00UI")
    head = plain[:start].replace(b"1.2.840.10008.1.2.1\0", DeflatedExplicitVRLittleEndian.encode()[:20])
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    path.write_bytes(head + packer.compress(plain[start:] + bytes(2**28)) + packer.flush())
    assert reason(reader, path) == "unsupported_transfer_syntax"
    assert peak_mib(path, tmp_path / "scratch") < 200


def test_an_rle_bomb_is_refused_by_its_size(reader, write, tmp_path) -> None:
    path = write(PIXELS, syntax=RLELossless, Rows=30000, Columns=30000, PixelData=encapsulate([rle(3000, 3000)]))
    assert reason(reader, path) == "too_large"
    assert peak_mib(path, tmp_path / "scratch") < 200


def test_the_largest_image_stays_inside_the_memory_limit(write, tmp_path) -> None:
    path = write(PIXELS, syntax=RLELossless, Rows=8192, Columns=8192, PixelData=encapsulate([rle(8192, 8192, 2)]))
    assert peak_mib(path, tmp_path / "scratch") < 1500


def test_an_image_that_needs_more_memory_than_the_limit_is_refused(reader, write) -> None:
    path = write(PIXELS, syntax=RLELossless, Rows=8192, Columns=8192, PixelData=encapsulate([rle(8192, 8192, 2)]))
    reader.limits = Limits(memory_bytes=400 * 2**20)
    assert reason(reader, path) in {"too_large", "corrupt_pixels"}  # decoders hide which of the two it was


def test_more_processor_time_than_the_limit_is_too_large(reader, write) -> None:
    frames = encapsulate([rle(2048, 2048, 2)] * 60)
    path = write(PIXELS, syntax=RLELossless, Rows=2048, Columns=2048, NumberOfFrames=60, PixelData=frames)
    reader.limits = Limits(cpu_seconds=1)
    assert reason(reader, path) == "too_large"


def test_more_time_than_the_limit_is_too_large(reader, write) -> None:
    reader.limits = Limits(wall_seconds=0.002)
    assert reason(reader, write(PIXELS)) == "too_large"


def test_a_file_that_kills_its_reader_costs_only_itself(reader, write) -> None:
    frames = encapsulate([rle(2048, 2048, 2)] * 60)
    bomb = write(PIXELS, "0.dcm", syntax=RLELossless, Rows=2048, Columns=2048, NumberOfFrames=60, PixelData=frames)
    read = reader.read(bomb, write(PIXELS, "1.dcm", SOPInstanceUID="2.25.77"), cpu_seconds=1)
    assert [image.sop_instance_uid for image in read.study.images] == ["2.25.77"]
    assert "1 file left out: it takes more processor time than one input may." in read.notes


def test_five_thousand_nested_sequences_are_unreadable(reader, write) -> None:
    path = write(PIXELS)
    sequence = b"\x40\x00\x75\x02SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    content = path.read_bytes()
    pixels = content.index(b"\xe0\x7f\x10\x00OW")
    path.write_bytes(content[:pixels] + sequence * 5000)
    assert reason(reader, path) in {"unreadable", "corrupt_pixels"}


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"Rows": 65535, "Columns": 65535}, "too_large"),
        ({"Rows": 0}, "corrupt_pixels"),
        ({"Rows": 100}, "corrupt_pixels"),
        ({"Rows": None}, "corrupt_pixels"),
        ({"NumberOfFrames": "2000000000"}, "corrupt_pixels"),
        ({"NumberOfFrames": "-1"}, "corrupt_pixels"),
        ({"BitsAllocated": 64}, "corrupt_pixels"),
        ({"BitsStored": 20}, "corrupt_pixels"),
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "corrupt_pixels"),
        ({"SamplesPerPixel": 200}, "corrupt_pixels"),
        ({"PixelData": None}, "corrupt_pixels"),
        ({"PhotometricInterpretation": "=cmd|'/C calc'"}, "corrupt_pixels"),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR CS")
def test_claims_that_no_image_can_meet_are_refused(reader, write, claims, expected) -> None:
    assert reason(reader, write(PIXELS, **claims)) == expected


@pytest.mark.parametrize("keyword", ["SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"])
@pytest.mark.parametrize("value", ["../../etc/passwd", "1.2.03", "1" * 65, None])
@pytest.mark.filterwarnings("ignore:Invalid value for VR UI", "ignore:The value length")
def test_an_identifier_that_is_none_is_refused(reader, write, keyword, value) -> None:
    assert reason(reader, write(PIXELS, **{keyword: value})) == "invalid_identifier"


def test_a_length_that_lies_is_refused_or_harmless(reader, write) -> None:
    path = write(PIXELS)
    content = path.read_bytes()
    at = content.index(b"\xe0\x7f\x10\x00OW") + 8
    path.write_bytes(content[:at] + b"\xf0\xff\xff\xff" + content[at + 4 :])
    try:
        read = reader.read(path)
    except Unreadable as error:
        assert error.reason in {"corrupt_pixels", "too_large"}  # noqa: PT017
    else:
        assert read.study.images[0].rows == 64


def test_a_codestream_that_claims_more_than_its_header_is_refused(reader, write) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(buffer, "JPEG2000", no_jp2=True)
    stream = bytearray(buffer.getvalue())
    stream[8:16] = struct.pack(">2L", 60000, 60000)
    path = write(np.zeros((64, 64), np.uint8), syntax=JPEG2000Lossless, PixelData=encapsulate([bytes(stream)]))
    assert reason(reader, path) == "corrupt_pixels"


def zipped(path: Path, members: dict[str, bytes], mode: int = 0o644) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = mode << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


@pytest.mark.parametrize("name", ["../../escape.dcm", "/etc/escape.dcm", "..\\escape.dcm", "C:escape.dcm"])
def test_an_archive_that_points_outside_is_refused_whole(reader, tmp_path, write, name) -> None:
    image = write(PIXELS).read_bytes()
    assert reason(reader, zipped(tmp_path / "a.zip", {"fine.dcm": image, name: image})) == "unreadable"
    assert not list(tmp_path.parent.rglob("*escape.dcm"))


def test_archives_that_hide_something_are_refused(reader, tmp_path, write) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"zeros.dcm": bytes(200 * 2**20)})
    assert reason(reader, bomb) == "too_large"
    many = zipped(tmp_path / "many.zip", {f"{number}.dcm": b"" for number in range(2001)})
    assert reason(reader, many) == "too_large"
    link = zipped(tmp_path / "link.zip", {"image.dcm": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777)
    assert reason(reader, link) == "unreadable"
    nested = zipped(tmp_path / "nested.zip", {"inner.zip": bomb.read_bytes()})
    assert reason(reader, nested) == "unreadable"
    (tmp_path / "cut.zip").write_bytes(many.read_bytes()[:5000])
    assert reason(reader, tmp_path / "cut.zip") == "unreadable"


def test_links_and_special_files_are_not_followed(reader, tmp_path, write) -> None:
    image = write(PIXELS)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.dcm").symlink_to(image)
    assert reason(reader, folder) == "empty_input"


def test_files_that_are_too_large_or_too_many_are_refused_unopened(reader, tmp_path, write) -> None:
    reader.limits = Limits(file_bytes=1000)
    assert reason(reader, write(PIXELS)) == "too_large"
    reader.limits = Limits(files=1)
    write(PIXELS, "second.dcm")
    assert reason(reader, tmp_path) == "too_large"


def test_pictures_that_claim_too_much_are_refused(reader, tmp_path) -> None:
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(tmp_path / "a.png")
    content = bytearray((tmp_path / "a.png").read_bytes())
    content[16:24] = struct.pack(">2L", 60000, 60000)
    content[29:33] = struct.pack(">L", zlib.crc32(content[12:29]))
    (tmp_path / "a.png").write_bytes(content)
    assert reason(reader, tmp_path / "a.png") == "too_large"


def originals(tmp_path: Path) -> dict[str, bytes]:
    phantom = render(sample_recipe(11), 96)
    path = tmp_path / "phantom.dcm"
    to_dicom(phantom).save_as(path)
    found = {"plain.dcm": path.read_bytes()}
    to_dicom(phantom, transfer_syntax=JPEG2000Lossless).save_as(path)
    found["packed.dcm"] = path.read_bytes()
    picture = Image.fromarray((phantom.pixels >> 8).astype(np.uint8))
    for kind in ("png", "jpeg"):
        picture.save(tmp_path / f"p.{kind}")
        found[f"p.{kind}"] = (tmp_path / f"p.{kind}").read_bytes()
    return found


def mutated(content: bytes, draw: np.random.Generator) -> bytes:
    """Change, cut, double or drop bytes, most often near the start, where headers are."""
    changed = bytearray(content)
    for _ in range(int(draw.integers(1, 12))):
        at = int(len(changed) * draw.random() ** 3)
        match draw.integers(5):
            case 0 | 1:
                changed[at : at + 1] = bytes([draw.integers(256)])
            case 2:
                changed[at : at + 4] = [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f"][draw.integers(3)]
            case 3:
                del changed[at : at + int(draw.integers(1, 64))]
            case 4:
                changed[at:at] = changed[at : at + int(draw.integers(1, 64))]
    return bytes(changed[: int(len(changed) * draw.random())] if draw.random() < 0.15 else changed)


@pytest.mark.slow
def test_mutated_files_end_in_a_study_or_a_typed_reason(reader, tmp_path, monkeypatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    draw = np.random.default_rng(20261122)
    outcomes = []
    for name, content in originals(tmp_path).items():
        path = tmp_path / name
        for _ in range(75):
            path.write_bytes(mutated(content, draw))
            try:
                read = reader.read(path)
            except Unreadable as error:
                outcomes.append(error.reason)
            else:
                outcomes.append("read" if read.refusal is None else read.refusal.reason)
    assert len(outcomes) == 300
    assert {"read", "unreadable", "corrupt_pixels"} <= set(outcomes)
    assert list(scratch.iterdir()) == []
