"""The server goes away under an open page and comes back: the page finds it, and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from overread.records import CaseFile
from overread.review import LinkAccess, create_app
from tests.review.stage import Stage, open_stage, served

pytestmark = pytest.mark.browser


class Apps(NamedTuple):
    """A page, the same one started again, and one started again for which old logins are unknown."""

    stage: Stage
    first: FastAPI
    again: FastAPI
    anew: FastAPI


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apps]:
    """Build them before there is a browser: an event loop runs in this thread while it is open."""
    home: Path = tmp_path_factory.mktemp("reconnect")
    with open_stage(home) as stage:
        room, access = stage.room, stage.access
        yield Apps(stage, create_app(room, access), create_app(room, access), create_app(room, LinkAccess()))


@pytest.fixture
def page(apps: Apps, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1600, "height": 950})
    context.set_default_timeout(60_000)
    context.add_init_script("localStorage.setItem('overread.tour', 'done')")
    yield context.new_page()
    context.close()


def opened(page: Page, apps: Apps, address: str, file: CaseFile) -> None:
    page.goto(f"{address}/enter?token={apps.stage.access.link()}")
    page.wait_for_selector("section.worklist")
    page.goto(f"{address}/?case={file.case_id}")
    page.wait_for_selector("[data-pane=main][data-ready=yes]")


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


def test_a_page_whose_server_was_started_again_comes_back_where_it_was(apps: Apps, page: Page) -> None:
    file = apps.stage.case()
    with served(apps.first) as address:
        opened(page, apps, address, file)
        page.locator("li.sentence [data-act=accept]").first.click()
        expect(page.locator("#decision [data-kept]")).to_have_text("Kept on the server.")
    page.keyboard.press("n")
    expect(page.locator("#notice")).to_contain_text("No answer from the server")
    page.click("#back")
    expect(page.get_by_text("Connection to the server was lost").first).to_be_visible()
    with served(apps.again, port_of(address)):
        expect(page.get_by_text("Connection to the server was lost")).to_have_count(0)
        page.wait_for_selector(f"article[data-case='{file.case_id}'] [data-pane=main][data-ready=yes]")
        expect(page.locator("li.sentence[data-decision=accept]").first).to_be_visible()
        page.click("#back")
        page.wait_for_selector("section.worklist")


def test_a_login_that_ended_with_the_server_is_told(apps: Apps, page: Page) -> None:
    file = apps.stage.case()
    with served(apps.first) as address:
        opened(page, apps, address, file)
    with served(apps.anew, port_of(address)):
        expect(page.locator("#notice")).to_contain_text("Open the link that 'overread app' printed now")
        assert page.locator(f"article[data-case='{file.case_id}']").is_visible()


def test_who_is_not_logged_in_is_told_no_number(apps: Apps) -> None:
    with apps.stage.visitor() as visitor:
        assert visitor.get("/gradio_api/app_id").status_code == 200
        visitor.cookies.clear()
        assert visitor.get("/gradio_api/app_id").status_code == 401
