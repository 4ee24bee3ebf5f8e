"""The structured report: what is coded is what is written, and each state of a report is a document of its own."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from highdicom.sr import MeasurementReport, srread
from pydicom import Dataset, dcmread
from pydicom.sr.codedict import codes

from overread.admission import AdmittedCase
from overread.errors import CaseUnknown, UsageError
from overread.export import seg, sr
from overread.export._case import kinds, write_kinds, writers
from overread.reading_room import ReadingRoom
from overread.records import StatementReview
from overread.signing import Addition, Amendment, Signer
from overread.testing.doubles import make_picture
from tests.export.conftest import Exported, Read, assert_valid, refereed
from tests.graphs.rooms import sign_all
from tests.needs import require

PRESENCE = codes.DCM.PresenceOfProperty


def written(exported: Exported, case_id: str, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    export = exported(case_id)
    assert sr.build().why_not(export) is None
    (path,) = sr.build().write(export, folder)
    return path


def flags(document: Dataset) -> tuple[str, str, str]:
    return (document.PreliminaryFlag, document.CompletionFlag, document.VerificationFlag)


def presence(path: Path) -> dict[str, str]:
    """Map each coded finding to what is said of it."""
    report = srread(path).content
    assert isinstance(report, MeasurementReport)
    groups = report.get_image_measurement_groups()
    return {
        group.finding_type.meaning: group.get_qualitative_evaluations(name=PRESENCE)[0].value.meaning
        for group in groups
        if group.finding_type is not None
    }


def texts(item: Dataset) -> list[str]:
    inside = [text for child in item.get("ContentSequence", []) for text in texts(child)]
    return [item.TextValue, *inside] if "TextValue" in item else inside


def test_a_draft_is_a_preliminary_document_of_the_study_that_it_was_read_from(
    read: Read, exported: Exported, tmp_path: Path
) -> None:
    file = read(3, PatientName="BERG^ANN", PatientID="77")
    path = written(exported, file.case_id, tmp_path / "out")
    document, (image,) = dcmread(path), file.case.study.images
    assert (str(document.PatientName), document.PatientID) == ("BERG^ANN", "77")
    assert document.StudyInstanceUID == file.case.study.uid
    assert document.SeriesInstanceUID != file.case.study.series[0].uid
    assert flags(document) == ("PRELIMINARY", "PARTIAL", "UNVERIFIED")
    assert "PredecessorDocumentsSequence" not in document
    evidence = srread(path).get_evidence()
    assert [(item[0], item[2]) for item in evidence] == [(file.case.study.uid, image.sop_instance_uid)]
    assert "BERG" not in path.name
    assert_valid(path)


def test_findings_negatives_measures_and_sentences_are_in_it(read: Read, exported: Exported, tmp_path: Path) -> None:
    file = read(4)
    path = written(exported, file.case_id, tmp_path / "out")
    assert presence(path) == {"Pleural effusion": "Present", "Pneumothorax": "Absent", "Cardiomegaly": "Absent"}
    groups = srread(path).content.get_image_measurement_groups()
    values = {m.name.meaning: (m.value, m.unit.value) for group in groups for m in group.get_measurements()}
    assert values["Cardiothoracic ratio of widths"] == (0.44, "1")
    assert values["Certainty of Finding"] == (90.0, "%")
    assert values["Probability that the finding is present"] == (10.0, "%")
    said = texts(dcmread(path))
    assert "No pneumothorax." in said
    assert any(text.startswith("DRAFT") for text in said)
    model = next(item.provenance for item in file.evidence if item.tool == "classification")
    assert any(f"model={model.model}" in text for text in said)


def test_written_twice_it_is_the_same_file(read: Read, exported: Exported, tmp_path: Path) -> None:
    file = read(5)
    first = written(exported, file.case_id, tmp_path / "one").read_bytes()
    assert written(exported, file.case_id, tmp_path / "two").read_bytes() == first


def test_signed_it_is_final_and_verified_and_names_the_draft_and_an_addendum_names_it(
    room: ReadingRoom, read: Read, exported: Exported, tmp_path: Path
) -> None:
    file = read(6)
    draft = dcmread(written(exported, file.case_id, tmp_path / "draft"))
    room.decide(file.case_id, sign_all(file, "Dr A"))
    path = written(exported, file.case_id, tmp_path / "signed")
    signed = dcmread(path)
    assert flags(signed) == ("FINAL", "COMPLETE", "VERIFIED")
    assert str(signed.VerifyingObserverSequence[0].VerifyingObserverName).startswith("Dr A")
    assert predecessor(signed) == (draft.SeriesInstanceUID, draft.SOPInstanceUID)
    assert not any(text.startswith("DRAFT") for text in texts(signed))
    assert_valid(path)
    signer = Signer("Dr B", datetime.now(UTC), meaning="authorship")
    room.follow(file.case_id, Addition("The ward was told."), signer, None)
    path = written(exported, file.case_id, tmp_path / "added")
    added = dcmread(path)
    assert predecessor(added) == (signed.SeriesInstanceUID, signed.SOPInstanceUID)
    assert "The ward was told." in texts(added)
    assert str(added.VerifyingObserverSequence[0].VerifyingObserverName).startswith("Dr B")
    assert [item.InstanceNumber for item in (draft, signed, added)] == [1, 2, 3]
    assert_valid(path)


def predecessor(document: Dataset) -> tuple[str, str]:
    (study,) = document.PredecessorDocumentsSequence
    (series,) = study.ReferencedSeriesSequence
    (named,) = series.ReferencedSOPSequence
    return series.SeriesInstanceUID, named.ReferencedSOPInstanceUID


def test_what_a_person_worded_is_not_coded(room: ReadingRoom, read: Read, exported: Exported, tmp_path: Path) -> None:
    file = read(7)
    assert file.draft is not None
    effusion = next(item for item in file.draft.sections["findings"] if "effusion" in item.text)
    edit = StatementReview(statement_id=effusion.id, action="edit", text="A small collection.", reason="smaller")
    review = sign_all(file)
    kept = tuple(edit if item.statement_id == effusion.id else item for item in review.statements)
    room.decide(file.case_id, review.model_copy(update={"statements": kept}))
    path = written(exported, file.case_id, tmp_path / "signed")
    assert "Pleural effusion" not in presence(path)
    assert presence(path)["Pneumothorax"] == "Absent"
    assert "A small collection." in texts(dcmread(path))
    signer = Signer("Dr B", datetime.now(UTC), meaning="authorship")
    room.follow(file.case_id, Amendment({"findings-0": "A large collection."}, "it grew"), signer, None)
    amended = exported(file.case_id)
    assert sr.build().why_not(amended) is not None or presence(written(exported, file.case_id, tmp_path / "a")) == {}


def test_dsrdump_reads_it(read: Read, exported: Exported, tmp_path: Path) -> None:
    require("dcmtk")
    said = refereed("dsrdump", written(exported, read(8).case_id, tmp_path / "out"))
    assert "Comprehensive SR Document" in said
    assert '"Presence of property")=(52101004,SCT,"Present")' in said


def test_a_plain_picture_has_no_study_that_an_object_could_belong_to(
    room: ReadingRoom, exported: Exported, tmp_path: Path
) -> None:
    from PIL import Image

    Image.fromarray(make_picture(1)).save(tmp_path / "film.png")
    taken = room.take_in([tmp_path / "film.png"])
    assert isinstance(taken, AdmittedCase)
    room.read(taken.case.case_id)
    done = write_kinds(exported(taken.case.case_id), [sr.build(), seg.build()], tmp_path / "out")
    assert [item.files for item in done] == [(), ()]
    assert all("no DICOM study" in (item.why_not or "") for item in done)
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_exported_is_said(room: ReadingRoom, read: Read, exported: Exported, tmp_path: Path) -> None:
    with pytest.raises(CaseUnknown):
        exported("c-ffffffffffff")
    file = read(9)
    room.decide(file.case_id, sign_all(file, decision="reject"))
    with pytest.raises(UsageError, match="was rejected"):
        exported(file.case_id)
    with pytest.raises(UsageError, match="no kind of output named 'fax'"):
        writers(["fax"])
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(UsageError, match="is a file"):
        write_kinds(exported(read(10).case_id), writers(["sr"]), tmp_path / "taken" / "x")
    assert {"seg", "sr"} <= set(kinds())
    assert [writer.name for writer in writers(kinds())] == list(kinds())
