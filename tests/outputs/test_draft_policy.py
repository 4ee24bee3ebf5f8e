"""Which unsigned drafts may leave."""

from pathlib import Path

import pytest

from overread.batch.single import finish_one
from overread.outputs.draft_policy import held_back
from overread.settings import DraftPolicy
from overread.testing.doubles import ScriptedTool
from tests.graphs.rooms import put_case, score, scripted_room, scripted_tools, sign_all

NEGATIVE = ScriptedTool("classification", [score("Pleural Effusion", 0.1), score("Pneumothorax", 0.1)])
POSITIVE = ScriptedTool("classification", [score("Pleural Effusion", 0.9)])
POSSIBLE = ScriptedTool("classification", [score("Pleural Effusion", 0.5).model_copy(update={"band": (0.4, 0.6)})])


@pytest.mark.parametrize(
    ("policy", "tool", "leaves"),
    [
        ("always", NEGATIVE, True),
        ("positives", NEGATIVE, False),
        ("positives", POSITIVE, True),
        ("positives", POSSIBLE, True),
        ("after_first_read", POSITIVE, False),
    ],
)
def test_a_draft_that_is_held_back_writes_nothing_and_waits_all_the_same(
    tmp_path: Path, policy: DraftPolicy, tool: ScriptedTool, leaves: bool
) -> None:
    with scripted_room(tmp_path / "home", scripted_tools(classification=tool), draft_policy=policy) as room:
        done = finish_one(room, put_case(room), tmp_path / "out")
        assert done.file is not None
        assert done.file.status == "awaiting_review"
        assert (tmp_path / "out").exists() is leaves
        assert (done.folder is not None, done.held_back is None) == (leaves, leaves)


def test_what_a_person_has_signed_leaves_under_every_policy(tmp_path: Path) -> None:
    with scripted_room(tmp_path, scripted_tools(classification=NEGATIVE)) as room:
        file = room.read(put_case(room))
        assert held_back(file, "positives")
        assert held_back(file, "after_first_read")
        signed = room.decide(file.case_id, sign_all(file))
    assert held_back(signed, "positives") is None
    assert held_back(signed, "after_first_read") is None
