"""Findings decided in their table, changes tracked while they are made, and nothing lost by a reload."""

import pytest
from playwright.sync_api import Page, expect

from overread.records import CaseFile
from tests.review.conftest import Visits, sign_in_dialog, tell_nobody
from tests.review.stage import Stage
from tests.review.test_browser import accept_all

pytestmark = pytest.mark.browser


def row(page: Page, label: str) -> str:
    found: str = page.locator(f"tr.finding[data-label='{label}']").get_attribute("data-finding") or ""
    return f"tr[data-finding='{found}'], tr[data-change='{found}']"


def told(file: CaseFile, section: str) -> list[str]:
    assert file.final is not None
    return [item.text for item in file.final.sections[section]]  # type: ignore[index]


def test_a_finding_is_changed_another_added_and_the_keyboard_does_all_of_it(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    expect(page.locator("[data-count]")).to_contain_text("0 of")
    assert page.locator("[aria-pressed=true][data-find], [aria-pressed=true][data-act]").count() == 0
    page.keyboard.press("g")
    assert page.evaluate("() => document.activeElement.closest('tr.finding') !== null")
    page.locator("tr.finding[data-label='Pneumothorax'] button.row").focus()
    page.keyboard.press("e")
    page.keyboard.press("Tab")
    page.keyboard.press("r")  # the select takes the first option with this letter
    change = page.locator(f"{row(page, 'Pneumothorax')} >> nth=1")
    expect(change.locator("[data-field=laterality]")).to_have_value("right")
    expect(page.locator("[data-why]")).to_contain_text("1 without a reason")
    change.locator("[data-field=reason]").focus()
    page.keyboard.type("the marker is on the wrong side")
    sentences = page.locator("ul[data-section=findings]")
    expect(sentences.locator("li.made")).to_contain_text("There is a right pneumothorax.")
    expect(sentences.locator(".gone del").first).to_contain_text("left pneumothorax")
    expect(page.locator("ul[data-section=impression] li.made")).to_contain_text("Right pneumothorax")
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.keyboard.type("Fracture")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("l")
    page.keyboard.press("Enter")
    expect(page.locator("[data-added]")).to_contain_text("Fracture: present, left")
    expect(sentences).to_contain_text("There is a fracture on the left.")
    page.keyboard.press("Escape")
    for item in file.draft.statements if file.draft else ():
        at = page.locator(f"[data-statement='{item.id}']:not(.follows):not([data-waits=no]) .say")
        if at.count():
            at.focus()
            page.keyboard.press("a")
    tell_nobody(page)
    expect(page.locator("[data-why]")).to_have_text("Cannot be signed yet: no reviewer named.")
    page.focus("#reviewer")
    page.keyboard.type("Dr Keys")
    page.keyboard.press("Enter")
    expect(page.locator("[data-summary]")).to_contain_text("1 finding changed, 1 added")
    expect(page.locator("[data-summary] ins").first).to_be_visible()
    expect(page.locator("#signing [data-text]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Dr Keys")
    page.keyboard.press("Enter")
    page.wait_for_selector("article[data-status=signed]")
    signed = stage.room.file(file.case_id)
    assert "There is a right pneumothorax." in told(signed, "findings")
    assert "There is a fracture on the left." in told(signed, "findings")
    expect(page.locator(".final", has_text="changed by the reviewer").first).to_be_visible()


def test_a_decision_in_the_table_is_that_of_its_sentence(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    mine = page.locator("tr.finding[data-label='Pneumothorax']")
    mine.locator("[data-find=accept]").click()
    sentence = page.locator(f"[data-statement='{mine.get_attribute('data-of')}']")
    expect(sentence).to_have_attribute("data-decision", "accept")
    expect(mine).to_have_attribute("data-decision", "accept")
    sentence.locator("[data-act=reject]").click()
    expect(mine).to_have_attribute("data-decision", "reject")
    mine.locator("[data-find=change]").click()
    expect(sentence).to_have_attribute("data-decision", "")
    expect(mine).to_have_attribute("data-decision", "change")


def test_doubts_are_shown_at_their_sentence_and_block_nothing(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    accept_all(page)
    edited = page.locator(".sentence", has_text="left pneumothorax").first
    edited.locator("[data-act=edit]").click()
    edited.locator("[data-field=text]").fill("There is a right pneumothorax of 3 cm, unchanged.")
    edited.locator("[data-field=reason]").fill("as I see it")
    expect(edited.locator(".note").first).to_contain_text("side")
    notes = " ".join(edited.locator(".note").all_inner_texts())
    assert "measurement" in notes
    assert "earlier study" in notes
    expect(edited.locator(".track ins").first).to_be_visible()
    expect(edited.locator(".track del").first).to_have_text("left")
    page.fill("#reviewer", "Dr Sure")
    tell_nobody(page)
    expect(page.locator("#sign")).to_be_enabled()


def test_a_conflict_is_settled_in_place(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    settle = page.locator(".settle").first
    settle.locator("button").click()
    settle.locator("input").fill("the effusion is right, the report model errs")
    accept_all(page)
    tell_nobody(page)
    page.fill("#reviewer", "Dr A")
    page.click("#sign")
    sign_in_dialog(page)
    page.wait_for_selector("article[data-status=signed]")
    notes = [conflict.resolution_note or "" for conflict in stage.room.file(file.case_id).conflicts]
    assert "Settled by Dr A: the effusion is right, the report model errs" in notes


def test_a_reload_in_the_middle_loses_nothing(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    accept_all(page)
    edited = page.locator(".sentence", has_text="pulmonary edema").first
    edited.locator("[data-act=edit]").click()
    edited.locator("[data-field=text]").fill("No edema at all.")
    page.locator("tr.finding[data-label='Pneumothorax'] [data-find=reject]").click()
    page.click("#add-finding")
    page.fill("#new-finding [data-field=label]", "fracture")
    page.click("[data-add]")
    expect(page.locator("#decision [data-kept]")).to_have_text("Kept on the server.")
    before = page.evaluate("() => document.querySelector('[data-count]').textContent")
    page.reload()
    expect(page.locator("#decision [data-kept]")).to_contain_text("is here again")
    expect(page.locator("[data-count]")).to_have_text(before)
    expect(page.locator(".sentence", has_text="pulmonary edema").first.locator("[data-field=text]")).to_have_value(
        "No edema at all."
    )
    expect(page.locator("tr.finding[data-label='Pneumothorax']")).to_have_attribute("data-decision", "reject")
    expect(page.locator("[data-added]")).to_contain_text("Fracture")


def test_a_reload_right_after_a_change_takes_it_along(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    page.locator("tr.finding [data-find=accept]").first.click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("[data-count]")).to_contain_text("1 of")


def test_a_draft_that_changed_says_so_and_offers_the_old_words(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    kept = {
        "statements": [
            {"statement_id": "s-000000000000", "action": "edit", "text": "My old words.", "reason": "x"},
            {"statement_id": file.draft.statements[0].id if file.draft else "", "action": "accept"},
        ],
        "added": [{"label": "Fracture"}],
    }
    stage.room.home.decision_drafts.keep(file.case_id, "local", "0" * 64, kept)
    page = visit(file.case_id)
    expect(page.locator(".offer")).to_contain_text("The draft changed")
    expect(page.locator(".offer")).to_contain_text("My old words.")
    expect(page.locator("[data-count]")).to_contain_text("0 of")
    page.click(".offer button")
    expect(page.locator("[data-added]")).to_contain_text("Fracture")
    expect(page.locator("[data-count]")).to_contain_text("0 of")


def test_a_drawn_region_goes_with_the_finding(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    page.click("#add-finding")
    page.fill("#new-finding [data-field=label]", "Lung Lesion")
    page.click("#new-finding [data-draw]")
    pane = page.locator("[data-pane=main]").bounding_box()
    assert pane is not None
    for across, down in ((0.4, 0.4), (0.45, 0.47)):
        page.mouse.click(pane["x"] + across * pane["width"], pane["y"] + down * pane["height"])
    expect(page.locator("[data-said]")).to_contain_text("goes with it")
    page.click("[data-add]")
    expect(page.locator("[data-added]")).to_contain_text("drawn")
    expect(page.locator("ul[data-section=findings]")).to_contain_text("There is a lung lesion.")
    expect(page.locator("#decision [data-kept]")).to_have_text("Kept on the server.")
    kept = stage.room.home.decision_drafts.kept(file.case_id, "local")
    assert kept is not None
    place = kept.decisions["added"][0]["place"]
    assert place["picture"] == 0
    assert 5 < place["region"]["width"] < 120


def test_the_report_is_copied_as_plain_text(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("y")
    expect(page.locator("#notice")).to_contain_text("copied")
    text = page.evaluate("() => navigator.clipboard.readText()")
    assert "FINDINGS\nThere is a left pneumothorax." in text
    assert "IMPRESSION" in text


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080)])
def test_the_findings_table_fits_with_one_line_a_finding(stage: Stage, visit: Visits, width: int, height: int) -> None:
    page = visit(stage.case().case_id)
    page.set_viewport_size({"width": width, "height": height})
    page.click("[data-unfold]")
    fits = page.evaluate(
        """() => {
            const box = document.querySelector('.support'), table = box.querySelector('table.findings');
            const rows = [...table.querySelectorAll('tr.finding')].map((row) => row.getBoundingClientRect().height);
            const cells = [...table.querySelectorAll('tr.finding > *')];
            const cut = cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1);
            const inside = table.getBoundingClientRect().right <= box.getBoundingClientRect().right;
            return [inside, Math.max(...rows) < 34, cut.map((cell) => cell.textContent.trim())];
        }"""
    )
    assert fits == [True, True, []]
