"""`overread status` and `overread prune`: what a person on call sees, on either database."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from overread.backends.scripted import ScriptedChat
from overread.store.home import Home
from overread.testing.doubles import Fault, ScriptedTool
from overread.testing.model_server import ModelServer
from tests.cli.conftest import Overread
from tests.graphs.rooms import put_case, scripted_room, scripted_tools, sign_all


def test_an_empty_store_has_nothing_to_tell(overread: Overread) -> None:
    seen = overread("status", "--json").json
    assert (seen["cases"], seen["review"], seen["errors"]) == ({}, {"waiting": 0, "oldest_seconds": None}, {})
    assert "none" in overread("status").out


@pytest.mark.usefixtures("database_url")
def test_cases_queues_and_errors_are_counted_beside_a_room_that_works(overread: Overread, home: Path) -> None:
    broken = scripted_tools(report=ScriptedTool("report", fault=Fault("error")))
    with scripted_room(home, broken, tool_attempts=1) as room:
        room.decide(put_case(room, 1), sign_all(room.read("c-000000000001")))
        room.read(put_case(room, 2))
        seen, told = overread("status", "--json").json, overread("status").out
        raised = len(room.home.notices.open_alerts())
    assert seen["cases"] == {"awaiting_review": 1, "signed": 1}
    assert seen["review"]["waiting"] == 1
    assert seen["review"]["oldest_seconds"] >= 0
    assert seen["alerts"]["open"] == raised
    assert seen["errors"] == {"report: error": 2}
    assert seen["disk"]["free_bytes"] > 0
    assert seen["versions"]["langgraph"]
    assert seen["servers"] == []
    assert "1 awaiting review, 1 signed" in told
    assert "of the tests" not in told  # the password of the database


def test_model_servers_are_asked(
    overread: Overread, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ModelServer(ScriptedChat({"": "yes"})) as server:
        roles = {
            "vqa": {"backend": "vllm", "model": "there", "url": server.url},
            "report": {"backend": "vllm", "model": "gone", "url": "http://127.0.0.1:9/v1"},
        }
        (tmp_path / "served.yaml").write_text(yaml.safe_dump({"describe": "d", "tools": ["vqa"], "roles": roles}))
        monkeypatch.setenv("OVERREAD_PROFILES_DIR", str(tmp_path))
        monkeypatch.setenv("OVERREAD_PROFILE", "served")
        seen = overread("status", "--json").json
    assert {one["model"]: one["answers"] for one in seen["servers"]} == {"there": True, "gone": False}


@pytest.mark.usefixtures("database_url")
def test_prune_says_what_it_removed(overread: Overread, home: Path) -> None:
    with scripted_room(home, compact_checkpoints="off") as room:
        room.decide(put_case(room, 1), sign_all(room.read("c-000000000001")))
        room.read(put_case(room, 2))
    said = overread("prune", "--vacuum")
    assert said.code == 0
    assert said.out.startswith("1 closed cases, ")
    assert "1 closed cases, 0 checkpoints removed" in overread("prune").out


def test_it_loads_nothing_that_it_does_not_need(home: Path) -> None:
    Home(home).close()
    heavy = ("numpy", "PIL", "httpx", "prometheus_client", "argon2", "sqlalchemy.dialects.postgresql", "langgraph")
    code = (
        "import sys; from overread.cli.boundary import run; code = run(['status']); "
        f"print(code, sorted(set({heavy}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"
