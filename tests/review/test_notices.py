"""The page of a signed case shows what was noticed about it, escaped."""

from pathlib import Path

import pytest

from overread.records import CaseFile
from overread.review.access import LinkAccess, Reader, Seals
from overread.review.actions import act
from overread.review.actions.decide import decide
from overread.review.calls.report_to_sign import report_to_sign
from overread.review.case_page import case_page, viewer_model
from overread.review.desk import Caller, Desk
from overread.review.rendering import render_case
from overread.review.session import Session
from overread.signed_text._check import check_signed, signed_rules
from overread.signed_text._examples import alert, signed_file
from overread.testing.doubles.makers import STARTED
from tests.graphs.rooms import put_case, scripted_room, sign_all


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


@pytest.mark.parametrize(("words", "told"), [(None, False), ("There is a left pneumothorax.", True)])
def test_the_page_tells_the_signer_at_once(tmp_path: Path, words: str | None, told: bool) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        desk, reader = Desk(room, LinkAccess(), Seals()), Reader(key="k")
        statements = [item.model_dump() for item in sign_all(file).statements]
        if words:
            first = file.draft.sections["findings"][0].id  # type: ignore[union-attr]
            statements = [
                {**item, "action": "edit", "text": words, "reason": "seen"} if item["statement_id"] == first else item
                for item in statements
            ]
        sent = {
            "token": desk.seals.seal(reader, "tab", file.case_id, file.draft_digest or ""),
            "decision": "sign",
            "reviewer": "Dr A",
            "role": "radiologist",
            "statements": statements,
            "meaning": "authorship",
            "secret": "Dr A",
        }
        asked = {"case_id": file.case_id, "draft_digest": file.draft_digest, "statements": statements}
        shown = report_to_sign(desk, reader, {**asked, "reviewer": "Dr A", "role": "radiologist"})
        sent["text_digest"] = shown["digest"]
        session = Session(file.case_id, file.draft_digest)
        _, shown = act(decide, desk, session, Caller(reader=reader, session="tab"), sent)
        assert shown["notice"].startswith("Signed.")
        assert ("notices after the signature" in shown["notice"]) == told
        assert ("After the signature: no notices" in shown["html"]) != told
