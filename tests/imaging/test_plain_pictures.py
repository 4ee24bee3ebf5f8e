"""PNG and JPEG become a study of which nothing is known but its pixels."""

import numpy as np
from PIL import Image

GREY = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)


def test_a_grey_png_is_shown_as_it_is_and_named_by_its_content(reader, tmp_path) -> None:
    picture = (GREY // 16).astype(np.uint8)
    for name in ("a.png", "b.png"):
        Image.fromarray(picture).save(tmp_path / name)
    first, second = (reader.read(tmp_path / name).study for name in ("a.png", "b.png"))
    assert np.array_equal(reader.pictures[first.images[0].pixels_digest], picture)
    assert first == second
    assert first.uid.startswith("2.25.")
    assert len({first.uid, first.series[0].uid, first.images[0].sop_instance_uid}) == 3


def test_nothing_is_invented_for_a_plain_picture(reader, tmp_path) -> None:
    Image.fromarray((GREY // 16).astype(np.uint8)).save(tmp_path / "a.png", dpi=(300, 300))
    read = reader.read(tmp_path / "a.png")
    image = read.study.images[0]
    assert (image.view, image.laterality, image.spacing, read.study.patient_key, read.identity) == (None,) * 5
    assert (read.study.source, read.study.series[0].modality) == ("image", "OT")
    assert any("nothing is known" in note for note in read.notes)


def test_sixteen_bits_keep_their_contrast(reader, tmp_path) -> None:
    Image.fromarray(GREY).save(tmp_path / "deep.png")
    shown = reader.show(tmp_path / "deep.png")
    assert shown[0, 0] == 0
    assert shown[-1, -1] == 255
    assert abs(int(shown[32, 0]) - 128) <= 2


def test_transparency_palette_and_cmyk_are_flattened(reader, tmp_path) -> None:
    grey = Image.fromarray(np.full((64, 64), 200, np.uint8))
    layered = grey.convert("RGBA")
    layered.putalpha(Image.fromarray(np.where(GREY < 2048, 255, 0).astype(np.uint8)))
    layered.save(tmp_path / "alpha.png")
    shown = reader.show(tmp_path / "alpha.png")
    assert (shown[0, 0], shown[-1, -1]) == (200, 0)
    grey.convert("P").save(tmp_path / "palette.png")
    assert (reader.show(tmp_path / "palette.png") == 200).all()
    grey.convert("RGB").convert("CMYK").save(tmp_path / "cmyk.jpg", quality=100)
    assert np.abs(reader.show(tmp_path / "cmyk.jpg").astype(int) - 200).max() <= 2


def test_exif_orientation_is_followed_and_said(reader, tmp_path) -> None:
    picture = np.zeros((40, 80), np.uint8)
    picture[:, 40:] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(picture).save(tmp_path / "turned.jpg", exif=exif)
    read = reader.read(tmp_path / "turned.jpg")
    shown = reader.pictures[read.study.images[0].pixels_digest]
    assert shown.shape == (80, 40)
    assert shown[10, 20] < 20
    assert shown[70, 20] > 235
    assert any("EXIF" in note for note in read.notes)
