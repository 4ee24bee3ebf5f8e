"""axe-core finds nothing on any view of the page (WCAG 2.2 A and AA, and its best practices)."""

from collections.abc import Callable, Sequence
from importlib.resources import files

import pytest
from playwright.sync_api import Page

from tests.review.conftest import Visits
from tests.review.stage import Stage

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
View = Callable[[Page], None]


COLOURS = ("color-contrast", "link-in-text-block")
"""Rules that another theme can break; all others look at the same page."""


def violations(page: Page, rules: Sequence[str] = (), within: str = "html") -> list[str]:
    """Look at what stands within a selector, by all rules or only those named."""
    page.evaluate(AXE)
    only = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    run = "([within, only]) => axe.run(within, only).then((result) => result.violations)"
    found = page.evaluate(run, [within, only])
    return [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:200]}" for one in found]


THEMES = pytest.mark.parametrize(("theme", "rules"), [("dark", ()), ("light", COLOURS)], ids=["dark", "light"])


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


VIEWS: dict[str, tuple[View, str]] = {
    "as opened": (lambda page: None, "html"),
    **{name: (_tab(name), f"#panel-{name}") for name in ("evidence", "ask", "limits", "why")},
    "deciding": (_deciding, ".case .report"),
    "prior": (_prior, ".case .viewing"),
    "keys": (lambda page: page.click("#keys"), "#help"),
}
"""What is done, and where it changes the page; the whole is looked at as it was opened."""


@THEMES
@pytest.mark.browser
def test_the_worklist_has_no_violation(stage: Stage, visit: Visits, theme: str, rules: Sequence[str]) -> None:
    stage.case()
    assert violations(_in(theme, visit()), rules) == []


@THEMES
@pytest.mark.browser
def test_a_case_has_no_violation(stage: Stage, visit: Visits, theme: str, rules: Sequence[str]) -> None:
    page = _in(theme, visit(stage.case().case_id))
    found = {}
    for name, (look, within) in VIEWS.items():  # the dialog of the keys is the last: it lies over the rest
        look(page)
        found[name] = violations(page, rules, within)
    assert not any(found.values()), found


@THEMES
@pytest.mark.browser
def test_a_signed_case_has_no_violation(stage: Stage, visit: Visits, theme: str, rules: Sequence[str]) -> None:
    from tests.graphs.rooms import sign_all

    file = stage.case()
    stage.room.decide(file.case_id, sign_all(file))
    assert violations(_in(theme, visit(file.case_id)), rules) == []
