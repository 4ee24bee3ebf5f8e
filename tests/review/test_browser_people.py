"""Signing in, a locked page and signing out, in headless Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.review.people import SECRET, Clinic, open_clinic
from tests.review.stage import Stage

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")  # before the browser: the page cannot be made beside its event loop
def clinic(stage: Stage) -> Iterator[Clinic]:
    with open_clinic(stage) as opened:
        yield opened


def sign_in(page: Page, password: str) -> None:
    page.fill("#name", "signer")
    page.fill("#password", password)
    page.keyboard.press("Enter")


def test_a_locked_page_is_blank_and_then_as_it_was_left(clinic: Clinic, chromium: Browser) -> None:
    file = clinic.stage.case()
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{clinic.address}/?case={file.case_id}")
    sign_in(page, "wrong password")
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    sign_in(page, SECRET)
    page.wait_for_selector(f"article[data-case='{file.case_id}'] [data-pane=main][data-ready=yes]")
    expect(page.locator("header #signed-in")).to_contain_text("Signed in as Dr Signer (signer)")
    shown = page.inner_text("article")

    page.get_by_role("button", name="Lock").click()
    expect(page.get_by_role("dialog")).to_contain_text("Locked")
    expect(page.locator(".safety .name")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_visible()
    for path in ("/config", f"/picture/{file.case_id}/0"):
        assert page.evaluate("(path) => fetch(path).then((answer) => answer.status)", path) == 401
    page.fill("#curtain-password", "wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Name or password is wrong.")
    page.fill("#curtain-password", SECRET)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".safety .name")).to_be_visible()
    assert page.inner_text("article") == shown

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_selector("#password")
    assert page.evaluate("() => fetch('/session').then((answer) => answer.status)") == 401
    context.close()
