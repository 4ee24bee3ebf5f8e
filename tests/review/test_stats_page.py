"""The figures at `/stats`: behind the login, of the cases that a reader may see, and whole in a browser."""

import re
from collections.abc import Iterator, Mapping

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser

from overread.oversight.facts import OPENED
from overread.records.people import Right
from overread.review.access import LinkAccess, Reader
from overread.review.stats import StatsRoutes
from tests.graphs.rooms import sign_all
from tests.review.conftest import Visits
from tests.review.stage import Stage, open_stage
from tests.review.test_accessibility import violations


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Give a stage of its own: its cases are counted."""
    with open_stage(tmp_path_factory.mktemp("stats")) as opened:
        for number in range(3):
            file = opened.case()
            opened.room.decide(file.case_id, sign_all(file, reviewer=f"Dr {'AB'[number % 2]}"))
        yield opened


def test_nobody_sees_figures_without_the_login(stage: Stage) -> None:
    assert httpx.get(f"{stage.address}/stats").status_code == 401
    assert httpx.get(f"{stage.address}/stats/more").status_code == 404


def test_the_page_counts_and_names_no_patient(stage: Stage) -> None:
    with stage.visitor() as client:
        answer = client.get("/stats", params={"of": "phantoms"})
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert "3 decided cases of phantoms" in answer.text
        assert "Dr A" in answer.text
        assert "PATIENT^" not in answer.text
        assert "3 cases of phantoms in this time are left out" in client.get("/stats").text
        assert "0 decided cases" in client.get("/stats", params={"of": "phantoms", "since": "2999-01-01"}).text
        assert client.get("/stats", params={"since": "<b>"}).status_code == 422
        assert client.get("/stats", params={"of": "cats"}).status_code == 422


class OneCase(LinkAccess):
    """Lets everybody see one case."""

    def __init__(self, case_id: str) -> None:
        super().__init__()
        self._case_id = case_id

    def reader(self, cookies: Mapping[str, str], headers: Mapping[str, str]) -> Reader | None:
        return Reader(key="k")

    def only(self, reader: Reader, right: Right) -> frozenset[str] | None:
        return frozenset({self._case_id})


def test_a_reader_sees_no_figure_of_a_case_that_is_not_theirs(stage: Stage) -> None:
    app = FastAPI()
    first = stage.room.store.rows(("signed",))[0].case_id
    StatsRoutes(stage.room, OneCase(first)).add_to(app)
    from starlette.testclient import TestClient

    text = TestClient(app).get("/stats", params={"of": "phantoms"}).text
    assert "1 decided case of phantoms" in text
    assert "Dr B" not in text


def test_opening_a_draft_starts_its_clock(stage: Stage, chromium: Browser) -> None:
    visits = Visits(chromium, stage)
    file = stage.case()
    visits(file.case_id)
    shown = [detail for _, event, detail in stage.room.store.journal(file.case_id) if event == OPENED]
    assert shown == [{"draft": (file.draft_digest or "")[:12]}]
    visits.close()
    assert not visits.errors


def test_the_page_opens_from_the_worklist_and_fits(stage: Stage, chromium: Browser) -> None:
    visits = Visits(chromium, stage)
    page = visits()
    page.click("text=Figures")
    page.wait_for_selector("h1:has-text('Oversight')")
    page.select_option("select[name=of]", "phantoms")
    page.click("button:has-text('Show')")
    page.wait_for_selector("text=3 decided cases of phantoms")
    assert re.search(r"/stats\?since=\d{4}-\d\d-\d\d&of=phantoms$", page.url)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert violations(page) == []
    page.click("text=Worklist")
    page.wait_for_selector("section.worklist")
    visits.close()
    assert not visits.errors
    assert not [url for url in visits.requests if not url.startswith((stage.address, "blob:", "data:"))]
