"""Who gets in, what is reachable, and what a forged request can do: nothing."""

import os
import re
import secrets
import signal
import subprocess
import sys
from html import unescape
from pathlib import Path

import httpx
import pytest

from overread.records import CaseFile, report_text, text_digest
from tests.review.stage import DECIDE_CASE, OPEN_CASE, SHOW_LIST, Stage, post_event

SECRET_ROUTES = (
    "/",
    "/config",
    "/theme.css",
    "/gradio_api/heartbeat/abc",
    "/gradio_api/startup-events",
    "/gradio_api/queue/data?session_hash=abc",
    "/review/app.js",
    "/picture/c-0000000000000001/0",
    "/mask/c-0000000000000001/e-000000000001",
    "/preview/c-0000000000000001/0",
    "/values/c-0000000000000001/0",
    "/call/nothing",
)
CLOSED_ROUTES = (
    "/openapi.json",
    "/docs",
    "/gradio_api/openapi.json",
    "/gradio_api/info",
    "/gradio_api/upload",
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/proxy=http://127.0.0.1/",
    "/gradio_api/run/decide_case",
    "/gradio_api/call/decide_case",
    "/gradio_api/mcp/",
    "/gradio_api/runs",
    "/monitoring",
    "/pwa_icon",
    "/review/../forms.py",
)


@pytest.mark.parametrize("path", SECRET_ROUTES)
def test_nothing_is_shown_to_one_who_is_not_logged_in(stage: Stage, path: str) -> None:
    assert httpx.get(stage.address + path).status_code == 401


@pytest.mark.parametrize("path", CLOSED_ROUTES)
def test_what_the_page_does_not_need_is_closed_to_all(stage: Stage, path: str) -> None:
    with stage.visitor() as visitor:
        assert visitor.get(path).status_code == 404
        assert visitor.post(path).status_code == 404


def test_a_link_works_once_and_leaves_no_token_behind(stage: Stage) -> None:
    link = stage.link()
    first = httpx.get(link)
    assert first.status_code == 200
    assert re.fullmatch(r"overread=[\w-]{43}; HttpOnly; Path=/; SameSite=strict", first.headers["set-cookie"])
    assert httpx.get(link).status_code == 403
    assert httpx.get(stage.address + "/enter?token=").status_code == 403
    assert httpx.get(stage.address, headers={"cookie": f"overread={secrets.token_urlsafe(32)}"}).status_code == 401


def test_the_pages_own_files_are_kept_under_an_address_that_changes_with_them(stage: Stage) -> None:
    with stage.visitor() as visitor:
        page = visitor.get("/").text
        [digest] = set(re.findall(r"/review/([0-9a-f]{16})/", page))
        kept = visitor.get(f"/review/{digest}/app.js")
        assert kept.headers["cache-control"] == "private, max-age=31536000, immutable"
        assert kept.text == visitor.get("/review/app.js").text
        assert visitor.get(f"/review/{'0' * 16}/app.js").status_code == 404
        assert visitor.get(f"/review/{digest}/../app.py").status_code == 404
    assert httpx.get(f"{stage.address}/review/{digest}/app.js").status_code == 401


def test_every_answer_forbids_keeping_framing_and_foreign_code(stage: Stage) -> None:
    file = stage.case()
    with stage.visitor() as visitor:
        for path in (
            "/",
            "/config",
            "/review/app.js",
            f"/picture/{file.case_id}/0",
            f"/preview/{file.case_id}/0",
            f"/values/{file.case_id}/0",
        ):
            answer = visitor.get(path)
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["referrer-policy"] == "no-referrer"
            policy = answer.headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "http:" not in policy


def test_run_history_analytics_and_public_api_are_off(stage: Stage) -> None:
    with stage.visitor() as visitor:
        config = visitor.get("/config").json()
    assert config["run_history"] is False
    assert config["analytics_enabled"] is False
    assert config["footer_links"] == []
    assert config.get("pwa") in (False, None)
    assert {each["api_visibility"] for each in config["dependencies"]} == {"private"}


def test_a_page_of_another_site_cannot_post(stage: Stage) -> None:
    file = stage.case()
    body = {"data": [None], "fn_index": OPEN_CASE, "session_hash": "s", "event_data": {"case_id": file.case_id}}
    with stage.visitor() as visitor:
        for origin in ("https://evil.example", "http://127.0.0.1:1", "null"):
            answer = visitor.post("/gradio_api/queue/join", json=body, headers={"origin": origin})
            assert answer.status_code == 403


def test_pixels_are_those_of_the_case_and_unknown_ones_are_not_there(stage: Stage) -> None:
    file = stage.case()
    mask = next(item for item in file.evidence if item.payload.kind == "mask")
    score = next(item for item in file.evidence if item.payload.kind == "score")
    with stage.visitor() as visitor:
        assert visitor.get(f"/picture/{file.case_id}/0").content.startswith(b"\x89PNG")
        assert visitor.get(f"/mask/{file.case_id}/{mask.id}").content.startswith(b"\x89PNG")
        assert visitor.get(f"/picture/{file.case_id}/99").status_code == 404
        values = visitor.get(f"/values/{file.case_id}/0")
        assert values.headers["content-encoding"] == "gzip"
        assert values.content[4:5] == b"{"
        assert visitor.get(f"/values/{file.case_id}/99").status_code == 404
        assert visitor.get(f"/values/c-{'f' * 16}/0").status_code == 404
        assert visitor.get(f"/picture/c-{'f' * 16}/0").status_code == 404
        assert visitor.get(f"/mask/{file.case_id}/{score.id}").status_code == 404
        assert visitor.get(f"/mask/{file.case_id}/e-{'f' * 12}").status_code == 404


def test_a_forged_decision_without_an_open_case_does_not_sign(stage: Stage) -> None:
    file = stage.case()
    with stage.visitor() as visitor:
        shown = post_event(visitor, "forged1", DECIDE_CASE, decision(file, "0" * 64))
    assert "no draft" in shown["notice"]
    assert stage.room.file(file.case_id).status == "awaiting_review"


def test_a_forged_decision_without_the_seal_does_not_sign(stage: Stage) -> None:
    file = stage.case()
    with stage.visitor() as visitor:
        post_event(visitor, "forged2", OPEN_CASE, {"case_id": file.case_id})
        shown = post_event(visitor, "forged2", DECIDE_CASE, decision(file, "0" * 64))
    assert "not about the draft" in shown["notice"]
    assert stage.room.file(file.case_id).status == "awaiting_review"


def test_the_seal_of_one_session_login_or_case_is_none_for_another(stage: Stage) -> None:
    file, other = stage.case(), stage.case()
    with stage.visitor() as visitor, stage.visitor() as stranger:
        seal = sealed(post_event(visitor, "own", OPEN_CASE, {"case_id": file.case_id}))
        post_event(visitor, "second tab", OPEN_CASE, {"case_id": file.case_id})
        post_event(stranger, "own elsewhere", OPEN_CASE, {"case_id": file.case_id})
        told = [
            post_event(visitor, "second tab", DECIDE_CASE, decision(file, seal)),
            post_event(stranger, "own elsewhere", DECIDE_CASE, decision(file, seal)),
        ]
        post_event(visitor, "own", OPEN_CASE, {"case_id": other.case_id})
        told.append(post_event(visitor, "own", DECIDE_CASE, decision(file, seal)))
    assert all("not about the draft" in shown["notice"] for shown in told)
    assert stage.room.file(file.case_id).status == "awaiting_review"
    assert stage.room.file(other.case_id).status == "awaiting_review"


def test_the_right_seal_signs_what_the_store_holds_once(stage: Stage) -> None:
    file = stage.case()
    with stage.visitor() as visitor:
        seal = sealed(post_event(visitor, "good", OPEN_CASE, {"case_id": file.case_id}))
        post_event(visitor, "good", DECIDE_CASE, decision(file, seal))
        assert stage.room.file(file.case_id).status == "signed"
        again = post_event(visitor, "good", DECIDE_CASE, decision(file, seal))
    assert again["level"] == "error"
    signed = stage.room.file(file.case_id)
    assert signed.final is not None
    assert signed.final.draft_digest == file.draft_digest


def test_a_decision_from_another_tab_is_told_to_be_stale(stage: Stage) -> None:
    file = stage.case()
    with stage.visitor() as visitor:
        slow = sealed(post_event(visitor, "slow", OPEN_CASE, {"case_id": file.case_id}))
        fast = sealed(post_event(visitor, "fast", OPEN_CASE, {"case_id": file.case_id}))
        post_event(visitor, "fast", DECIDE_CASE, decision(file, fast))
        shown = post_event(visitor, "slow", DECIDE_CASE, decision(file, slow, reviewer="Dr Late"))
    assert shown["level"] == "stale"
    assert shown["html"] is None
    signed = stage.room.file(file.case_id).final
    assert signed is not None
    assert signed.signed_by == "Dr Forged"


@pytest.mark.parametrize(
    "change",
    [
        {"draft_digest": "0" * 64},
        {"statements": []},
        {"statements": [{"statement_id": "s-of-nobody", "action": "accept"}]},
        {"reviewer": ""},
        {"reviewer": "x" * 5000},
        {"decision": "approve"},
        {"role": "admin"},
        {"text_digest": None},
        {"text_digest": "0" * 64},
        {"text_digest": ""},
        {"meaning": None},
        {"meaning": "witness"},
        {"secret": ""},
        {"secret": "Somebody Else"},
        {"preliminary": True, "text_digest": "0" * 64},
    ],
)
def test_a_sealed_but_malformed_decision_does_not_sign(stage: Stage, change: dict[str, object]) -> None:
    file = stage.case()
    with stage.visitor() as visitor:
        seal = sealed(post_event(visitor, "odd", OPEN_CASE, {"case_id": file.case_id}))
        shown = post_event(visitor, "odd", DECIDE_CASE, {**decision(file, seal), **change})
    assert shown["notice"].startswith("Not done")
    assert stage.room.file(file.case_id).status == "awaiting_review"


@pytest.mark.parametrize("sent", [None, [], "c-1", {"case_id": "../../etc/passwd"}, {"case_id": "c-" + "f" * 16}])
def test_opening_nonsense_opens_nothing(stage: Stage, sent: object) -> None:
    with stage.visitor() as visitor:
        shown = post_event(visitor, "nonsense", OPEN_CASE, sent)
    assert shown["html"] is None
    assert shown["notice"].startswith("Not done")


def test_a_new_case_needs_the_header_that_another_site_cannot_set(stage: Stage) -> None:
    before = len(stage.room.worklist())
    with stage.visitor() as visitor:
        assert visitor.post("/cases/new", content=b"x").status_code == 400
        assert visitor.post("/cases/new", content=b"x", headers={"x-overread-order": "e30="}).status_code == 400
    assert httpx.post(stage.address + "/cases/new", content=b"x").status_code == 401
    assert len(stage.room.worklist()) == before


def test_markup_in_what_a_sender_wrote_stays_text(stage: Stage) -> None:
    file = stage.case(name="<img src=x onerror=alert(1)>^{{7*7}}${7*7}", question="<script>alert(1)</script>")
    with stage.visitor() as visitor:
        shown = post_event(visitor, "markup", OPEN_CASE, {"case_id": file.case_id})
    assert "<script" not in shown["html"]
    assert "<img" not in shown["html"].lower()
    assert "&lt;script&gt;" in shown["html"]


def test_the_worklist_names_no_patient(stage: Stage) -> None:
    file = stage.case(name="SECRETFAMILYNAME^ANNA")
    with stage.visitor() as visitor:
        shown = post_event(visitor, "list", SHOW_LIST, {"query": {"find": file.case_id}})
    assert f'data-case="{file.case_id}"' in shown["html"]
    assert "SECRETFAMILYNAME" not in shown["html"]


def decision(file: CaseFile, seal: str, reviewer: str = "Dr Forged", secret: str | None = None) -> dict[str, object]:
    """Sign all as drafted; `secret` is the name, typed, unless it is given."""
    assert file.draft is not None
    return {
        "token": seal,
        "decision": "sign",
        "reviewer": reviewer,
        "role": "radiologist",
        "comment": None,
        "statements": [{"statement_id": each.id, "action": "accept"} for each in file.draft.statements],
        "not_told": [{"alert_id": alert.id, "reason": "a test"} for alert in file.alerts],
        "meaning": "authorship",
        "text_digest": text_digest(report_text(file.draft, file.draft.sections)),
        "secret": reviewer if secret is None else secret,
    }


def sealed(shown: dict[str, object]) -> str:
    found = re.search(r'data-token="([0-9a-f]{64})"', unescape(str(shown["html"])))
    assert found is not None
    return found[1]


def test_the_command_prints_a_link_that_works_and_stops_when_told(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from overread.cli import main; main()", "app", "--port", "0"]
    environment = {**os.environ, "OVERREAD_HOME": str(tmp_path), "OVERREAD_PROFILE": "scripted"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "/enter?token=" in line)
        link = line.split()[-1]
        assert link.startswith("http://127.0.0.1:")
        assert httpx.get(link, timeout=60).status_code == 200
        assert httpx.get(link, timeout=60).status_code == 403
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in (0, -signal.SIGINT, 130)
        assert "token" not in process.stderr.read()


def test_a_call_is_answered_to_a_reader_who_sends_json_from_here(stage: Stage) -> None:
    with stage.visitor() as visitor:
        assert visitor.post("/call/nothing", json={}).status_code == 404
        assert visitor.post("/call/nothing", json={}, headers={"origin": "http://elsewhere"}).status_code == 403
    assert httpx.post(stage.address + "/call/nothing", json={}).status_code == 401
