"""Similar signed cases stand beside a draft and change nothing of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from overread.errors import ToolError
from overread.records import CaseFile, Retrieved
from overread.testing.doubles import ScriptedTool, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools.retrieval import build
from tests.graphs.rooms import put_case, scripted_room, scripted_tools


def read(home: Path, **tools: Any) -> CaseFile:
    with scripted_room(home, scripted_tools(**tools)) as room:
        return room.read(put_case(room))


def test_the_draft_is_the_same_with_similar_cases_beside_it(tmp_path: Path) -> None:
    similar = ScriptedTool("retrieval", [Retrieved(case_id="c-000000000009", similarity=0.99, same_patient=True)])
    without, beside = read(tmp_path / "without"), read(tmp_path / "beside", retrieval=similar)
    (found,) = (item for item in beside.evidence if item.tool == "retrieval")
    assert without.draft is not None
    assert beside.draft is not None
    assert beside.draft.sections == without.draft.sections
    assert beside.findings == without.findings
    assert found.id not in {cited for statement in beside.draft.statements for cited in statement.citations}
    assert found.id not in {
        used for finding in beside.findings for used in (*finding.evidence_ids, *finding.against_ids)
    }


def test_a_case_with_nothing_similar_is_no_failure(tmp_path: Path) -> None:
    file = read(tmp_path / "home", retrieval=ScriptedTool("retrieval"))
    assert file.failures == ()


def test_the_tool_gives_the_nearest_signed_cases_and_no_word_of_them() -> None:
    found = build(make_parts()).run(make_work())
    assert [
        (item.payload.case_id, item.payload.same_patient) for item in found if isinstance(item.payload, Retrieved)
    ] == [
        ("c-000000000001", True),
        ("c-000000000002", False),
    ]


def test_without_a_store_the_tool_says_so() -> None:
    with pytest.raises(ToolError, match="no store"):
        build(replace(make_parts(), cases=None)).run(make_work())
