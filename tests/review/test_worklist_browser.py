"""The worklist driven in headless Chromium: alive without a reload, in the address, by keys, and silent on patients."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.review.conftest import Visits, row_of, search
from tests.review.stage import Stage

pytestmark = pytest.mark.browser


def test_what_others_do_shows_without_losing_focus_selection_or_place(stage: Stage, visit: Visits) -> None:
    one, two = (stage.case(read=False, requested_procedure="Alive").case_id for _ in range(2))
    page = visit()
    search(page, "alive")
    page.check(f"{row_of(one)} .choose")
    page.focus(f"{row_of(two)} a.open")
    stage.room.home.assignments.take(two, "dr-b", timedelta(minutes=30))
    expect(page.locator(row_of(two))).to_contain_text("dr-b")
    stage.room.store.mark(one, "failed", "no model")
    expect(page.locator(row_of(one))).to_contain_text("send the study again")
    three = stage.case(read=False, priority="STAT", requested_procedure="Alive").case_id
    expect(page.locator(row_of(three))).to_be_visible()
    assert page.locator("tr[data-case]").first.get_attribute("data-case") == three
    assert page.evaluate("() => document.activeElement.dataset.case") == two
    assert page.is_checked(f"{row_of(one)} .choose")
    expect(page.locator("#bulk [data-chosen]")).to_have_text("1 selected")
    page.keyboard.press("x")
    page.click("#bulk button[value=take]")
    expect(page.locator("#notice")).to_contain_text(f"1 taken. Case {two} was taken by dr-b before you.")
    expect(page.locator(f"{row_of(one)} .holder")).to_have_text("you")


def test_filters_and_search_are_in_the_address_and_the_search_leaves_the_browser_in_no_url(
    stage: Stage, visit: Visits
) -> None:
    file = stage.case(read=False, name="CANARYSEARCH^ZOE")
    page = visit()
    expect(page.locator("[data-name]:visible")).to_have_count(0)
    page.check("#names")
    expect(page.locator("[data-name]:visible").first).to_be_visible()
    search(page, "canarysearch")
    expect(page.locator(row_of(file.case_id))).to_contain_text("CANARYSEARCH, ZOE")
    page.select_option("[data-filter=priority]", "routine")
    expect(page).to_have_url(f"{stage.address}/?priority=routine#find=canarysearch")
    page.click("[data-sort=study]")
    expect(page.locator("th.of-study")).to_have_attribute("aria-sort", "ascending")
    page.reload()
    expect(page.locator(row_of(file.case_id))).to_contain_text("CANARYSEARCH, ZOE")
    assert page.input_value("#find") == "canarysearch"
    assert page.input_value("[data-filter=priority]") == "routine"
    page.click(f"{row_of(file.case_id)} a.open")
    page.wait_for_selector("article.case")
    page.click("#back")
    expect(page).to_have_url(f"{stage.address}/?priority=routine&sort=study#find=canarysearch")
    page.go_back()
    page.wait_for_selector("article.case")
    kept = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])")
    assert "canary" not in kept.lower()
    assert not [url for url in visit.requests if "canary" in url.lower()]


def test_a_row_is_a_link_for_another_tab_and_keys_go_through_the_cases(stage: Stage, visit: Visits) -> None:
    ids = [stage.case(read=False, requested_procedure="Keys").case_id for _ in range(3)]
    page = visit()
    search(page, "keys")
    with page.context.expect_page() as opened:
        page.click(f"{row_of(ids[0])} a.open", button="middle")
    opened.value.wait_for_selector(f"article[data-case='{ids[0]}']")
    opened.value.close()
    page.focus(f"{row_of(ids[1])} a.open")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"article[data-case='{ids[0]}']")
    expect(page.locator(".holding nav")).to_contain_text("1 of 3")
    expect(page.locator(".holding")).to_contain_text("With nobody")
    stage.room.home.assignments.take(ids[1], "dr-b", timedelta(minutes=30))
    page.keyboard.press("t")
    expect(page.locator(".holding")).to_contain_text("With you until")
    page.keyboard.press("n")
    page.wait_for_selector(f"article[data-case='{ids[1]}']")
    expect(page.locator(".holding[data-kind=another]")).to_contain_text("Read on as you like")
    page.keyboard.press("p")
    page.wait_for_selector(f"article[data-case='{ids[0]}']")
    expect(page.locator(".holding")).to_contain_text("With you until")  # who has it is asked after the case is shown
    page.keyboard.press("t")
    expect(page.locator(".holding")).to_contain_text("With nobody")
    assert stage.room.home.assignments.of(ids[0]) is None


def test_no_column_is_cut_on_a_small_screen_and_a_page_has_the_next(stage: Stage, visit: Visits) -> None:
    for _ in range(60):
        stage.case(read=False, requested_procedure="Many")
    page = visit()
    page.set_viewport_size({"width": 1280, "height": 800})
    search(page, "many")
    page.check("#names")
    expect(page.locator(".pages")).to_contain_text("Page 1 of 2, 60 cases")
    assert page.locator("tr[data-case]").count() == 50
    wide = page.evaluate(
        "() => { const own = document.querySelector('#overread'); return own.scrollWidth - own.clientWidth }"
    )
    assert wide == 0
    right = "getBoundingClientRect().right"
    cut = f"(td) => [...td.children].some((child) => child.{right} > td.{right} + 1)"
    assert not page.locator("table.cases td").evaluate_all(
        f"(cells) => cells.filter({cut}).map((td) => td.textContent)"
    )
    page.click(".pages button:has-text('Next page')")
    expect(page.locator("tr[data-case]")).to_have_count(10)
    expect(page).to_have_url(f"{stage.address}/?page=2#find=many")
    page.go_back()
    expect(page.locator("tr[data-case]")).to_have_count(50)


def test_words_typed_while_the_browser_goes_back_to_a_list_stay(stage: Stage, visit: Visits) -> None:
    file = stage.case(read=False, requested_procedure="Typedmeanwhile")
    page = visit()
    page.select_option("[data-filter=priority]", "urgent")
    expect(page).to_have_url(f"{stage.address}/?priority=urgent")
    page.route("**/queue/join*", lambda route: (page.wait_for_timeout(500), route.continue_()))
    page.go_back()
    page.locator("#find").press_sequentially("typedmeanwhile", delay=120)
    expect(page.locator("tr[data-case]")).to_have_count(1)
    expect(page.locator(row_of(file.case_id))).to_be_visible()
    assert page.input_value("#find") == "typedmeanwhile"


def test_a_request_that_is_never_answered_does_not_stop_the_list(stage: Stage, visit: Visits) -> None:
    page = visit()
    search(page, "neveranswered")
    lost: list[object] = []
    page.route("**/call/list_rows", lambda route: route.fallback() if lost else lost.append(route))
    page.wait_for_event("request", lambda request: request.url.endswith("/call/list_rows"))
    file = stage.case(read=False, requested_procedure="Neveranswered")
    expect(page.locator(row_of(file.case_id))).to_be_visible()
    assert lost


def test_the_same_answer_twice_is_an_answer(stage: Stage, visit: Visits) -> None:
    page = visit()
    page.clock.install()
    for _ in range(2):
        page.evaluate(
            "() => { history.pushState({}, '', '/?case=c-00000000ffffffff'); dispatchEvent(new Event('popstate')) }"
        )
        expect(page.locator("#notice")).to_contain_text("Not done")
        page.wait_for_timeout(1000)
    page.clock.run_for(100_000)
    expect(page.locator("#notice")).to_contain_text("Not done")


def test_a_late_word_of_a_case_does_not_bring_it_back(stage: Stage, visit: Visits) -> None:
    file = stage.case(read=False)
    page, held = visit(), []
    page.route("**/progress/c-*", lambda route: held.append(route))  # a builtin is no handler
    page.goto(f"{stage.address}/?case={file.case_id}")
    page.wait_for_selector("article.case")
    page.click("#back")
    page.wait_for_selector("section.worklist")
    with page.expect_response("**/progress/c-*"):
        held[0].continue_()
    page.wait_for_timeout(1500)
    expect(page.locator("section.worklist")).to_be_visible()
