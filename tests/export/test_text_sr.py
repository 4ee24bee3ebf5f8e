"""The report in words as Basic Text SR: what a viewer shows of it is what the report says."""

from pathlib import Path

from pydicom import dcmread
from pydicom.uid import BasicTextSRStorage

from overread.export import text_sr
from overread.reading_room import ReadingRoom
from tests.export.conftest import Exported, Read, assert_valid, refereed
from tests.export.test_sr import flags, predecessor, texts
from tests.graphs.rooms import sign_all
from tests.needs import require


def test_it_says_what_the_report_says_in_each_state(
    room: ReadingRoom, read: Read, exported: Exported, tmp_path: Path
) -> None:
    file = read(60, PatientName="BERG^ANN")
    (path,) = text_sr.build().write(exported(file.case_id), tmp_path)
    draft = dcmread(path)
    assert draft.SOPClassUID == BasicTextSRStorage
    assert draft.StudyInstanceUID == file.case.study.uid
    assert flags(draft) == ("PRELIMINARY", "PARTIAL", "UNVERIFIED")
    assert "No pneumothorax." in texts(draft)
    assert any(text.startswith("DRAFT") for text in texts(draft))
    assert_valid(path)
    if_there = require("dcmtk") or refereed("dsrdump", path)
    assert "Basic Text SR Document" in if_there
    assert "No pneumothorax." in if_there
    room.decide(file.case_id, sign_all(file, "Dr A"))
    (path,) = text_sr.build().write(exported(file.case_id), tmp_path)
    signed = dcmread(path)
    assert flags(signed) == ("FINAL", "COMPLETE", "VERIFIED")
    assert predecessor(signed) == (draft.SeriesInstanceUID, draft.SOPInstanceUID)
    assert_valid(path)
