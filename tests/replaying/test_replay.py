"""A case read again on a copy: the same where nothing changed, else what changed; the original stays as it is."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from overread.errors import CaseUnknown, UsageError
from overread.ports import Tool
from overread.records import CaseFile, Claim
from overread.replaying import Difference, replayed
from overread.replaying.copying import nodes
from overread.testing.doubles import Fault, ScriptedTool
from tests.graphs.rooms import TRUST, put_case, score, scripted_room, scripted_tools, settings, sign_all

OTHER = [score("Pleural Effusion", 0.9), score("Pneumothorax", 0.95)]


def waiting(home: Path, tools: dict[str, Tool] | None = None) -> str:
    with scripted_room(home, tools) as room:
        return room.read(put_case(room)).case_id


def contents(home: Path) -> dict[str, str]:
    """Give a digest of all that the databases and folders of a home hold."""
    found = {}
    for path in sorted(home.rglob("*")):
        if path.suffix == ".sqlite":
            with closing(sqlite3.connect(path)) as base:
                found[path.name] = hashlib.sha256("\n".join(base.iterdump()).encode()).hexdigest()
        elif path.is_file() and path.suffix in (".png", ".json", ".md"):
            found[str(path.relative_to(home))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def again(
    home: Path, case_id: str, node: str | None = None, tools: dict[str, Tool] | None = None
) -> tuple[CaseFile, tuple[Difference, ...], list[str]]:
    """Replay a case; give its new file, the differences and the nodes that ran."""
    ran: list[str] = []
    used, listen = tools or scripted_tools(), lambda step: ran.append(step.node)
    with replayed(settings(home), case_id, node, listen=listen, tools=used, trust=TRUST) as done:
        return done.again, done.differences, list(dict.fromkeys(ran))


@pytest.mark.parametrize("node", [None, *(name for name in nodes() if name not in ("refuse", "adjudicate"))])
def test_nothing_differs_where_nothing_changed_and_the_original_stays(tmp_path: Path, node: str | None) -> None:
    tools = scripted_tools(classification=ScriptedTool("classification", OTHER))
    case_id = waiting(tmp_path, tools)
    before = contents(tmp_path)
    file, found, ran = again(tmp_path, case_id, node, tools)
    assert (file.status, found) == ("awaiting_review", ())
    assert (node or "intake") in ran[:2]
    assert ran[-1] == "review"
    assert [alert.label for alert in file.alerts] == ["Pneumothorax"]
    assert contents(tmp_path) == before


def test_tools_run_again_from_their_node_and_not_from_a_later_one(tmp_path: Path) -> None:
    case_id = waiting(tmp_path)
    changed = ScriptedTool("classification", OTHER)
    tools = scripted_tools(classification=changed)
    assert again(tmp_path, case_id, "collect", tools)[1] == ()
    assert changed.runs == 0
    file, found, _ = again(tmp_path, case_id, "run_tool", tools)
    assert changed.runs == 1
    assert {(item.part, item.what) for item in found} >= {("finding", "Pneumothorax"), ("alert", "Pneumothorax")}
    assert any(item.part == "sentence" and item.before is None and "neumothorax" in item.what for item in found)
    assert file.manifest.profile == "scripted"
    with scripted_room(tmp_path) as room:
        assert room.store.alerts(case_id) == ()


def test_conflicts_failures_and_what_is_gone_are_told(tmp_path: Path) -> None:
    claim = Claim(text="Left pleural effusion.", section="findings")
    case_id = waiting(tmp_path, scripted_tools(report=ScriptedTool("report", [claim])))
    _, found, _ = again(tmp_path, case_id, None, scripted_tools(report=ScriptedTool("report", fault=Fault("error"))))
    assert ("failure", "report", None, "error") in {(i.part, i.what, i.before, i.after) for i in found}


def test_a_case_that_was_sent_back_is_drafted_as_the_reviewer_left_it(tmp_path: Path) -> None:
    case_id = waiting(tmp_path)
    with scripted_room(tmp_path, compact_checkpoints="off") as room:
        revised = room.decide(case_id, sign_all(room.file(case_id), decision="revise"))
        room.decide(case_id, sign_all(revised))
    file, found, ran = again(tmp_path, case_id, "draft")
    assert (file.status, found) == ("awaiting_review", ())
    assert file.draft is not None
    assert file.draft.revision == 1
    assert ran == ["draft", "verify", "review"]
    assert again(tmp_path, case_id, "collect")[0].draft is not None


def test_a_closed_case_whose_run_was_compacted_is_replayed_from_the_start_only(tmp_path: Path) -> None:
    case_id = waiting(tmp_path)
    with scripted_room(tmp_path) as room:
        room.decide(case_id, sign_all(room.file(case_id)))
    with pytest.raises(UsageError, match="only its end is kept"):
        again(tmp_path, case_id, "draft")
    assert again(tmp_path, case_id)[0].status == "awaiting_review"


def test_what_cannot_be_replayed_says_why(tmp_path: Path) -> None:
    case_id = waiting(tmp_path)
    with pytest.raises(CaseUnknown):
        again(tmp_path, "c-ffffffffffff")
    with pytest.raises(UsageError, match="one of intake, gate, refuse, plan, run_tool, alert, collect"):
        again(tmp_path, case_id, "finalize")
    with pytest.raises(UsageError, match="never came to 'adjudicate'; it came to intake, gate, plan"):
        again(tmp_path, case_id, "adjudicate")
    with scripted_room(tmp_path) as room:
        unread = put_case(room, 2)
    with pytest.raises(UsageError, match="was not read yet"):
        again(tmp_path, unread)


def test_a_case_of_another_graph_version_or_without_checkpoints_is_replayed_from_the_start_only(tmp_path: Path) -> None:
    case_id = waiting(tmp_path)
    with closing(sqlite3.connect(tmp_path / "cases.sqlite")) as base, base:
        base.execute("update cases set graph_version = 0")
    with pytest.raises(UsageError, match="read by graph version 0, this is 1; leave --from out"):
        again(tmp_path, case_id, "draft")
    assert again(tmp_path, case_id)[1] == ()
    with closing(sqlite3.connect(tmp_path / "cases.sqlite")) as base, base:
        base.execute("update cases set graph_version = 1")
    with closing(sqlite3.connect(tmp_path / "checkpoints.sqlite")) as base, base:
        base.execute("delete from checkpoints")
    with pytest.raises(UsageError, match="are gone; leave --from out"):
        again(tmp_path, case_id, "draft")
    assert again(tmp_path, case_id)[1] == ()
