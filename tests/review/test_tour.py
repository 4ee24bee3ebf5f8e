"""The tour: offered on a phantom, gone through by keys, never again until it is asked for."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.review.conftest import open_case
from tests.review.stage import Stage
from tests.review.test_accessibility import violations


def _newcomer(chromium: Browser, stage: Stage) -> Page:
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(stage.link())
    page.wait_for_selector("section.worklist")
    return page


@pytest.mark.browser
def test_it_is_gone_through_by_keys_and_ends_for_good(stage: Stage, chromium: Browser) -> None:
    file = stage.case()
    page = _newcomer(chromium, stage)
    open_case(page, file.case_id)
    tour = page.locator("overread-tour")
    expect(tour).to_be_visible()
    assert violations(page) == []
    tour.locator("[data-tour=start]").focus()
    page.keyboard.press("Enter")
    steps = int(tour.locator("[data-place]").inner_text().split("/")[1])
    assert 5 <= steps <= 7
    page.keyboard.press("r")
    assert page.locator("[data-decision=reject]").count() == 0
    for number in range(2, steps + 1):
        page.keyboard.press("ArrowRight")
        expect(tour.locator("[data-place]")).to_have_text(f"{number} / {steps}")
        assert page.locator(".toured").count() == 1
    assert violations(page) == []
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(tour).to_be_hidden()
    assert page.locator(".toured").count() == 0
    assert page.evaluate("localStorage.getItem('overread.tour')") == "done"
    page.reload()
    page.wait_for_selector("[data-pane=main][data-ready=yes]")
    expect(tour).to_be_hidden()
    page.goto(f"{stage.address}/help")
    page.click("[data-again]")
    page.goto(f"{stage.address}/?case={file.case_id}")
    expect(tour).to_be_visible()
    tour.locator("[data-offer] [data-tour=end]").click()
    expect(tour).to_be_hidden()
    page.context.close()


@pytest.mark.browser
def test_a_signed_case_offers_none(stage: Stage, chromium: Browser) -> None:
    from tests.graphs.rooms import sign_all

    file = stage.case()
    stage.room.decide(file.case_id, sign_all(file))
    page = _newcomer(chromium, stage)
    open_case(page, file.case_id)
    assert page.locator("overread-tour").count() == 0
    page.context.close()
