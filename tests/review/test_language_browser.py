"""The page in other languages: nothing is left out, nothing is cut, and nobody loses a word by changing the language.

A third language is a .po file and nothing else: here one that puts brackets around every message.
"""

import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from playwright.sync_api import Browser, Page, expect

from overread.review.language import COOKIE, PLACE
from tests.graphs.rooms import sign_all
from tests.review.conftest import open_case, search
from tests.review.stage import Stage, open_stage
from tests.review.test_accessibility import violations

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "translations.py"))
PSEUDO = "qps"
TEXTS = """() => {
  const kept = "[lang=en], [translate=no], script, style, code, kbd, time, [data-readout]";
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (element.closest(kept)) continue;
    const told = ["title", "aria-label", "placeholder"].map((name) => element === node && node.getAttribute(name));
    found.push(...[node.nodeType === Node.TEXT_NODE ? node.nodeValue : null, ...told].filter(Boolean));
  }
  return [...new Set(found)];
}"""
"""Every text of the page that is not said to be of the report, a name or a code; hidden ones too."""
INSIDE = re.compile(r"⟦[^⟦⟧]*⟧")
KEPT = re.compile(
    r"\([^()]*\)|“[^”]*”|c-[0-9a-f]{8,}|\b\d+(?:\.\w+)+|\b(?:Overread|ID|UTC|STAT|PA|LATERAL|min|mm|px|local|EN|DE|QPS)\b"
)
"""What is the same in every language, and what tools put into brackets or quotation marks."""
CUT = """() => [...document.querySelectorAll("#overread :is(button, th, td, label, h2, h3, p, b, span, summary)")]
  .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1
    && getComputedStyle(one).overflowX !== "visible" && !one.matches(".hidden"))
  .map((one) => one.textContent.trim().slice(0, 60))"""


def bracketed(message: str) -> str:
    """Put brackets around each run of text; markup between them stays."""
    runs = re.split(r"(<[^>]*>)", message)
    return "".join(run if run.startswith("<") or not run.strip() else f"⟦{run}⟧" for run in runs)


@pytest.fixture(scope="module")
def speaking_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("catalogues")
    path = folder / PSEUDO / PLACE
    path.parent.mkdir(parents=True)
    catalogue = Catalog()
    for message in SCRIPT["messages"]():
        if message.id:
            many = not isinstance(message.id, str)
            catalogue.add(message.id, tuple(map(bracketed, message.id)) if many else bracketed(message.id))
    with path.open("wb") as file:
        write_po(file, catalogue)
    with open_stage(tmp_path_factory.mktemp("speaking"), {"translations": folder}) as opened:
        yield opened


@pytest.fixture
def visitor(chromium: Browser, speaking_stage: Stage) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(60_000)
    context.add_init_script("localStorage.setItem('overread.tour', 'done')")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(speaking_stage.link())
    page.wait_for_selector("section.worklist")
    yield page
    context.close()
    assert not errors


def speak(page: Page, name: str) -> None:
    page.context.add_cookies([{"name": COOKIE, "value": name, "url": page.url.partition("?")[0]}])
    page.reload()
    page.wait_for_selector("section.worklist, article.case")
    expect(page.locator("html")).to_have_attribute("lang", name)


def bare(page: Page) -> list[str]:
    """Give the texts of the page that have a word outside all brackets."""
    return [text for text in page.evaluate(TEXTS) if re.search(r"[A-Za-z]{2,}", KEPT.sub("", _stripped(text)))]


def _stripped(text: str) -> str:
    while INSIDE.search(text):
        text = INSIDE.sub("", text)
    # A message that an element of the page stands in is of several texts.
    return re.sub(r"⟦[^⟧]*$|^[^⟦]*⟧", "", text)


@pytest.mark.browser
def test_no_english_is_left_in_a_language_that_somebody_added(speaking_stage: Stage, visitor: Page) -> None:
    file = speaking_stage.case()
    speak(visitor, PSEUDO)
    assert bare(visitor) == []
    open_case(visitor, file.case_id)
    expect(visitor.locator("[data-holder]")).not_to_be_empty()
    assert bare(visitor) == []
    visitor.locator("tbody.fold button").first.click()
    visitor.locator("[data-act=edit]").first.click()
    visitor.locator(".sentence [data-field=text]:visible").first.fill("Words of my own.")
    visitor.locator("tr.finding [data-find=change]").first.click()
    visitor.locator("tr.change:visible [data-field=status]").first.select_option("uncertain")
    visitor.click("#add-finding")
    visitor.fill("#new-finding [data-field=label]", "Fracture")
    visitor.click("#new-finding [data-add]")
    visitor.locator("select[data-do=beside]").select_option(index=1)
    visitor.wait_for_selector("[data-pane=prior][data-ready=yes]")
    for do in ("turn", "flip", "ratio"):
        visitor.click(f"[data-do={do}]")
    visitor.click("[data-mode=ruler]")
    visitor.click("#keys")
    expect(visitor.locator("li.made")).not_to_have_count(0)
    assert bare(visitor) == []
    visitor.keyboard.press("Escape")
    _decide_all(visitor)
    visitor.click("#sign")
    expect(visitor.locator("#signing[open] [data-text]")).not_to_be_empty()
    assert bare(visitor) == []


@pytest.mark.browser
def test_no_english_is_left_of_a_signed_case_the_figures_and_the_help(speaking_stage: Stage, visitor: Page) -> None:
    file = speaking_stage.case()
    speaking_stage.room.decide(file.case_id, sign_all(file))
    speak(visitor, PSEUDO)
    open_case(visitor, file.case_id)
    assert bare(visitor) == []
    for address in ("stats?of=phantoms", "help"):
        visitor.goto(f"{speaking_stage.address}/{address}")
        assert bare(visitor) == [], address


def _decide_all(page: Page) -> None:
    for button in page.locator(".sentence:not([data-waits=no]) [data-act=accept]").all():
        button.click()
    for field in page.locator(
        ".words:not([hidden]) [data-field=reason], tr.change:not([hidden]) [data-field=reason]"
    ).all():
        field.fill("seen")
    page.fill("#reviewer", "Dr A")
    for alert in page.locator("[data-alert][data-state=open]").all():
        alert.locator(".tell").evaluate("(one) => (one.open = true)")
        alert.locator("[data-not-told]").fill("nobody is on the ward of a test")
    expect(page.locator("#sign")).to_be_enabled()


@pytest.mark.browser
def test_the_language_is_changed_and_no_typed_word_is_lost(speaking_stage: Stage, visitor: Page) -> None:
    open_case(visitor, speaking_stage.case().case_id)
    first = visitor.locator(".sentence [data-act=edit]").first
    first.click()
    edited = visitor.locator(".sentence [data-field=text]:visible").first
    edited.fill("Words of my own.")
    visitor.locator("[data-alert] summary").first.click()
    visitor.locator("[data-tell] [name=told]").first.fill("Dr Who")
    visitor.locator("[data-tell] [name=read_back][value=yes]").first.check()
    visitor.click("#add-finding")
    visitor.fill("#new-finding [data-field=reason]", "half a word")
    visitor.click("#revise")
    visitor.fill("#comment", "not yet said")
    visitor.click("#tab-ask")
    visitor.fill("#question", "Is there a")
    for name, words in (("de", "Vidieren …"), ("en", "Sign …")):
        visitor.select_option("[data-choose-language]", name)
        expect(visitor.locator("#sign")).to_have_text(words)
        expect(visitor.locator("html")).to_have_attribute("lang", name)
        expect(visitor.locator("#comment")).to_be_visible()
        expect(visitor.locator(".sentence [data-field=text]:visible").first).to_have_value("Words of my own.")
        expect(visitor.locator("[data-tell] [name=told]").first).to_have_value("Dr Who")
        expect(visitor.locator("[data-tell] [name=told]").first).to_be_visible()
        expect(visitor.locator("[data-tell] [name=read_back][value=yes]").first).to_be_checked()
        expect(visitor.locator("#new-finding [data-field=reason]")).to_have_value("half a word")
        expect(visitor.locator("#new-finding")).to_be_visible(visible=visitor.locator("#panel-findings").is_visible())
        expect(visitor.locator("#comment")).to_have_value("not yet said")
        expect(visitor.locator("#question")).to_have_value("Is there a")


@pytest.mark.browser
def test_the_list_changes_its_language_and_keeps_its_search(speaking_stage: Stage, visitor: Page) -> None:
    file = speaking_stage.case(name="MEIER^Eva")
    search(visitor, f"{file.case.order.accession_number}")
    visitor.select_option("[data-choose-language]", "de")
    expect(visitor.locator("h1")).to_contain_text("Arbeitsliste")
    expect(visitor.locator("#find")).to_have_value(f"{file.case.order.accession_number}")
    expect(visitor.locator("tr[data-case]")).to_have_count(1)


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width", "height"), [("dark", 1280, 800), ("light", 1600, 950)])
def test_in_german_nothing_is_cut_and_axe_finds_nothing(
    speaking_stage: Stage, visitor: Page, theme: str, width: int, height: int
) -> None:
    file = speaking_stage.case()
    visitor.set_viewport_size({"width": width, "height": height})
    speak(visitor, "de")
    visitor.evaluate("(theme) => document.documentElement.dataset.theme = theme", theme)
    found = {"list": (visitor.evaluate(CUT), violations(visitor))}
    open_case(visitor, file.case_id)
    visitor.locator("tbody.fold button").first.click()
    visitor.locator("[data-act=edit]").first.click()
    visitor.locator("[data-alert] summary").first.click()
    found["case"] = (visitor.evaluate(CUT), violations(visitor))
    for tab in ("evidence", "ask", "limits", "why"):
        visitor.click(f"#tab-{tab}")
        found[tab] = (visitor.evaluate(CUT), [])
    _decide_all(visitor)
    visitor.click("#sign")
    expect(visitor.locator("#signing[open] [data-text]")).not_to_be_empty()
    found["sign"] = (visitor.evaluate(CUT), violations(visitor))
    assert {name: what for name, what in found.items() if any(what)} == {}
    assert visitor.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_text_to_sign_is_the_same_in_every_language(speaking_stage: Stage) -> None:
    file = speaking_stage.case()
    review = sign_all(file)
    sent = {
        "case_id": file.case_id,
        "draft_digest": file.draft_digest,
        "reviewer": "Dr A",
        "role": "radiologist",
        "statements": [item.model_dump(mode="json", include={"statement_id", "action"}) for item in review.statements],
        "not_told": [item.model_dump(mode="json") for item in review.not_told],
    }
    with speaking_stage.visitor() as client:
        shown = {}
        for name in ("en", "de", PSEUDO):
            client.cookies.set(COOKIE, name)
            shown[name] = client.post("/call/report_to_sign", json=sent).raise_for_status().json()
    assert len({(each["text"], each["digest"]) for each in shown.values()}) == 1
    assert len({each["meanings"][0]["words"] for each in shown.values()}) == 3
