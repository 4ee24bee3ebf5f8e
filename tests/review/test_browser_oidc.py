"""Signing in at a provider, unlocking in another tab, and signing out at both, in headless Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.needs import require
from tests.review.stage import Stage

require("oidc")

from tests.review.test_oidc import Ward, open_ward

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")  # before the browser: the page cannot be made beside its event loop
def ward(stage: Stage) -> Iterator[Ward]:
    with open_ward(stage) as opened:
        opened.op.asks = True
        yield opened


def test_a_page_is_unlocked_in_another_tab_and_then_as_it_was_left(ward: Ward, chromium: Browser) -> None:
    file = ward.stage.case()
    context = chromium.new_context()
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{ward.address}/?case={file.case_id}")
    page.get_by_role("link", name="Sign in with 127.0.0.1").click()
    page.get_by_role("link", name="Yes, it is me").click()
    page.wait_for_selector(f"article[data-case='{file.case_id}'] [data-pane=main][data-ready=yes]")
    assert "code=" not in page.url
    expect(page.locator("header #signed-in")).to_contain_text("Signed in as Dr Vera (signer)")
    page.evaluate("() => { window.left = 'as it was'; }")

    page.get_by_role("button", name="Lock").click()
    expect(page.get_by_role("dialog")).to_contain_text("Locked")
    expect(page.locator("#curtain input")).to_have_count(0)
    with context.expect_page() as opened:
        page.get_by_role("link", name="Unlock").click()
    opened.value.get_by_role("link", name="Yes, it is me").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("() => window.left") == "as it was"

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in?out=yes")
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    assert ward.op.seen[-1][0] == "/logout"
    assert page.evaluate("() => fetch('/session').then((answer) => answer.status)") == 401
    context.close()
