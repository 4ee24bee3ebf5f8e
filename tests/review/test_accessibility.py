"""axe-core finds nothing on any view of the page (WCAG 2.2 A and AA, and its best practices)."""

from collections.abc import Callable
from importlib.resources import files

import pytest
from playwright.sync_api import Page

from tests.review.conftest import Visits
from tests.review.stage import Stage

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
View = Callable[[Page], None]


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run(document).then((result) => result.violations)")
    return [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:200]}" for one in found]


THEMES = pytest.mark.parametrize("theme", ["dark", "light"])


def _in(theme: str, page: Page) -> Page:
    page.evaluate("(theme) => document.documentElement.dataset.theme = theme", theme)
    return page


def _tab(name: str) -> View:
    return lambda page: page.click(f"#tab-{name}")


def _deciding(page: Page) -> None:
    page.locator("[data-act=edit]").first.click()


def _prior(page: Page) -> None:
    page.locator("select[data-do=beside]").select_option(index=1)
    page.wait_for_selector("[data-pane=prior][data-ready=yes]")


VIEWS: dict[str, View] = {
    "as opened": lambda page: None,
    "evidence": _tab("evidence"),
    "ask": _tab("ask"),
    "limits": _tab("limits"),
    "why": _tab("why"),
    "deciding": _deciding,
    "prior": _prior,
    "keys": lambda page: page.click("#keys"),
}


@THEMES
@pytest.mark.browser
def test_the_worklist_has_no_violation(stage: Stage, visit: Visits, theme: str) -> None:
    stage.case()
    assert violations(_in(theme, visit())) == []


@THEMES
@pytest.mark.browser
def test_a_case_has_no_violation(stage: Stage, visit: Visits, theme: str) -> None:
    page = _in(theme, visit(stage.case().case_id))
    found = {}
    for name, look in VIEWS.items():  # the dialog of the keys is the last: it lies over the rest
        look(page)
        found[name] = violations(page)
    assert not any(found.values()), found


@THEMES
@pytest.mark.browser
def test_a_signed_case_has_no_violation(stage: Stage, visit: Visits, theme: str) -> None:
    from tests.graphs.rooms import sign_all

    file = stage.case()
    stage.room.decide(file.case_id, sign_all(file))
    assert violations(_in(theme, visit(file.case_id))) == []
