"""With `first_read=on` no answer of the page says a word of the models before the reader has said what they see."""

import json
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from overread.records import CaseFile
from tests.review.people import Clinic, open_clinic
from tests.review.stage import DECIDE_CASE, OPEN_CASE, SHOW_LIST, Stage, open_stage, post_event
from tests.review.test_security import decision, sealed


@pytest.fixture(scope="module")
def blind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("blind"), {"first_read": "on"}) as opened:
        yield opened


def said_by_models(file: CaseFile) -> list[str]:
    """Give the sentences of what was seen, what they rest on, and what the models disagree about."""
    assert file.draft is not None
    read = (*file.draft.sections["findings"], *file.draft.sections["impression"])
    sentences = [statement.text for statement in read]
    shown = {identity for alert in file.alerts for identity in alert.evidence_ids}
    ids = [item.id for item in (*file.evidence, *file.findings, *file.conflicts) if item.id not in shown]
    return [*sentences, *ids, *(conflict.message for conflict in file.conflicts), "0.93", "0.81"]


def so_far(file: CaseFile) -> dict[str, Any]:
    return {"case_id": file.case_id, "draft_digest": file.draft_digest}


def write(visitor: httpx.Client, file: CaseFile, **more: Any) -> httpx.Response:
    return visitor.post("/call/first_read", json={"case_id": file.case_id, "text": "Left lung is down.", **more})


def test_every_answer_hides_what_the_models_say(blind: Stage) -> None:
    file = blind.case()
    mask = next(item for item in file.evidence if item.payload.kind == "mask")
    sent = decision(file, "0" * 64)
    to_sign = {name: sent[name] for name in ("reviewer", "role", "statements", "not_told")} | so_far(file)
    with blind.visitor() as visitor:
        html = post_event(visitor, "blind", OPEN_CASE, {"case_id": file.case_id})["html"]
        answers = {
            "mask": visitor.get(f"/mask/{file.case_id}/{mask.id}"),
            "preview": visitor.post("/call/preview_report", json=so_far(file)),
            "to sign": visitor.post("/call/report_to_sign", json=to_sign),
            "kept": visitor.post("/call/kept_decisions", json=so_far(file)),
            "keep": visitor.post("/call/keep_decisions", json=so_far(file)),
            "ask": visitor.post("/call/ask", json={"case_id": file.case_id, "text": "Is there an effusion?"}),
        }
        critical = visitor.post("/call/critical", json={"case_id": file.case_id}).json()["alerts"]
        signed = post_event(visitor, "blind", DECIDE_CASE, sent)
        listed = post_event(visitor, "blind list", SHOW_LIST, {})["html"]
        assert visitor.get(f"/picture/{file.case_id}/0").status_code == 200
    assert answers.pop("mask").status_code == 404
    for name, answer in answers.items():
        assert answer.status_code == 422, name
        assert "first impression" in answer.json()["error"], name
    assert "What do you see?" in html
    for word in said_by_models(file):
        assert word not in unescape(html), word
    assert 'data-token=""' in html
    assert signed["notice"].startswith("Not done")
    assert blind.room.file(file.case_id).status == "awaiting_review"
    # Safety first: somebody must be told of these within minutes.
    assert "CRITICAL RESULT" in html
    assert set(critical) == {alert.id for alert in file.alerts}
    assert "tell within minutes" in listed


def test_what_was_seen_is_kept_audited_and_shown_beside_the_draft(blind: Stage) -> None:
    file = blind.case()
    with blind.visitor() as visitor:
        assert write(visitor, file, findings=[{"label": "Pneumothorax", "laterality": "left"}]).status_code == 200
        assert write(visitor, file).status_code == 409
        html = post_event(visitor, "seen", OPEN_CASE, {"case_id": file.case_id})["html"]
        assert visitor.post("/call/preview_report", json=so_far(file)).status_code == 200
        post_event(visitor, "seen", DECIDE_CASE, decision(file, sealed({"html": html})))
    assert "Left lung is down." in html
    after = blind.room.file(file.case_id)
    assert after.status == "signed"
    (kept,) = after.first_reads
    assert (kept.author, kept.text, kept.findings[0].label) == ("local", "Left lung is down.", "Pneumothorax")
    assert "first_read" in [link.action for link in blind.room.store.audit.of(file.case_id)]
    delivered = json.loads((blind.room.home.delivery(file.case_id) / "case.json").read_text())
    assert delivered["first_reads"][0]["text"] == "Left lung is down."
    assert "Left lung is down." not in (blind.room.home.delivery(file.case_id) / "report.txt").read_text()


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"text": " "},
        {"text": "x" * 5000},
        {"case_id": "../etc"},
        {"findings": [{"label": "Nothing known"}]},
        {"findings": [{"label": "Cardiomegaly", "laterality": "left"}]},
        {"author": "Dr Other"},
    ],
)
def test_what_says_nothing_uncovers_nothing(blind: Stage, change: dict[str, Any]) -> None:
    file = blind.case()
    with blind.visitor() as visitor:
        assert write(visitor, file, **change).status_code == 422
        assert visitor.post("/call/preview_report", json=so_far(file)).status_code == 422


def test_each_reader_has_a_first_read_of_their_own_and_nobody_hides_a_decided_case(blind: Stage) -> None:
    file = blind.case()
    with open_clinic(blind, first_read="on") as clinic:
        assert_each_for_themselves(clinic, file)


def assert_each_for_themselves(clinic: Clinic, file: CaseFile) -> None:
    with clinic.visitor("reviewer") as one, clinic.visitor("signer") as two, clinic.visitor("viewer") as three:
        assert write(one, file).status_code == 200
        assert one.post("/call/preview_report", json=so_far(file)).status_code == 200
        assert two.post("/call/preview_report", json=so_far(file)).status_code == 422
        other = post_event(two, "other", OPEN_CASE, {"case_id": file.case_id})["html"]
        assert "Left lung is down." not in other
        assert write(three, file).status_code == 422
        assert write(two, file).status_code == 200
        seal = sealed(post_event(two, "other", OPEN_CASE, {"case_id": file.case_id}))
        post_event(two, "other", DECIDE_CASE, decision(file, seal, secret=""))
        shown = post_event(three, "late", OPEN_CASE, {"case_id": file.case_id})["html"]
    assert "Final report" in shown


def test_without_the_setting_nothing_is_hidden_and_nothing_asked(stage: Stage) -> None:
    file = stage.case()
    with stage.visitor() as visitor:
        assert write(visitor, file).status_code == 409
        html = post_event(visitor, "open", OPEN_CASE, {"case_id": file.case_id})["html"]
    assert "What do you see?" not in html
