"""The workitem of a case: its state by the one table, which no way that a case takes can break."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from pydicom import Dataset

from overread.export import ups
from overread.export._workitem_states import MAY_FOLLOW, STATES
from overread.reading_room import ReadingRoom
from overread.records import CaseStatus
from tests.export import case_exports as cases
from tests.export.conftest import Exported, Read
from tests.graphs.rooms import sign_all

WAYS: tuple[tuple[CaseStatus, ...], ...] = (
    ("received", "running", "awaiting_review", "signed"),
    ("received", "running", "awaiting_review", "running", "awaiting_review", "rejected"),
    ("received", "running", "failed", "running", "refused"),
    ("received", "running", "failed", "replaced"),
    ("received", "replaced"),
    ("received", "running", "awaiting_review", "replaced"),
)
"""The ways that a case can take: its graph, what a person sends back, what is read again, what comes in later."""


def test_every_state_is_in_the_table_and_no_way_breaks_the_rules_of_the_standard() -> None:
    assert set(STATES) == set(get_args(CaseStatus))
    for way in WAYS:
        for before, after in pairwise(way):
            assert STATES[before] == STATES[after] or STATES[after] in MAY_FOLLOW[STATES[before]], (before, after)
    ends = {STATES[way[-1]] for way in WAYS}
    assert all(not MAY_FOLLOW[end] for end in ends)


def test_a_draft_is_in_progress_and_its_signature_completes_the_same_workitem(
    room: ReadingRoom, read: Read, exported: Exported, tmp_path: Path
) -> None:
    file = read(650, PatientName="BERG^ANN", PatientID="77")
    waits = workitem(exported(file.case_id), tmp_path / "draft")
    room.decide(file.case_id, sign_all(file, "Dr A"))
    done = workitem(exported(file.case_id), tmp_path / "signed")
    assert [item.ProcedureStepState for item in (waits, done)] == ["IN PROGRESS", "COMPLETED"]
    assert waits.SOPInstanceUID == done.SOPInstanceUID
    (began,), (ended,) = (item.UnifiedProcedureStepPerformedProcedureSequence for item in (waits, done))
    assert "PerformedProcedureStepEndDateTime" not in began
    assert ended.PerformedProcedureStepEndDateTime >= ended.PerformedProcedureStepStartDateTime
    (inputs,) = done.InputInformationSequence
    (image,) = file.case.study.images
    assert inputs.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == image.sop_instance_uid
    assert (str(done.PatientName), done.PatientID) == ("BERG^ANN", "77")


def test_a_plain_picture_is_no_workitem(tmp_path: Path) -> None:
    assert "plain picture" in (ups.build().why_not(cases.export_of(cases.plain_picture, tmp_path, None)) or "")


def workitem(export: Any, folder: Path) -> Dataset:
    folder.mkdir()
    assert ups.build().why_not(export) is None
    (path,) = ups.build().write(export, folder)
    (item,) = json.loads(path.read_text())
    return Dataset.from_json(item)
