"""Many files are one patient's one study, or there is a reason why not."""

import zipfile

import numpy as np
import pytest

from overread.errors import Unreadable, UsageError
from overread.testing.phantoms import sample_recipe, write_study

PIXELS = np.arange(4096, dtype=np.uint16).reshape(64, 64)
OTHER = {"SOPInstanceUID": "2.25.9", "SeriesInstanceUID": "2.25.8"}


def test_a_frontal_and_a_lateral_in_a_folder_are_one_study(reader, tmp_path) -> None:
    recipe = sample_recipe(3)
    write_study(tmp_path / "study", [recipe, recipe.model_copy(update={"view": "LATERAL"})], size=128)
    (tmp_path / "study" / "readme.txt").write_text("not an image")
    read = reader.read(tmp_path / "study")
    assert {image.view for image in read.study.images} == {recipe.view, "LATERAL"}
    assert read.study.frontal is not None
    assert read.study.frontal.view == recipe.view
    assert any("1 file left out: its kind is not known" in note for note in read.notes)


def test_a_zip_is_read_like_its_folder(reader, tmp_path) -> None:
    paths = write_study(tmp_path / "study", sample_recipe(3), size=128)
    with zipfile.ZipFile(tmp_path / "study.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, f"DICOM/{path.name}")
    assert reader.read(tmp_path / "study.zip").study == reader.read(tmp_path / "study").study


def test_the_same_image_given_twice_is_read_once(reader, write) -> None:
    read = reader.read(write(PIXELS, "a.dcm"), write(PIXELS, "b.dcm"))
    assert len(read.study.images) == 1
    assert any("given twice" in note for note in read.notes)


def test_two_images_with_one_uid_are_refused(reader, write) -> None:
    read = reader.read(write(PIXELS, "a.dcm"), write(PIXELS[::-1].copy(), "b.dcm"))
    assert read.refusal is not None
    assert read.refusal.reason == "invalid_identifier"
    assert read.study.series == ()


@pytest.mark.parametrize("difference", [{"PatientID": "OTHER"}, {"PatientBirthDate": "19800101"}])
def test_two_patients_are_refused(reader, write, difference) -> None:
    first = write(PIXELS, "a.dcm", PatientBirthDate="19700101")
    read = reader.read(first, write(PIXELS, "b.dcm", **OTHER, **{"PatientBirthDate": "19700101"} | difference))
    assert read.refusal is not None
    assert read.refusal.reason == "several_patients"


def test_two_studies_of_one_patient_are_a_usage_error_that_names_prior(reader, write) -> None:
    with pytest.raises(UsageError, match=r"2 studies .* --prior"):
        reader.read(write(PIXELS, "a.dcm"), write(PIXELS, "b.dcm", **OTHER, StudyInstanceUID="2.25.7"))


def test_objects_without_a_picture_are_left_out_and_alone_refused(reader, write) -> None:
    report = write(PIXELS, "report.dcm", Modality="SR", **OTHER)
    read = reader.read(report, write(PIXELS, "image.dcm"))
    assert len(read.study.images) == 1
    assert "1 file left out: a SR object." in read.notes
    alone = reader.read(report)
    assert alone.refusal is not None
    assert alone.refusal.reason == "not_an_image"


def test_the_patient_is_a_keyed_hash_and_the_identity_is_kept_apart(reader, write) -> None:
    read = reader.read(write(PIXELS, PatientBirthDate="19700102", StudyDate="20200101", PatientSex="F"))
    assert read.identity is not None
    assert (read.identity.name, read.identity.patient_id) == ("Canary^Ann", "CANARY-7")
    said = read.study.model_dump_json() + repr(read.headers) + repr(read.notes)
    assert not any(word in said for word in ("Canary", "CANARY", "19700102"))
    assert read.study.patient_key is not None
    assert read.study.age_years == 49
    assert reader.read(write(PIXELS, "nobody.dcm", PatientID=None)).study.patient_key is None


@pytest.mark.filterwarnings("ignore:The PN component length")
def test_text_from_a_header_is_one_plain_line(reader, write) -> None:
    dirty = "Ca\u0301nary\x00\x1b[31m\u202e" + "x" * 500
    read = reader.read(write(PIXELS, PatientName=dirty, Manufacturer="A\nB\tC", SpecificCharacterSet="ISO_IR 192"))
    assert read.identity is not None
    assert read.identity.name.startswith("C\u00e1nary")
    assert len(read.identity.name) <= 64
    assert read.identity.name.isprintable()
    assert read.headers["2.25.1"]["Manufacturer"] == "A B C"


def test_what_is_not_there_or_empty_is_said_without_its_folder(reader, tmp_path) -> None:
    with pytest.raises(UsageError, match=r"'gone\.dcm'") as gone:
        reader.read(tmp_path / "gone.dcm")
    assert str(tmp_path) not in str(gone.value)
    (tmp_path / "empty.dcm").touch()
    (tmp_path / "nothing").mkdir()
    for name in ("empty.dcm", "nothing"):
        with pytest.raises(Unreadable) as empty:
            reader.read(tmp_path / name)
        assert empty.value.reason == "empty_input"


def test_one_bad_file_does_not_take_the_study_with_it(reader, write, tmp_path) -> None:
    good, bad = write(PIXELS, "good.dcm"), write(PIXELS, "bad.dcm", **OTHER)
    bad.write_bytes(bad.read_bytes()[:-100])
    read = reader.read(good, bad)
    assert len(read.study.images) == 1
    assert any("1 file left out: its pixels cannot be decoded" in note for note in read.notes)
    with pytest.raises(Unreadable) as alone:
        reader.read(bad)
    assert alone.value.reason == "corrupt_pixels"
