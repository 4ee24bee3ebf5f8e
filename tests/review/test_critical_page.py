"""Critical results on the page: acknowledged without losing what was decided, refused when forged, read by all."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import expect

from overread.composition import watcher_of
from overread.records import CaseFile
from tests.review.conftest import Visits, open_case, sign_in_dialog
from tests.review.stage import DECIDE_CASE, OPEN_CASE, Stage, post_event
from tests.review.test_security import decision, sealed


def told(file: CaseFile, **change: object) -> dict[str, object]:
    sent = {"case_id": file.case_id, "alert_id": file.alerts[0].id, "told": "Dr Ward", "how": "phone"}
    return {**sent, "read_back": True, "by": "Dr A", **change}


def acknowledged(stage: Stage, file: CaseFile) -> object:
    return stage.room.store.alerts(file.case_id)[0].acknowledged


def test_a_call_acknowledges_once_and_gives_the_banner_as_it_is_then(stage: Stage) -> None:
    file = stage.case()
    with stage.visitor() as visitor:
        answer = visitor.post("/call/acknowledge", json=told(file))
        again = visitor.post("/call/acknowledge", json=told(file, told="Dr Else"))
    assert answer.status_code == 200
    assert 'data-state="acknowledged"' in answer.json()["html"]
    assert (again.status_code, "that stands" in again.json()["error"]) == (409, True)
    made = stage.room.store.alerts(file.case_id)[0].acknowledged
    assert made is not None
    assert (made.told, made.by, made.how, made.read_back) == ("Dr Ward", "Dr A", "phone", True)
    assert [link.action for link in stage.room.store.audit.of(file.case_id)] == ["acknowledge"]


@pytest.mark.parametrize(
    "change",
    [
        {"told": ""},
        {"told": "x" * 200},
        {"by": None},
        {"how": "pigeon"},
        {"read_back": None},
        {"alert_id": "a-none"},
        {"case_id": "../etc"},
        {"told_at": "yesterday"},
        {"told_at": "2026-01-01T10:00"},
        {"told_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()},
        {"not_told": "x"},
    ],
)
def test_what_is_not_whole_is_refused_and_leaves_nothing(stage: Stage, change: dict[str, object]) -> None:
    file = stage.case()
    with stage.visitor() as visitor:
        answer = visitor.post("/call/acknowledge", json=told(file, **change))
    assert answer.status_code == 422
    assert acknowledged(stage, file) is None


def test_nobody_acknowledges_who_is_not_logged_in(stage: Stage) -> None:
    file = stage.case()
    assert httpx.post(stage.address + "/call/acknowledge", json=told(file)).status_code == 401
    assert acknowledged(stage, file) is None


@pytest.mark.parametrize("reasons", [[], [{"alert_id": "a-none", "reason": "x"}], None])
def test_a_forged_signature_without_acknowledgement_or_reason_does_not_sign(stage: Stage, reasons: object) -> None:
    file = stage.case()
    with stage.visitor() as visitor:
        seal = sealed(post_event(visitor, "untold", OPEN_CASE, {"case_id": file.case_id}))
        forged = {**decision(file, seal), "not_told": reasons}
        if reasons is None:
            del forged["not_told"]
        shown = post_event(visitor, "untold", DECIDE_CASE, forged)
    assert shown["notice"].startswith("Not done")
    assert stage.room.file(file.case_id).status == "awaiting_review"


def test_markup_in_a_name_stays_text(stage: Stage) -> None:
    file = stage.case()
    with stage.visitor() as visitor:
        shown = visitor.post("/call/acknowledge", json=told(file, told="<script>alert(1)</script>")).json()["html"]
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_the_banner_says_who_was_told_and_who_is_next_and_is_asked_for_again(stage: Stage) -> None:
    file = stage.case()
    watcher_of(stage.room.services.settings, stage.room.home).look()
    with stage.visitor() as visitor:
        shown = str(post_event(visitor, "climb", OPEN_CASE, {"case_id": file.case_id})["html"])
        again = visitor.post("/call/critical", json={"case_id": file.case_id})
        unknown = visitor.post("/call/critical", json={"case_id": "c-" + "f" * 16})
    for html in (shown, again.json()["alerts"][file.alerts[0].id]):
        assert "reading radiologist by hook: shown on the page only" in html
        assert "next reading radiologist in" in html
    assert unknown.status_code == 404


@pytest.mark.browser
def test_its_times_are_those_of_the_readers_clock(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    watcher_of(stage.room.services.settings, stage.room.home).look()
    page = visit()
    page.context.new_cdp_session(page).send("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    open_case(page, file.case_id)
    raised = file.alerts[0].raised_at.astimezone(ZoneInfo("Asia/Tokyo"))
    for place in (".thin", ".climb li"):
        expect(page.locator(f".alert {place} time").first).to_have_text(re.compile(f"{raised:%H}:\\d\\d$"))


@pytest.mark.browser
def test_acknowledging_leaves_what_was_decided_and_lets_the_report_be_signed(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    buttons = page.locator(".sentence:not([data-waits=no]) [data-act=accept]")
    for place in range(buttons.count()):
        buttons.nth(place).click()
    page.fill("#reviewer", "Dr A")
    expect(page.locator("[data-why]")).to_contain_text("1 critical result told to nobody")
    page.keyboard.press("Escape")
    page.focus(".say")
    page.keyboard.press("c")
    expect(page.locator("[name=told]")).to_be_focused()
    page.keyboard.type("Dr Ward")
    page.select_option("[name=how]", "phone")
    page.check("[name=read_back][value=yes]")
    page.fill("[name=by]", "Dr A")
    page.fill("[name=remark]", "asked for a drain")
    page.click("[data-tell] [type=submit]")
    expect(page.locator("[data-alert]")).to_contain_text("Dr Ward was told by phone")
    expect(page.locator("[data-alert]")).to_contain_text("asked for a drain")
    expect(page.locator(".sentence[data-decision=accept]")).to_have_count(buttons.count())
    expect(page.locator("#sign")).to_be_enabled()
    page.click("#sign")
    sign_in_dialog(page)
    page.wait_for_selector("article[data-status=signed]")
    expect(page.locator(".alerts")).to_contain_text("Dr Ward was told by phone")


@pytest.mark.browser
def test_a_finding_that_is_left_out_asks_for_no_second_reason(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    said = page.locator("[data-alert]").get_attribute("data-statements") or ""
    assert said
    for item in page.locator(".sentence:not([data-waits=no])").all():
        left_out = item.get_attribute("data-statement") in said.split(" ")
        item.locator(f"[data-act={'reject' if left_out else 'accept'}]").click()
        if left_out:
            item.locator("[data-field=reason]").fill("a skin fold")
    page.fill("#reviewer", "Dr A")
    page.click("#sign")
    sign_in_dialog(page)
    page.wait_for_selector("article[data-status=signed]")
    expect(page.locator(".alerts")).to_contain_text("Nobody was told: not there: a skin fold")
