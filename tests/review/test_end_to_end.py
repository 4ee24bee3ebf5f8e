"""A whole reading by the keyboard alone: from the worklist to the addendum, with nothing lost by a reload."""

import pytest
from playwright.sync_api import Page, expect

from tests.review.conftest import Visits
from tests.review.stage import Stage
from tests.review.test_accessibility import violations

pytestmark = pytest.mark.browser
FOCUSED = "(wanted) => !!document.activeElement?.matches(wanted)"
MOST_TABS = 250


def reach(page: Page, wanted: str, key: str = "Tab") -> None:
    """Press a key until what is wanted has the focus, as somebody without a mouse does."""
    for _ in range(MOST_TABS):
        if page.evaluate(FOCUSED, wanted):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{wanted} is not reached by {key}")


def write(page: Page, wanted: str, words: str) -> None:
    reach(page, wanted)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(words)


def acknowledge_all(page: Page) -> int:
    """Write down for each open critical result who was told."""
    count = page.locator("[data-alert][data-state=open]").count()
    for left in range(count, 0, -1):
        page.keyboard.press("c")
        page.keyboard.type("Dr Ward")
        page.keyboard.press("Tab")
        page.keyboard.press("b")  # by phone
        reach(page, "[data-tell] [name=read_back]")
        page.keyboard.press("Space")
        write(page, "[data-tell] [name=by]", "Dr Keys")
        page.keyboard.press("Enter")
        expect(page.locator("[data-alert][data-state=open]")).to_have_count(left - 1)
        page.keyboard.press("Escape")
    return count


def accept_what_waits(page: Page) -> None:
    """Go down the sentences and accept each that waits for a decision and has none."""
    undecided = (
        ".sentence:not([data-waits=no]):not(.follows):not([data-decision=edit]):not([data-decision=accept]) .say"
    )
    for _ in range(2 * page.locator(".say").count()):
        if not page.locator(undecided).count():
            return
        page.keyboard.press("a" if page.evaluate(FOCUSED, undecided) else "ArrowDown")


def confirm(page: Page, name: str) -> None:
    """Sign in the dialog: its text has the focus, then come the meanings and what is typed."""
    expect(page.locator("#signing[open] [data-text]")).to_be_focused()
    assert violations(page) == []
    reach(page, "#signing input[name=meaning]")
    page.keyboard.press("Space")
    write(page, "#signing [data-secret] input", name)
    page.keyboard.press("Enter")


def test_a_case_is_read_edited_told_signed_and_added_to_without_a_mouse(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit()
    page.keyboard.press("/")
    page.keyboard.type(file.case_id)
    expect(page.locator("tr[data-case]")).to_have_count(1)
    reach(page, f"tr[data-case='{file.case_id}'] a.open")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"article[data-case='{file.case_id}'] [data-pane=main][data-ready=yes]")
    before = page.locator("[data-readout]").first.inner_text()
    page.keyboard.press("}")
    page.keyboard.press("]")
    expect(page.locator("[data-readout]").first).not_to_have_text(before)
    assert acknowledge_all(page) > 0

    reach(page, ".sentence .say", "ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".sentence .rests:visible").first).to_be_visible()
    page.keyboard.press("Escape")
    for _ in range(30):
        if "pneumothorax" in page.evaluate("() => document.activeElement.textContent.toLowerCase()"):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("e")
    write(page, ".sentence [data-field=text]", "Large left pneumothorax.")
    write(page, ".sentence [data-field=reason]", "size matters")
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.keyboard.type("Fracture")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("l")
    page.keyboard.press("Enter")
    expect(page.locator("[data-added]")).to_contain_text("Fracture: present, left")
    expect(page.locator("#decision [data-kept]")).to_contain_text("Kept")
    page.reload()
    page.wait_for_selector(f"article[data-case='{file.case_id}'] [data-pane=main][data-ready=yes]")
    expect(page.locator(".sentence[data-decision=edit] [data-field=text]")).to_have_value("Large left pneumothorax.")
    expect(page.locator("[data-added]")).to_contain_text("Fracture: present, left")

    accept_what_waits(page)
    write(page, "#reviewer", "Dr Keys")
    expect(page.locator("[data-why]")).to_have_text("")
    page.keyboard.press("Enter")
    confirm(page, "Dr Keys")
    page.wait_for_selector("article[data-status=signed]")
    expect(page.locator(".final", has_text="Large left pneumothorax.").first).to_be_visible()
    assert violations(page) == []

    reach(page, "#following summary")
    page.keyboard.press("Enter")
    write(page, "[data-follow=addition] [name=addition]", "Told the ward by phone.")
    write(page, "[data-follow=addition] [name=signer]", "Dr Keys")
    reach(page, "[data-follow=addition] [type=submit]")
    page.keyboard.press("Enter")
    confirm(page, "Dr Keys")
    expect(page.locator(".banner")).to_contain_text("WITH AN ADDENDUM, VERSION 2")
    signed = stage.room.file(file.case_id)
    assert [version.status for version in signed.versions] == ["final", "appended"]
    assert all(alert.acknowledged for alert in signed.alerts)
