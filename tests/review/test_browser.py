"""The page driven in headless Chromium, over the real room and the real graph."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from overread.testing.phantoms import sample_recipe, write_study
from tests.review.conftest import Visits, open_case, row_of, search, sign_in_dialog, tell_nobody
from tests.review.stage import Stage

pytestmark = pytest.mark.browser

YELLOW = "([r, g, b, a]) => a > 200 && r > 200 && g > 190 && b < 160"
INKED = "([r, g, b, a]) => a > 40 && (r > 40 || g > 40 || b > 40)"


def pixels(page: Page, test: str, canvas: int = 1) -> int:
    """Count the pixels of a pane's canvas (0 = radiograph, 1 = overlays) that pass a test."""
    script = """([canvas, test]) => {
        const own = document.querySelectorAll('[data-pane=main] canvas')[canvas];
        const data = own.getContext('2d').getImageData(0, 0, own.width, own.height).data;
        const passes = eval(test);
        let count = 0;
        for (let at = 0; at < data.length; at += 4) count += passes(data.slice(at, at + 4)) ? 1 : 0;
        return count;
    }"""
    found: int = page.evaluate(script, [canvas, test])
    return found


def picture(page: Page) -> str:
    """Give the radiograph as it stands on the screen."""
    shown: str = page.evaluate("() => document.querySelector('[data-pane=main] canvas').toDataURL()")
    return shown


def accept_all(page: Page) -> int:
    """Accept every sentence that waits for a decision, and give their number."""
    buttons = page.locator(".sentence:not([data-waits=no]) [data-act=accept]")
    for place in range(buttons.count()):
        buttons.nth(place).click()
    return buttons.count()


def test_a_case_is_read_decided_and_signed_from_the_worklist(stage: Stage, visit: Visits) -> None:
    file = stage.case(priority="urgent")
    page = visit()
    search(page, file.case_id)
    row = page.locator(row_of(file.case_id))
    expect(row).to_contain_text("urgent")
    expect(row).to_contain_text("category 1, tell within minutes")
    expect(row).to_contain_text("Awaiting review")
    open_case(page, file.case_id)
    expect(page.locator(".safety")).to_contain_text("PATIENT, ")
    expect(page.locator(".banner")).to_contain_text("AI DRAFT – NOT SIGNED")
    expect(page.locator(".banner")).to_contain_text("SYNTHETIC PHANTOM")
    expect(page.locator(".alerts")).to_contain_text("CRITICAL RESULT")
    expect(page.locator(".conflicts")).to_contain_text("left according to report")
    expect(page.locator(".support")).to_contain_text("retrieval (error)")
    expect(page.locator("#sign")).to_be_disabled()

    total = accept_all(page)
    assert file.draft is not None
    assert total == sum(statement.needs_decision for statement in file.draft.statements)
    assert total < len(file.draft.statements)
    expect(page.locator("[data-count]")).to_have_text(f"{total} of {total} decided")
    expect(page.locator("#sign")).to_be_disabled()
    edited = page.locator(".sentence", has_text="pneumothorax").first
    edited.locator("[data-act=edit]").click()
    edited.locator("[data-field=text]").fill("Large left pneumothorax.")
    expect(page.locator("[data-why]")).to_contain_text("1 without a reason")
    edited.locator("[data-field=reason]").fill("size matters")
    page.fill("#reviewer", "Dr Reader")
    expect(page.locator("[data-why]")).to_contain_text("1 critical result told to nobody")
    expect(page.locator("#sign")).to_be_disabled()
    tell_nobody(page)
    page.click("#sign")
    expect(page.locator("[data-summary]")).to_contain_text("1 edited")
    sign_in_dialog(page)
    page.wait_for_selector("article[data-status=signed]")
    expect(page.locator(".banner")).to_contain_text("by Dr Reader")
    expect(page.locator(".final", has_text="Large left pneumothorax.").first).to_be_visible()
    assert page.locator("[data-act]").count() == 0
    assert page.locator("#sign").count() == 0

    signed = stage.room.file(file.case_id)
    assert signed.status == "signed"
    assert signed.final is not None
    assert signed.final.draft_digest == file.draft_digest
    texts = [item.text for items in signed.final.sections.values() for item in items]
    assert "Large left pneumothorax." in texts


def test_overlays_are_drawn_and_hidden_while_the_key_is_held(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case().case_id)
    drawn = pixels(page, INKED)
    assert drawn > 500
    page.keyboard.down("h")
    assert pixels(page, INKED) == 0
    page.keyboard.up("h")
    assert pixels(page, INKED) == drawn
    page.locator("[data-layer]").first.uncheck()
    assert 0 < pixels(page, INKED) < drawn


def test_a_sentence_lights_what_it_rests_on_and_evidence_lights_its_sentences(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case().case_id)
    assert pixels(page, YELLOW) == 0
    sentence = page.locator(".sentence", has_text="pneumothorax").first
    sentence.locator(".say").click()
    expect(sentence.locator(".rests")).to_be_visible()
    expect(sentence.locator(".rests")).to_contain_text("Box around Pneumothorax")
    assert pixels(page, YELLOW) > 100
    page.keyboard.press("Escape")
    assert pixels(page, YELLOW) == 0
    page.click("#tab-evidence")
    page.locator("#panel-evidence .show", has_text="Box around Pneumothorax").click()
    expect(sentence).to_have_class(re.compile("lit"))
    assert pixels(page, YELLOW) > 100


def test_window_invert_and_zoom_change_the_pixels_and_reset_brings_them_back(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case().case_id)
    seen = [picture(page)]
    page.click("[data-do=invert]")
    seen.append(picture(page))
    pane = page.locator("[data-pane=main]").bounding_box()
    assert pane is not None
    middle = (pane["x"] + pane["width"] / 2, pane["y"] + pane["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 60, middle[1] + 60, steps=4)
    page.mouse.up()
    expect(page.locator("[data-readout]")).to_contain_text("W 3277 L 2540")
    seen.append(picture(page))
    page.mouse.wheel(0, -400)
    expect(page.locator("[data-readout]")).not_to_contain_text("NaN")
    seen.append(picture(page))
    assert len(set(seen)) == 4
    page.click("[data-do=reset]")
    assert picture(page) == seen[0]


def test_the_prior_stands_beside_it_with_its_own_date(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case().case_id)
    page.locator("select[data-do=beside]").select_option(index=1)
    page.wait_for_selector("[data-pane=prior][data-ready=yes]")
    expect(page.locator("[data-pane=prior] .caption")).to_contain_text("PRIOR")
    expect(page.locator("[data-pane=prior] .caption")).to_contain_text("2024-")


def test_the_keyboard_alone_decides_and_signs(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    page.keyboard.press("ArrowDown")
    assert file.draft is not None
    for _ in file.draft.statements[1:]:
        page.keyboard.press("a")
    page.keyboard.press("r")
    page.keyboard.type("not needed")
    page.focus(".say")
    page.keyboard.press("c")
    page.keyboard.type("Dr Ward")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.focus("[name=by]")
    page.keyboard.type("Dr Keys")
    page.keyboard.press("Enter")
    expect(page.locator("[data-alert]")).to_contain_text("Dr Ward was told by phone")
    page.keyboard.press("z")
    page.keyboard.type("Dr Keys")
    page.keyboard.press("Enter")
    expect(page.locator("#signing [data-text]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Dr Keys")
    page.keyboard.press("Enter")
    page.wait_for_selector("article[data-status=signed]")
    expect(page.locator("#notice")).to_be_focused()
    expect(page.locator("#notice")).to_contain_text("Signed.")
    review = stage.room.file(file.case_id).review
    assert review is not None
    assert [item.action for item in review.statements].count("reject") == 1


def test_a_rejected_draft_needs_a_reason_and_ends_read_only(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    page.fill("#reviewer", "Dr No")
    page.click("#refuse")
    page.click("#confirm")
    expect(page.locator("#notice")).to_contain_text("Say why")
    page.fill("#comment", "wrong study")
    page.click("#confirm")
    page.wait_for_selector("article[data-status=rejected]")
    expect(page.locator(".report")).to_contain_text("wrong study")
    assert stage.room.file(file.case_id).status == "rejected"


def test_a_draft_that_was_decided_elsewhere_is_said_to_be_stale_and_nothing_is_lost(
    stage: Stage, visit: Visits
) -> None:
    file = stage.case()
    slow, fast = visit(file.case_id), visit(file.case_id)
    for page, name in ((fast, "Dr Fast"), (slow, "Dr Slow")):
        accept_all(page)
        tell_nobody(page)
        page.fill("#reviewer", name)
        page.click("#sign")
        expect(page.locator("#signing [data-text]")).not_to_be_empty()
    sign_in_dialog(fast)
    fast.wait_for_selector("article[data-status=signed]")
    sign_in_dialog(slow)
    expect(slow.locator("#notice.stale")).to_contain_text("Not done")
    assert slow.locator(".sentence[data-decision=accept]").count() > 0
    final = stage.room.file(file.case_id).final
    assert final is not None
    assert final.signed_by == "Dr Fast"


def test_two_sessions_with_two_cases_never_mix(stage: Stage, visit: Visits) -> None:
    one, two = stage.case(name="ALPHA^ONE"), stage.case(name="BETA^TWO")
    first, second = visit(one.case_id), visit(two.case_id)
    expect(first.locator(".safety")).to_contain_text("ALPHA, ONE")
    expect(second.locator(".safety")).to_contain_text("BETA, TWO")
    assert "BETA" not in first.content()
    assert "ALPHA" not in second.content()
    accept_all(first)
    tell_nobody(first)
    first.fill("#reviewer", "Dr One")
    first.click("#sign")
    sign_in_dialog(first)
    first.wait_for_selector("article[data-status=signed]")
    assert stage.room.file(one.case_id).status == "signed"
    assert stage.room.file(two.case_id).status == "awaiting_review"
    expect(second.locator(".banner")).to_contain_text("NOT SIGNED")


def test_refused_and_waiting_cases_stand_in_the_list_and_filters_say_what_they_hide(
    stage: Stage, visit: Visits
) -> None:
    waiting = stage.case(read=False)
    page = visit()
    search(page, waiting.case_id)
    row = page.locator(row_of(waiting.case_id))
    expect(row).to_contain_text("Waiting to be read")
    page.check("#flagged")
    expect(row).to_be_hidden()
    expect(page.locator("#shown")).to_contain_text("hidden by the filter")
    page.uncheck("#flagged")
    row.click()
    expect(page.locator(".banner")).to_contain_text("WAITING TO BE READ")
    assert page.locator("#sign").count() == 0


def test_no_patient_is_named_in_addresses_title_or_browser_storage(stage: Stage, visit: Visits) -> None:
    file = stage.case(name="CANARYNAME^ZOE")
    page = visit(file.case_id)
    expect(page.locator(".safety")).to_contain_text("CANARYNAME")
    kept = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    shown = [*visit.requests, page.title(), page.url, kept]
    for word in ("CANARYNAME", "PHANTOM-0101", file.case.study.uid, "token="):
        assert not [text for text in shown if word in text and "/enter?token=" not in text], word
    assert page.url == f"{stage.address}/?case={file.case_id}"


def test_a_new_case_is_added_from_the_page_and_read_in_the_background(
    stage: Stage, visit: Visits, tmp_path: Path
) -> None:
    [study] = write_study(tmp_path, sample_recipe(7, view="PA"), size=256, AccessionNumber="NEW-1")
    page = visit()
    page.click("#add")
    page.set_input_files("#files", study)
    page.fill("#accession", "NEW-1")
    page.click("#adding button[type=submit]")
    page.wait_for_selector("article.case")
    expect(page.locator(".safety")).to_contain_text("NEW-1")
    page.wait_for_selector("article[data-status=awaiting_review]")
    assert list((stage.room.home.root / "incoming").iterdir()) == []


def test_a_file_that_is_no_study_is_refused_with_its_reason(stage: Stage, visit: Visits, tmp_path: Path) -> None:
    text = tmp_path / "letter.dcm"
    text.write_text("Dear colleague")
    page = visit()
    page.click("#add")
    page.set_input_files("#files", text)
    page.click("#adding button[type=submit]")
    expect(page.locator("#progress")).to_contain_text("Refused")
    assert list((stage.room.home.root / "incoming").iterdir()) == []


def test_the_address_names_the_case_through_reload_back_and_forward(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    page.reload()
    expect(page.locator(f"article[data-case='{file.case_id}']")).to_be_visible()
    page.click("#back")
    page.wait_for_selector("section.worklist")
    assert page.url == stage.address + "/"
    page.go_back()
    expect(page.locator(f"article[data-case='{file.case_id}']")).to_be_visible()
    page.go_forward()
    expect(page.locator("section.worklist")).to_be_visible()
