"""The page of a signed case shows what was noticed about it, escaped."""

from overread.records import CaseFile
from overread.review.access import Reader
from overread.review.case_page import case_page, viewer_model
from overread.review.rendering import render_case
from overread.signed_text._check import check_signed, signed_rules
from overread.signed_text._examples import alert, signed_file
from overread.testing.doubles.makers import STARTED


def rendered(file: CaseFile) -> str:
    page = case_page(file, None, {}, file.alerts)
    return render_case(page, viewer_model(page), None, Reader(key="k"))


def checked(file: CaseFile) -> CaseFile:
    return file.model_copy(update={"after_signature": check_signed(file, signed_rules(), STARTED)})


def test_a_notice_stands_beside_the_report_with_its_sentence() -> None:
    file = signed_file(["There is a left pneumothorax <b>."], alerts=[alert("Pneumothorax", 1, "left")])
    html = rendered(checked(file))
    assert "After the signature: 1 notice<" in html
    assert "critical not told" in html
    assert "There is a left pneumothorax &lt;b&gt;." in html
    assert "pneumothorax <b>" not in html


def test_a_report_without_a_notice_says_what_was_looked_for() -> None:
    html = rendered(checked(signed_file(["No pleural effusion."])))
    assert "After the signature: no notices" in html
    assert "Read again by 5 rules" in html


def test_a_report_that_an_earlier_version_signed_says_nothing_of_it() -> None:
    assert "After the signature" not in rendered(signed_file(["No pleural effusion."]))
