"""What the page says of a case while it is read, by this process or by another."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from overread.records import Progress, Step
from overread.review.progress_view import progress_view, row_words
from overread.testing.doubles import ScriptedTool
from overread.testing.doubles.payloads import make_claim
from tests.review.conftest import Visits, browsing
from tests.review.stage import Stage, open_stage

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def step(key: str, *, node: str = "run_tool", tool: str | None = None, seconds: float | None = None) -> Step:
    ended = None if seconds is None else BEGAN + timedelta(seconds=seconds)
    return Step(key=key, node=node, tool=tool, view="PA", started=BEGAN, ended=ended)


def test_the_page_shows_every_tool_and_of_the_nodes_the_one_at_work() -> None:
    steps = (
        step("a", node="gate", seconds=0.1),
        step("b", tool="segmentation", seconds=1.0),
        step("c", tool="report"),
        step("d", node="draft"),
    )
    progress = Progress(case_id="c-1", steps=steps)
    view = progress_view(progress, BEGAN + timedelta(seconds=3))
    assert [(one.words.partition(":")[0], one.state, one.seconds) for one in view.steps] == [
        ("segmentation", "done", 1.0),
        ("report", "now", 3.0),
        ("draft", "now", 3.0),
    ]
    assert row_words(progress) == "report: looking at the frontal image"
    assert row_words(Progress(case_id="c-1", steps=steps[:2])) is None
    assert row_words(None) is None
    assert progress_view(None, BEGAN).steps == ()


@dataclass
class SlowStage:
    """A stage whose report tool looks until it is released, and a case that it looks at."""

    stage: Stage
    report: ScriptedTool
    case_id: str

    def finish(self) -> None:
        self.report.release()


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[SlowStage]:
    report = ScriptedTool("report", [make_claim("Left pneumothorax.", "Pneumothorax", "present", "left")], seconds=600)
    with open_stage(tmp_path, report=report) as stage:
        case_id = stage.case("SECRET^NAME", read=False).case_id
        reading = threading.Thread(target=stage.room.read, args=(case_id,))
        reading.start()
        try:
            wait_until_only_the_report_is_looked_for(stage, case_id)
            yield SlowStage(stage, report, case_id)
        finally:
            report.release()
            reading.join(60)


def wait_until_only_the_report_is_looked_for(stage: Stage, case_id: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        progress = stage.room.home.progress.read(case_id)
        if (
            progress
            and [step.tool for step in progress.under_way if step.tool] == ["report"]
            and len(progress.steps) > 6
        ):
            return
        time.sleep(0.02)
    raise AssertionError("the report tool was never the only one that looks")


def test_the_addresses_tell_readers_what_a_case_is_at_and_nobody_whose_it_is(slow: SlowStage) -> None:
    with slow.stage.visitor() as client:
        one, every = client.get(f"/progress/{slow.case_id}"), client.get("/progress")
        assert (one.json()["moving"], one.json()["alerts"]) == (True, 1)
        assert "report: looking at the frontal image" in one.json()["html"]
        assert "segmentation: done, 4 pieces of evidence" in one.json()["html"]
        assert "retrieval: failed (error)" in one.json()["html"]
        waiting = slow.stage.admitted.case.case_id
        assert every.json() == {"cases": {waiting: None, slow.case_id: "report: looking at the frontal image"}}
        assert "SECRET" not in one.text + every.text
        assert client.get("/progress/c-ffffffffffffffff").status_code == 404
        assert client.get("/progress/../cases").status_code == 404
    for address in ("/progress", f"/progress/{slow.case_id}"):
        assert httpx.get(slow.stage.address + address).status_code == 401


def test_what_is_kept_of_a_case_under_way_goes_when_it_rests(slow: SlowStage) -> None:
    slow.finish()
    with slow.stage.visitor() as client:
        deadline = time.monotonic() + 60
        while client.get(f"/progress/{slow.case_id}").json()["moving"] and time.monotonic() < deadline:
            time.sleep(0.05)
        assert slow.case_id not in client.get("/progress").json()["cases"]
    while slow.stage.room.home.progress.read(slow.case_id) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert slow.stage.room.home.progress.read(slow.case_id) is None


@pytest.mark.browser
def test_a_browser_sees_what_is_looked_at_the_alert_and_then_the_draft(slow: SlowStage) -> None:
    with browsing() as browser:
        visits = Visits(browser, slow.stage)
        page = visits()
        row = page.locator(f"tr[data-case='{slow.case_id}']")
        expect(row).to_contain_text("Being read")
        expect(row).to_contain_text("report: looking at the frontal image")
        row.click()
        steps = page.locator("[data-progress]")
        expect(steps.locator(".now")).to_contain_text("report: looking at the frontal image")
        expect(steps.locator(".done", has_text="segmentation")).to_contain_text("done, 4 pieces of evidence")
        expect(steps.locator(".failed")).to_contain_text("retrieval: failed")
        assert page.locator(".sentence").count() == 0
        alert = slow.stage.room.store.alerts(slow.case_id)[0]
        later = {"id": "a-later", "label": "Pneumoperitoneum", "message": "Free air, tell now."}
        slow.stage.room.store.raise_alert(slow.case_id, alert.model_copy(update=later))
        expect(page.locator(".alerts")).to_contain_text("Free air, tell now.")
        slow.finish()
        page.wait_for_selector("article[data-status=awaiting_review]")
        expect(page.locator(".sentence").first).to_be_visible()
        assert page.locator("[data-progress]").count() == 0
        visits.close()
        assert not visits.errors
