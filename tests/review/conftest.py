"""One stage for all tests of the page, one browser for those that drive it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.needs import chromium as installed_browser
from tests.needs import require
from tests.review.stage import Stage, open_stage

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("review")) as opened:
        yield opened


@pytest.fixture(scope="module")  # an event loop runs in this thread as long as it is open
def chromium() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@contextmanager
def browsing() -> Iterator[Browser]:
    """Open the browser; a page cannot be made in this thread until it is closed."""
    require("browser")
    expect.set_options(timeout=60_000)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=installed_browser(), args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, stage: Stage) -> "Iterator[Visits]":
    visits = Visits(chromium, stage)
    yield visits
    visits.close()
    assert not visits.errors
    assert not [url for url in visits.requests if not url.startswith((stage.address, "blob:", "data:"))]


class Visits:
    """Opens pages in contexts of their own, and keeps all that they asked for and complained about."""

    def __init__(self, browser: Browser, stage: Stage) -> None:
        self._browser = browser
        self._stage = stage
        self._contexts: list[object] = []
        self.requests: list[str] = []
        self.errors: list[str] = []

    def __call__(self, case_id: str | None = None) -> Page:
        context = self._browser.new_context(viewport={"width": 1600, "height": 950})
        context.set_default_timeout(60_000)
        # Who has seen the tour; what is offered to somebody new has a test of its own.
        context.add_init_script("localStorage.setItem('overread.tour', 'done')")
        self._contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self._stage.link())
        page.wait_for_selector("section.worklist")
        if case_id is not None:
            open_case(page, case_id)
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()  # type: ignore[attr-defined]


def row_of(case_id: str) -> str:
    return f"tr[data-case='{case_id}']"


def search(page: Page, words: str) -> None:
    """Search, so that the list is of this test's cases whatever others put on the stage."""
    page.fill("#find", words)
    expect(page.locator("#shown")).to_contain_text("the filter,")


def open_case(page: Page, case_id: str) -> None:
    row = page.locator(f"tr[data-case='{case_id}']")
    # A case of the stage may be on a later page of the list.
    row.click() if row.count() else page.goto(f"{page.url.partition('?')[0]}?case={case_id}")
    page.wait_for_selector(f"article[data-case='{case_id}'] [data-pane=main][data-ready=yes]")


def sign_in_dialog(page: Page, meaning: str = "authorship", secret: str | None = None) -> None:
    """Sign the text in the dialog that is open, or about to be; `meaning` may be `preliminary`.

    What is asked for is typed: `secret`, else the name that the dialog says.
    """
    dialog = page.locator("#signing[open]")
    expect(dialog.locator("[data-text]")).not_to_be_empty()
    dialog.locator(f"input[data-meaning={meaning}]").check()
    field = dialog.locator("[data-secret] input")
    if field.is_visible():
        field.fill(secret or dialog.locator("[data-name]").inner_text())
    page.click("#confirm-signature")


def tell_nobody(page: Page) -> None:
    """Say of every open critical result why nobody is told."""
    for alert in page.locator("[data-alert][data-state=open]").all():
        alert.locator("summary").click()
        alert.locator("[data-not-told]").fill("nobody is on the ward of a test")
