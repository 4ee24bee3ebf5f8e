"""The overlay as a picture of its study: it is what the overlay is, and a draft says across it that it is one."""

from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.uid import SecondaryCaptureImageStorage

from overread.export import capture
from overread.outputs.overlay import render_overlay
from overread.reading_room import ReadingRoom
from tests.export.conftest import Exported, Read, assert_valid
from tests.graphs.rooms import sign_all


def test_a_draft_is_marked_and_a_signed_report_is_the_overlay(
    room: ReadingRoom, read: Read, exported: Exported, tmp_path: Path
) -> None:
    file = read(70, PatientName="BERG^ANN")
    export = exported(file.case_id)
    (path,) = capture.build().write(export, tmp_path)
    draft = dcmread(path)
    assert draft.SOPClassUID == SecondaryCaptureImageStorage
    assert (draft.StudyInstanceUID, draft.PatientName) == (file.case.study.uid, "BERG^ANN")
    assert draft.BurnedInAnnotation == "YES"
    plain = np.asarray(render_overlay(export.file, export.pixels, export.artifacts))
    assert draft.pixel_array.shape == plain.shape
    changed = (draft.pixel_array != plain).any(axis=2).mean()
    assert 0.01 < changed < 0.3
    assert_valid(path)
    room.decide(file.case_id, sign_all(file, "Dr A"))
    export = exported(file.case_id)
    (path,) = capture.build().write(export, tmp_path)
    signed = dcmread(path)
    assert np.array_equal(signed.pixel_array, np.asarray(render_overlay(export.file, export.pixels, export.artifacts)))
    assert signed.SOPInstanceUID != draft.SOPInstanceUID
    assert_valid(path)
