"""Light and dark: chosen in the browser, kept there as a word, and every colour named in one file."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.review.conftest import Visits, open_case
from tests.review.stage import Stage

REVIEW = Path(str(files("overread.review")))
LITERAL = re.compile(
    r"(?<!&)#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b(?!\s*\{)|\b(?:rgba?|hsla?|oklch)\(", re.IGNORECASE
)
NAMED = re.compile(r":\s*(?:white|black|red|green|blue|yellow|orange|gr[ae]y)\b")
PALETTE = "palette.css"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def test_no_colour_is_named_outside_the_palettes() -> None:
    sheets = [path for path in sorted((REVIEW / "static").glob("*.css")) if path.name != PALETTE]
    for path in [*sheets, *sorted((REVIEW / "templates").glob("*.jinja"))]:
        text = re.sub(r"#overread\b|#[a-z-]{5,}\b", "", path.read_text(encoding="utf-8"))
        assert not LITERAL.findall(text), path.name
        assert not NAMED.findall(text), path.name


def test_both_palettes_name_the_same_colours() -> None:
    text = (REVIEW / "static" / PALETTE).read_text(encoding="utf-8")
    dark, light, both, paper = (
        set(re.findall(r"(--[\w-]+):", block)) for block in re.findall(r":root[^{]*\{([^}]*)\}", text)
    )
    assert dark == light
    assert not both & dark
    used = {
        name for path in (REVIEW / "static").glob("*.css") for name in re.findall(r"var\((--[\w-]+)", path.read_text())
    }
    assert used <= dark | both | paper
    assert not paper & both


def test_nothing_moves_for_who_wants_no_motion() -> None:
    text = (REVIEW / "static" / "overread.css").read_text(encoding="utf-8")
    moving = [line for line in text.splitlines() if re.search(r"\b(transition|animation)\s*:", line)]
    assert all("prefers-reduced-motion: no-preference" in line for line in moving)
    assert "forced-colors: active" in text


@pytest.mark.browser
def test_the_choice_is_kept_in_this_browser_as_a_word(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case().case_id)
    html = page.locator("html")
    assert html.get_attribute("data-theme") == "dark"
    surround = "getComputedStyle(document.querySelector('.pane')).backgroundColor"
    ground = "getComputedStyle(document.querySelector('#overread')).backgroundColor"
    dark = page.evaluate(ground)
    page.keyboard.press("w")
    assert html.get_attribute("data-theme") == "light"
    assert page.evaluate(ground) != dark
    assert page.evaluate(surround) == "rgb(0, 0, 0)"
    page.reload()
    page.wait_for_selector("[data-pane=main][data-ready=yes]")
    assert html.get_attribute("data-theme") == "light"
    assert page.evaluate("localStorage.getItem('overread.theme')") == "light"
    page.click("#back")
    button = page.locator("section.worklist, .topbar").locator("[data-choose-theme]")
    button.click()
    assert button.inner_text().split()[-1] == "System"
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        expect(html).to_have_attribute("data-theme", scheme)
    button.click()
    assert html.get_attribute("data-choice") == "dark"


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 1600, 3840])
def test_no_label_of_the_findings_is_cut(stage: Stage, visit: Visits, width: int) -> None:
    page = visit(stage.case().case_id)
    page.set_viewport_size({"width": width, "height": width * 9 // 16})
    page.locator("tbody.fold button").first.click()
    cut = page.evaluate(
        "[...document.querySelectorAll('tr.finding > th')].filter((th) => th.scrollWidth > th.clientWidth + 1).length"
    )
    assert cut == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


WIDTHS = [(1024, 768), (1280, 720), (1400, 900), (1920, 1080)]
SPLIT = """() => [...document.querySelectorAll('tr.finding button.row')].filter((row) => {
  const text = row.firstChild, words = [...text.data.matchAll(/\\S+/g)];
  return words.some((word) => {
    const range = document.createRange();
    range.setStart(text, word.index); range.setEnd(text, word.index + word[0].length);
    return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1;
  });
}).map((row) => row.textContent)"""
"""Names of findings of which a word is on two lines."""


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_no_word_of_a_finding_is_on_two_lines(
    stage: Stage, visit: Visits, width: int, height: int, language: str
) -> None:
    page = visit(stage.case().case_id)
    page.set_viewport_size({"width": width, "height": height})
    page.locator("[data-choose-language]").first.select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.locator("tbody.fold button").first.click()
    assert page.evaluate(SPLIT) == []
    cut = "[...document.querySelectorAll('tr.finding > td')].filter((td) => td.scrollWidth > td.clientWidth + 1).length"
    assert page.evaluate(cut) == 0


@pytest.mark.browser
def test_a_picture_and_what_stands_below_it_never_lie_over_each_other(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case().case_id)
    page.set_viewport_size({"width": 1400, "height": 760})
    page.locator(".tell summary").first.click()
    page.check("[data-do=heat]")
    pane, layers = (page.locator(part).bounding_box() for part in ("[data-pane=main]", ".viewing .layers"))
    assert pane is not None
    assert layers is not None
    assert pane["height"] >= 300
    assert pane["y"] + pane["height"] <= layers["y"] + 1


@pytest.mark.browser
def test_words_for_a_screen_reader_do_not_lengthen_the_page(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case().case_id)
    below = """() => {
      const whole = document.querySelector("#overread");
      return whole.scrollHeight - whole.scrollTop - document.querySelector(".reading").getBoundingClientRect().bottom;
    }"""
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        page.locator("tbody.fold button").first.click()
        assert page.evaluate(below) <= 1, (width, height)


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1024])
def test_a_narrow_page_is_not_cut_at_the_right_and_its_list_can_be_read(
    stage: Stage, visit: Visits, width: int
) -> None:
    case = stage.case().case_id
    page = visit()
    page.set_viewport_size({"width": width, "height": 800})
    wide = "document.querySelector('#overread').scrollWidth <= innerWidth"
    assert page.evaluate(wide)
    narrowest = "Math.min(...[...document.querySelectorAll('.cases td.alerted')].map((cell) => cell.clientWidth))"
    assert page.evaluate(narrowest) >= 120
    open_case(page, case)
    assert page.evaluate(wide)


@pytest.mark.browser
def test_a_list_to_choose_from_looks_like_one_and_a_hint_is_not_taken_for_an_answer(
    stage: Stage, visit: Visits
) -> None:
    page = visit(stage.case().case_id)
    assert page.locator("#role").evaluate("(one) => getComputedStyle(one).appearance") == "auto"
    hint, answer = (
        page.locator("#reviewer").evaluate(f"(one) => getComputedStyle(one{part}).color")
        for part in (", '::placeholder'", "")
    )
    assert hint != answer
