"""The signature over HTTP: the text that was shown, its meaning, who confirms it, and what may follow it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from overread.records import CaseFile, Password, TypedName
from tests.review.people import SECRET, Clinic, open_clinic
from tests.review.stage import DECIDE_CASE, FOLLOW_REPORT, OPEN_CASE, Stage, open_stage, post_event
from tests.review.test_security import decision, sealed


@pytest.fixture(scope="module")
def clinic(stage: Stage) -> Iterator[Clinic]:
    with open_clinic(stage, confirm_minutes=2) as opened:
        yield opened


def asked(file: CaseFile, **more: Any) -> dict[str, Any]:
    """Ask for the text that `decision` signs."""
    sent = decision(file, "")
    kept = {name: sent[name] for name in ("reviewer", "role", "statements", "not_told")}
    return {"case_id": file.case_id, "draft_digest": file.draft_digest, **kept, **more}


def signed(stage: Stage, visitor: httpx.Client, session: str, secret: str | None = None) -> CaseFile:
    file = stage.case()
    seal = sealed(post_event(visitor, session, OPEN_CASE, {"case_id": file.case_id}))
    post_event(visitor, session, DECIDE_CASE, decision(file, seal, secret=secret))
    return stage.room.file(file.case_id)


def test_the_server_says_what_would_be_signed_and_that_is_what_is_signed(stage: Stage) -> None:
    file = stage.case()
    with stage.visitor() as visitor:
        shown = visitor.post("/call/report_to_sign", json=asked(file)).json()
        seal = sealed(post_event(visitor, "shown", OPEN_CASE, {"case_id": file.case_id}))
        post_event(visitor, "shown", DECIDE_CASE, decision(file, seal) | {"text_digest": shown["digest"]})
    assert shown["asks"] == "name"
    assert [one["preliminary"] for one in shown["meanings"]] == [False, False, True]
    after = stage.room.file(file.case_id)
    assert after.newest is not None
    assert after.review is not None
    assert (after.newest.text, after.newest.text_digest) == (shown["text"], shown["digest"])
    assert (after.review.over, after.review.confirmed) == ("shown", TypedName(name="Dr Forged"))


@pytest.mark.parametrize(
    "change", [{"statements": []}, {"not_told": []}, {"draft_digest": "0" * 64}, {"role": "admin"}]
)
def test_no_text_is_shown_for_what_could_not_be_signed(stage: Stage, change: dict[str, Any]) -> None:
    file = stage.case()
    with stage.visitor() as visitor:
        answer = visitor.post("/call/report_to_sign", json=asked(file, **change))
    assert answer.status_code in (409, 422)
    assert "text" not in answer.json()


def test_the_password_is_asked_for_again_and_a_wrong_one_does_not_sign(clinic: Clinic) -> None:
    file = clinic.stage.case()
    with clinic.visitor("signer") as visitor:
        seal = sealed(post_event(visitor, "again", OPEN_CASE, {"case_id": file.case_id}))
        assert visitor.post("/call/report_to_sign", json=asked(file)).json()["asks"] is None
        clinic.clock.ahead += timedelta(minutes=3)
        assert visitor.post("/call/report_to_sign", json=asked(file)).json()["asks"] == "password"
        for secret, why in (("", "type your password"), ("not the password", "wrong")):
            shown = post_event(visitor, "again", DECIDE_CASE, decision(file, seal) | {"secret": secret})
            assert why in shown["notice"]
            assert clinic.stage.room.file(file.case_id).status == "awaiting_review"
        shown = post_event(visitor, "again", DECIDE_CASE, decision(file, seal) | {"secret": SECRET})
        assert shown["notice"].startswith("Signed.")
    review = clinic.stage.room.file(file.case_id).review
    assert review is not None
    assert review.confirmed == Password(account="signer", again=True)
    assert SECRET not in review.model_dump_json()


def test_a_reviewer_signs_preliminary_and_a_signer_makes_it_final(clinic: Clinic) -> None:
    file = clinic.stage.case()
    with clinic.visitor("reviewer") as reviewer, clinic.visitor("signer") as signer, clinic.visitor("viewer") as viewer:
        offered = reviewer.post("/call/report_to_sign", json=asked(file)).json()["meanings"]
        assert [one["preliminary"] for one in offered] == [True]
        assert viewer.post("/call/report_to_sign", json=asked(file)).status_code == 422
        seal = sealed(post_event(reviewer, "first", OPEN_CASE, {"case_id": file.case_id}))
        shown = post_event(reviewer, "first", DECIDE_CASE, decision(file, seal, secret=SECRET) | {"preliminary": True})
        assert "preliminary report" in shown["notice"]
        assert "PRELIMINARY REPORT – NOT FINAL" in shown["html"]
        assert "may not" in post_event(reviewer, "first", DECIDE_CASE, decision(file, seal))["notice"]
        seal = sealed(post_event(signer, "second", OPEN_CASE, {"case_id": file.case_id}))
        post_event(signer, "second", DECIDE_CASE, decision(file, seal, secret=SECRET))
    first, second = clinic.stage.room.file(file.case_id).versions
    assert (first.signed_by, second.signed_by, second.status) == ("Dr Reviewer", "Dr Signer", "final")


def test_the_second_reader_is_offered_what_the_first_one_decided_and_nothing_is_taken_over(clinic: Clinic) -> None:
    file = clinic.stage.case()
    so_far = {"case_id": file.case_id, "draft_digest": file.draft_digest}
    with clinic.visitor("reviewer") as reviewer, clinic.visitor("signer") as signer:
        seal = sealed(post_event(reviewer, "offers", OPEN_CASE, {"case_id": file.case_id}))
        assert signer.post("/call/kept_decisions", json=so_far).json() == {"decisions": None}
        sent = decision(file, seal, secret=SECRET) | {"preliminary": True}
        post_event(reviewer, "offers", DECIDE_CASE, sent)
        offer = signer.post("/call/kept_decisions", json=so_far).json()
        assert (offer["of"], offer["same"]) == ("Dr Reviewer", True)
        assert [one["action"] for one in offer["decisions"]["statements"]] == ["accept"] * len(sent["statements"])
        assert set(offer["decisions"]) <= {"statements", "findings", "added", "resolutions"}
        own = {**so_far, "decisions": {"statements": sent["statements"][:1]}}
        assert signer.post("/call/keep_decisions", json=own).json()["kept"]
        assert signer.post("/call/kept_decisions", json=so_far).json()["of"] is None, "own decisions come first"


def followed(file: CaseFile, seal: str, digest: str, **more: Any) -> dict[str, Any]:
    return {
        "token": seal,
        "reviewer": "Dr Forged",
        "role": "radiologist",
        "meaning": "authorship",
        "secret": "Dr Forged",
        "text_digest": digest,
        **more,
    }


def test_an_addendum_is_signed_over_its_text_and_shown_with_the_versions(stage: Stage) -> None:
    with stage.visitor() as visitor:
        file = signed(stage, visitor, "adds")
        change = {"addition": "Told the ward <b>."}
        shown = visitor.post("/call/version_to_sign", json={"case_id": file.case_id, **change}).json()
        seal = sealed(post_event(visitor, "adds", OPEN_CASE, {"case_id": file.case_id}))
        done = post_event(visitor, "adds", FOLLOW_REPORT, followed(file, seal, shown["digest"], **change))
        again = post_event(visitor, "adds", FOLLOW_REPORT, followed(file, seal, shown["digest"], **change))
    assert done["notice"].startswith("Signed as version 2.")
    assert "Told the ward &lt;b&gt;." in done["html"]
    assert "SIGNED – WITH AN ADDENDUM, VERSION 2" in done["html"]
    assert "Version 1, final report, by Dr Forged" in unescape(re.sub(r"\s+", " ", done["html"]))
    assert again["level"] == "error"
    assert len(stage.room.file(file.case_id).versions) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"token": "0" * 64},
        {"text_digest": None},
        {"text_digest": "0" * 64},
        {"meaning": None},
        {"secret": ""},
        {"reviewer": ""},
        {"addition": None},
        {"addition": " "},
        {"words": {"findings-0": "x"}},
        {"addition": None, "words": {"findings-0": "x"}},
        {"addition": None, "words": {"findings-999": "x"}, "reason": "y"},
    ],
)
def test_a_forged_version_is_none(stage: Stage, change: dict[str, Any]) -> None:
    with stage.visitor() as visitor:
        file = signed(stage, visitor, "forges")
        shown = visitor.post("/call/version_to_sign", json={"case_id": file.case_id, "addition": "More."}).json()
        seal = sealed(post_event(visitor, "forges", OPEN_CASE, {"case_id": file.case_id}))
        sent = followed(file, seal, shown["digest"], addition="More.") | change
        assert post_event(visitor, "forges", FOLLOW_REPORT, sent)["notice"].startswith("Not done")
    assert len(stage.room.file(file.case_id).versions) == 1


def test_who_may_not_sign_adds_nothing(clinic: Clinic) -> None:
    with clinic.visitor("signer") as signer, clinic.visitor("reviewer") as reviewer:
        file = signed(clinic.stage, signer, "owner", SECRET)
        sent = {"case_id": file.case_id, "addition": "More."}
        assert reviewer.post("/call/version_to_sign", json=sent).status_code == 422
        digest = signer.post("/call/version_to_sign", json=sent).json()["digest"]
        shown = post_event(reviewer, "not owner", OPEN_CASE, {"case_id": file.case_id})
        assert 'id="following"' not in shown["html"]
        more = followed(file, sealed(shown), digest, addition="More.")
        assert "may not" in post_event(reviewer, "not owner", FOLLOW_REPORT, more)["notice"]


def test_a_signature_faster_than_reading_needs_a_reason_which_is_kept_and_counted(tmp_path: Path) -> None:
    with open_stage(tmp_path, {"reading_alarm": "on"}) as stage, stage.visitor() as visitor:
        file = stage.case()
        seal = sealed(post_event(visitor, "fast", OPEN_CASE, {"case_id": file.case_id}))
        shown = visitor.post("/call/report_to_sign", json=asked(file)).json()
        assert "a fast reader takes" in shown["hurry"]["words"]
        refused = post_event(visitor, "fast", DECIDE_CASE, decision(file, seal))
        assert "go on reading" in refused["notice"]
        assert stage.room.file(file.case_id).status == "awaiting_review"
        post_event(visitor, "fast", DECIDE_CASE, decision(file, seal) | {"hurried": "seen at the meeting"})
        review = stage.room.file(file.case_id).review
        counted = visitor.get("/stats?of=phantoms")
    assert review is not None
    assert review.hurried == "seen at the meeting"
    assert counted.status_code == 200


@pytest.mark.browser
def test_the_offer_accepts_no_sentence(clinic: Clinic, chromium: Browser) -> None:
    file = clinic.stage.case()
    with clinic.visitor("reviewer") as reviewer:
        seal = sealed(post_event(reviewer, "offer", OPEN_CASE, {"case_id": file.case_id}))
        post_event(reviewer, "offer", DECIDE_CASE, decision(file, seal, secret=SECRET) | {"preliminary": True})
    page = chromium.new_page()
    page.add_init_script("localStorage.setItem('overread.tour', 'done')")
    page.goto(f"{clinic.address}/sign-in")
    page.fill("[name=name]", "signer")
    page.fill("[name=password]", SECRET)
    page.keyboard.press("Enter")
    page.wait_for_selector("section.worklist")
    page.goto(f"{clinic.address}/?case={file.case_id}")
    offer = page.locator(".offer")
    expect(offer).to_contain_text("Dr Reviewer signed the preliminary report and decided so")
    assert page.locator("li.sentence[data-decision=accept]").count() == 0
    offer.get_by_role("button", name="Take over what was changed").click()
    assert page.locator("li.sentence[data-decision=accept]").count() == 0
    page.close()
