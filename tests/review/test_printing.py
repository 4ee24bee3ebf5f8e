"""On paper: the report with numbered notes, whose it is on every sheet, and never unsigned without saying so."""

import re

import pytest

from overread.review.case_page import case_page
from overread.review.paper import paper_of
from tests.graphs.rooms import sign_all
from tests.review.conftest import Visits
from tests.review.stage import Stage


def test_citations_become_notes_numbered_as_they_come(stage: Stage) -> None:
    file = stage.case()
    paper = paper_of(case_page(file, None, {}, ()))
    numbers = [number for section in paper.sections for _, cited in section.sentences for number in cited]
    assert sorted(set(numbers)) == [number for number, _ in paper.notes]
    assert list(dict.fromkeys(numbers)) == sorted(set(numbers))
    known = {item.id for item in file.evidence}
    assert {view.id for _, view in paper.notes} <= known
    assert not paper.signed


def test_a_signed_report_stands_on_paper_as_it_was_signed(stage: Stage) -> None:
    file = stage.case()
    signed = stage.room.decide(file.case_id, sign_all(file))
    assert signed.final is not None
    paper = paper_of(case_page(signed, None, {}, ()))
    assert paper.signed
    printed = [text for section in paper.sections for text, _ in section.sentences]
    assert printed == [item.text for statements in signed.final.sections.values() for item in statements]


@pytest.mark.browser
def test_paper_shows_the_report_and_no_controls(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case(name="PRINTED^Paula").case_id)
    seen = "(what) => [...document.querySelectorAll(what)].filter((one) => one.checkVisibility()).length"
    assert page.evaluate(seen, ".paper") == 0
    page.emulate_media(media="print")
    assert page.evaluate(seen, "#overread :is(button, input, select, canvas)") == 0
    text = page.locator(".paper").inner_text()
    assert "PRINTED, Paula" in text
    assert "NOT SIGNED" in text
    assert "What the sentences rest on" in text
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert re.search(r"printed \d{4}-\d\d-\d\d \d\d:\d\d", page.locator(".paper").inner_text())
    page.emulate_media(media="screen")
    page.click("#back")
    page.wait_for_selector("section.worklist tr[data-case]")
    page.emulate_media(media="print")
    assert page.evaluate(seen, "#overread :is(input, select), #overread .filters") == 0
    assert page.evaluate(seen, "tr[data-case]") > 0
