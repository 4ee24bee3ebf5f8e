"""The page of results in a real browser: it sorts, filters and shows a thousand samples, and asks for nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needs import chromium, require

require("browser")

from playwright.sync_api import Browser, Page, expect, sync_playwright

from overread.evals._paired import Paired
from overread.evals.reporting._view import FigureView, Outcome, SampleView, View
from overread.evals.reporting.page import write_page
from overread.evals.runner import run
from overread.settings import load_settings
from tests.evals.suites import PROFILE, write_suite
from tests.review.conftest import FLAGS

pytestmark = pytest.mark.browser
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
ANGRY = "</script><script>document.title='stolen'</script><img src=x onerror=\"document.title='stolen'\">"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium(), args=FLAGS.split())
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator["Visits"]:
    visits = Visits(browser)
    yield visits
    assert not visits.errors
    assert not [url for url in visits.asked if not url.startswith(("file:", "data:"))]
    visits.page.close()


class Visits:
    """Opens a file and keeps what it asks for and complains about."""

    def __init__(self, browser: Browser) -> None:
        self.page: Page = browser.new_page(viewport={"width": 1600, "height": 950})
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def __call__(self, path: Path) -> Page:
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("#list tbody tr[data-id]")
        return self.page


def outcome(right: bool, label: str) -> Outcome:
    return Outcome(state="pass" if right else "fail", label=label, failed=() if right else ("answer",))


def thousand(count: int = 1000) -> View:
    """Give a page on which A is wrong of every tenth and B of every fifth."""
    samples = [
        SampleView(
            id=f"item-{number}",
            title=f"Question {number}",
            text=ANGRY if number == 7 else "plain",
            tags=("odd" if number % 2 else "even",),
            picture="0",
            by={"A": outcome(number % 10 != 0, f"a{number}"), "B": outcome(number % 5 != 0, f"a{number}")},
        )
        for number in range(count)
    ]
    figures = tuple(
        FigureView(voice=voice, part="all", measure="right", value=value, low=0.7, high=0.95, counted="1000")
        for voice, value in (("A", 0.9), ("B", 0.8))
    )
    pair = Paired(
        first="A", second="B", part="all", measure="right", difference=-0.1, low=-0.12, high=-0.08,
        items=count, clusters=count, only_first=100, only_second=0, p=0.0,
    )  # fmt: skip
    return View(
        title="A thousand",
        about=("Told.",),
        facts=(("digest", "d"),),
        words={"pass": "right", "fail": "not right", "voice": "who", "sample": "item"},
        voices=("A", "B"),
        beside="B",
        figures=figures,
        compared=(pair,),
        samples=tuple(samples),
        pictures={"0": PIXEL},
    )


@pytest.fixture
def page(tmp_path: Path, visit: Visits) -> Page:
    write_page(thousand(), tmp_path / "report.html")
    return visit(tmp_path / "report.html")


def rows(page: Page) -> list[str]:
    return [row.get_attribute("data-id") or "" for row in page.locator("#list tbody tr[data-id]").all()]


def test_only_rows_in_sight_are_made_and_the_last_is_reached(page: Page) -> None:
    assert len(rows(page)) < 60
    assert page.locator("#list img").count() < 60
    page.evaluate("document.getElementById('list').scrollTop = 1e9")
    expect(page.locator("[data-id=item-999]")).to_be_visible()
    assert "item-0" not in rows(page)


def test_figures_are_there_on_a_narrow_screen(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    box = page.locator("#figures tbody tr, #figures table tr").last.bounding_box()
    section = page.locator("#figures").bounding_box()
    assert box is not None
    assert section is not None
    assert section["y"] <= box["y"] <= section["y"] + section["height"] - box["height"] + 1


def test_samples_are_searched_filtered_and_sorted(page: Page) -> None:
    page.fill("#find", "question 99")
    expect(page.locator("#count")).to_have_text("19 of 1000")
    page.fill("#find", "")
    page.select_option("#state", "fail")
    expect(page.locator("#count")).to_have_text("100 of 1000")
    page.select_option("#tag", "odd")
    expect(page.locator("#count")).to_have_text("0 of 1000")
    expect(page.locator("#list")).to_contain_text("Nothing fits")
    page.select_option("#tag", "")
    page.select_option("#state", "worse")
    expect(page.locator("#count")).to_have_text("100 of 1000")
    page.select_option("#state", "")
    page.select_option("#dimension", "answer")
    expect(page.locator("#count")).to_have_text("200 of 1000")
    page.select_option("#dimension", "")
    page.click("#list button[data-by=title]")
    page.click("#list button[data-by=title]")
    assert rows(page)[0] == "item-999"


def test_differences_come_first_and_a_row_opens_beside_the_other(page: Page) -> None:
    page.check("#differ")
    assert rows(page)[:3] == ["item-5", "item-15", "item-25"]
    page.click("[data-id=item-15]")
    expect(page.locator("#detail h2")).to_have_text("Question 15")
    assert [column.get_attribute("data-voice") for column in page.locator("#detail [data-voice]").all()] == ["A", "B"]
    page.keyboard.press("ArrowDown")
    expect(page.locator("#detail h2")).to_have_text("Question 25")


def test_text_of_a_model_is_never_markup(page: Page) -> None:
    page.click("[data-id=item-7]")
    expect(page.locator("#detail")).to_contain_text("onerror")
    assert page.title().startswith("A thousand")


def test_figures_sort_and_the_page_has_a_light_side(page: Page) -> None:
    value = page.locator("#figures th button", has_text="value")
    value.click()
    expect(page.locator("#figures tbody tr").first).to_contain_text("0.800")
    value.click()
    expect(page.locator("#figures tbody tr").first).to_contain_text("0.900")
    expect(page.locator("#compared tbody tr")).to_contain_text("-0.100 (-0.120 to -0.080)")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


def test_a_suite_run_shows_picture_draft_citations_and_why_it_failed(tmp_path: Path, visit: Visits) -> None:
    suite = write_suite(tmp_path / "suite", 2)
    path = suite / "told_1.yaml"
    path.write_text(path.read_text().replace("status: present", "status: absent", 1))
    (tmp_path / "profiles").mkdir()
    for name in ("one", "two"):
        (tmp_path / "profiles" / f"{name}.yaml").write_text(PROFILE)
    settings = load_settings(home=tmp_path / "home", profile="one", profiles_dir=tmp_path / "profiles")
    run(str(suite), settings, profiles=("one", "two"), out=tmp_path / "out")
    page = visit(tmp_path / "out" / "report.html")
    page.select_option("#state", "fail")
    assert rows(page) == ["told_1 main"]
    first = page.locator("#detail [data-voice=one]")
    expect(first).to_contain_text("Pneumothorax: expected absent, got present")
    expect(first.locator("h3", has_text="Critical results")).to_be_visible()
    assert page.locator("#detail .head img").evaluate("image => image.naturalWidth") > 100
    cite = first.locator(".cite").first
    cite.click()
    expect(first.locator(".cited")).to_have_count(1)
    assert json.loads((tmp_path / "out" / "results.json").read_text())["compared"][0]["p"] == 1.0
