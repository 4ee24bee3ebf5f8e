"""The dialog of the signature in headless Chromium: by keyboard, with nothing behind it reachable, and what follows."""

import pytest
from playwright.sync_api import Page, expect

from tests.graphs.rooms import sign_all
from tests.review.conftest import Visits, sign_in_dialog, tell_nobody
from tests.review.stage import Stage
from tests.review.test_accessibility import violations
from tests.review.test_browser import accept_all

pytestmark = pytest.mark.browser


def ready(page: Page, name: str = "Dr A") -> None:
    accept_all(page)
    tell_nobody(page)
    page.fill("#reviewer", name)


def test_the_dialog_shows_what_is_signed_and_escape_leaves_all_as_it_was(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    ready(page)
    page.locator(".sentence", has_text="pneumothorax").first.locator("[data-act=edit]").click()
    edited = page.locator(".sentence[data-decision=edit]")
    edited.locator("[data-field=text]").fill("Large left pneumothorax.")
    edited.locator("[data-field=reason]").fill("size")
    page.click("#sign")
    dialog = page.locator("#signing[open]")
    expect(dialog.locator("[data-text]")).to_contain_text("Large left pneumothorax.")
    expect(dialog.locator("[data-text]")).to_be_focused()
    expect(dialog.locator("[data-summary]")).to_contain_text("1 edited")
    assert violations(page) == []
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "() => document.activeElement === document.body || !!document.activeElement.closest('#signing')"
        )
    page.click("#confirm-signature")
    expect(dialog.locator("[data-wrong]")).to_contain_text("what your signature means")
    dialog.locator("input[data-meaning=approval]").check()
    dialog.locator("[data-secret] input").fill("Somebody Else")
    page.click("#confirm-signature")
    expect(dialog.locator("[data-wrong]")).to_contain_text("type your name")
    page.keyboard.press("Escape")
    expect(page.locator("#signing[open]")).to_have_count(0)
    assert edited.count() == 1
    assert stage.room.file(file.case_id).status == "awaiting_review"
    page.click("#sign")
    sign_in_dialog(page, "approval")
    page.wait_for_selector("article[data-status=signed]")
    expect(page.locator("section.report .signature")).to_contain_text("approve it as the responsible physician")


def test_a_preliminary_report_is_shown_as_such_and_made_final(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    ready(page, "Dr Junior")
    page.click("#sign")
    sign_in_dialog(page, "preliminary")
    expect(page.locator(".banner")).to_contain_text("PRELIMINARY REPORT – NOT FINAL")
    expect(page.locator(".preliminary")).to_contain_text("Dr Junior")
    assert violations(page) == []
    page.click("#back")
    expect(page.locator(f"tr[data-case='{file.case_id}']")).to_contain_text("Preliminary report, by Dr Junior")


def test_of_two_who_sign_as_preliminary_at_once_the_second_is_told_who_was_first(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    ready(page, "Dr Second")
    stage.room.sign_preliminary(file.case_id, sign_all(file, reviewer="Dr First"))
    page.click("#sign")
    sign_in_dialog(page, "preliminary")
    expect(page.locator("#overread")).to_contain_text("Dr First signed version 1 of this report at")
    assert [version.signed_by for version in stage.room.file(file.case_id).versions] == ["Dr First"]
    page.goto(page.url)
    expect(page.locator(".preliminary")).to_contain_text("Dr First")


def test_an_addendum_and_an_amendment_are_signed_from_the_page(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    stage.room.decide(file.case_id, sign_all(file))
    page = visit(file.case_id)
    page.locator("#following summary").first.click()
    adding = page.locator("[data-follow=addition]")
    adding.locator("[name=addition]").fill("Told the ward.")
    adding.locator("[name=signer]").fill("Dr B")
    assert violations(page) == []
    adding.locator("[type=submit]").click()
    expect(page.locator("#signing [data-text]")).to_contain_text("Told the ward.")
    sign_in_dialog(page)
    expect(page.locator(".banner")).to_contain_text("WITH AN ADDENDUM, VERSION 2")
    page.locator("#following summary").nth(1).click()
    amending = page.locator("[data-follow=words]")
    amending.locator("textarea").first.fill("Put right.")
    amending.locator("[name=signer]").fill("Dr C")
    amending.locator("[type=submit]").click()
    expect(page.locator("#notice")).to_contain_text("Say why")
    amending.locator("[name=reason]").fill("wrong side")
    amending.locator("[type=submit]").click()
    sign_in_dialog(page, "approval")
    expect(page.locator(".banner")).to_contain_text("AMENDED, VERSION 3")
    expect(page.locator(".final", has_text="Put right.").first).to_be_visible()
    page.locator("[data-version='1'] summary").click()
    expect(page.locator("[data-version='1'] pre")).not_to_contain_text("Put right.")
    assert violations(page) == []


def test_the_dialog_reads_from_the_top_down_on_a_small_screen(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case().case_id)
    page.set_viewport_size({"width": 1280, "height": 800})
    ready(page)
    page.click("#sign")
    parts = ("[data-title]", "[data-text]", "fieldset", "[data-secret]", "#confirm-signature")
    boxes = [page.locator(f"#signing[open] {part}").bounding_box() for part in parts]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == len(parts)
    assert tops == sorted(tops)
    text = boxes[1]
    assert text is not None
    assert text["width"] > 600
