"""One film in, one film out, and nobody's name in it."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import JPEG2000Lossless

from overread.deidentifying.image_file import NotDeidentified, deidentify
from overread.deidentifying.options import Options
from overread.deidentifying.profile import LISTED, action_of
from overread.deidentifying.pseudonyms import Pseudonyms
from overread.settings import Limits
from tests.deidentifying.conftest import KEY, SECRETS, Deid, bytes_of, named
from tests.export.conftest import refereed
from tests.needs import require


def test_nothing_of_the_person_is_in_any_byte(deid: Deid) -> None:
    before = bytes_of(named())
    after, dataset = deid(before)
    assert all(secret.encode() in before for secret in SECRETS)
    assert [secret for secret in SECRETS if secret.encode().lower() in after.lower()] == []
    assert dataset.preamble == bytes(128)
    assert not [element for element in dataset.iterall() if element.tag.is_private]


def test_the_object_says_what_was_done(deid: Deid) -> None:
    _, dataset = deid(named(), characteristics=True)
    assert dataset.PatientIdentityRemoved == "YES"
    assert [item.CodeValue for item in dataset.DeidentificationMethodCodeSequence] == [
        "113100", "113105", "113107", "113108",
    ]  # fmt: skip
    assert dataset.LongitudinalTemporalInformationModified == "MODIFIED"
    assert dataset.BurnedInAnnotation == "NO"  # as the phantom said
    assert (dataset.PatientAge, dataset.PatientSex) == ("090Y", "F")
    assert dataset.StudyDescription == "CHEST PA"


def test_without_options_the_table_alone_holds(deid: Deid) -> None:
    _, dataset = deid(named(), dates="remove", descriptors="remove")
    assert [item.CodeValue for item in dataset.DeidentificationMethodCodeSequence] == ["113100"]
    assert dataset.LongitudinalTemporalInformationModified == "REMOVED"
    assert (dataset.StudyDate, dataset.StudyTime, dataset.PatientSex) == ("", "", "")
    assert "PatientAge" not in dataset
    assert "StudyDescription" not in dataset
    assert dataset.ContentDate in ("", "19000101")


def test_references_hold_across_files_and_inside_sequences(deid: Deid) -> None:
    _, film = deid(named())
    _, source = deid(named(SOPInstanceUID="1.2.999.77.9"))
    assert film.SourceImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
    assert film.SourceImageSequence[0].ReferencedSOPClassUID == film.SOPClassUID
    assert film.StudyInstanceUID == source.StudyInstanceUID
    assert film.SOPInstanceUID.startswith("2.25.")
    assert film.SOPInstanceUID == film.file_meta.MediaStorageSOPInstanceUID
    assert film.SOPInstanceUID != Pseudonyms(b"another").uid("1.2.999.77.3")


def test_days_between_studies_of_a_patient_are_kept_and_the_days_are_not(deid: Deid) -> None:
    _, first = deid(named(StudyDate="20240228", StudyTime="101500"))
    _, second = deid(named(StudyDate="20240301", AcquisitionDateTime="20240301101500.5+0100"), times="remove")
    _, other = deid(named(StudyDate="20240228", PatientID="SOMEBODY-ELSE"))
    assert first.StudyDate != "20240228"
    assert (date.fromisoformat(second.StudyDate) - date.fromisoformat(first.StudyDate)).days == 2
    assert other.StudyDate != first.StudyDate
    assert first.StudyTime == "101500"
    assert second.AcquisitionDateTime == second.StudyDate
    assert first.PatientBirthDate == ""
    assert first.PatientID == second.PatientID != other.PatientID


def test_a_date_that_is_none_is_not_carried_over(deid: Deid) -> None:
    after, _ = deid(bytes_of(named()).replace(b"20250106", b"QUARTZMA"))
    assert b"QUARTZMA" not in after


def test_pixels_are_the_same_and_plain(deid: Deid) -> None:
    film = named()
    pixels = film.pixel_array
    film.compress(JPEG2000Lossless, generate_instance_uid=False)
    _, dataset = deid(bytes_of(film))
    assert np.array_equal(dataset.pixel_array, pixels)
    assert not dataset.file_meta.TransferSyntaxUID.is_compressed


def test_the_same_again_is_the_same(deid: Deid) -> None:
    assert deid(named())[0] == deid(named())[0]


@pytest.mark.parametrize(
    ("film", "because"),
    [
        (named(BurnedInAnnotation="YES"), "text_in_pixels"),
        (named(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", Modality="SR"), "structured_report"),
        (named(SOPClassUID="1.2.840.10008.5.1.4.1.1.104.1", Modality="DOC"), "encapsulated_document"),
        (named(SOPClassUID="1.2.840.10008.1.3.10"), "media_directory"),
        (named(Modality="RTPLAN"), "no_image"),
        (named(Rows=60000, Columns=60000), "unsupported_pixels"),
        (named(BodyPartExamined="QUARTZMANN", ImageType="QUARTZMANN"), "still_identifying"),
    ],
)  # fmt: skip
def test_what_cannot_be_cleaned_is_refused_whole(deid: Deid, film: Dataset, because: str) -> None:
    film.file_meta.MediaStorageSOPClassUID = film.SOPClassUID
    with pytest.raises(NotDeidentified) as refused:
        deid(film)
    assert refused.value.because == because
    assert "QUARTZ" not in str(refused.value)


def test_a_uid_that_is_a_path_goes_nowhere(deid: Deid) -> None:
    with pytest.raises(NotDeidentified) as refused:
        deid(bytes_of(named()).replace(b"1.2.999.77.1", b"../../../etc"))
    assert refused.value.because == "unreadable"


@pytest.mark.parametrize("cut", [0, 100, 140, 900, 2000])
def test_a_file_that_is_cut_is_refused(cut: int) -> None:
    with pytest.raises(NotDeidentified):
        deidentify(bytes_of(named())[:cut], Options(pixels="keep"), Pseudonyms(KEY), None, Limits())


def test_the_table_is_whole() -> None:
    single = [tag for tags in LISTED.values() for tag in tags]
    assert len(single) == len(set(single)) == 655  # Table E.1-1 of 2026c, private attributes apart
    film = Dataset()
    film.add_new(0x60023000, "OW", b"\0\0")
    film.add_new(0x60020010, "US", 1)
    film.add_new(0x50100010, "US", 1)
    assert {action_of(element.tag) for element in film} == {"X"}


def test_an_object_that_was_conformant_stays_so(deid: Deid, tmp_path: Path) -> None:
    require("dicom3tools")
    film = named()
    del film.PatientComments
    before, after = tmp_path / "before.dcm", tmp_path / "after.dcm"
    for options in ({}, {"dates": "remove", "descriptors": "remove"}, {"characteristics": True}):
        before.write_bytes(bytes_of(film))
        after.write_bytes(deid(film, **options)[0])
        assert _errors(after) <= _errors(before), options


def _errors(path: Path) -> set[str]:
    return {line for line in refereed("dciodvfy", path).splitlines() if line.startswith("Error")}
