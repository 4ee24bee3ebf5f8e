"""The calls behind an open page: the report as it would be, and decisions that are kept as they are made."""

from typing import Any

import httpx

from overread.records import CaseFile
from tests.review.stage import Stage


def asked(file: CaseFile, **decisions: Any) -> dict[str, Any]:
    return {"case_id": file.case_id, "draft_digest": file.draft_digest, "decisions": decisions}


def of(file: CaseFile, label: str) -> str:
    return next(finding.id for finding in file.findings if finding.label == label)


def told(client: httpx.Client, name: str, sent: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"/call/{name}", json=sent)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def test_the_report_follows_a_change_and_an_unfinished_edit_is_left_out(stage: Stage) -> None:
    file = stage.case()
    assert file.draft is not None
    first = file.draft.sections["findings"][0]
    with stage.visitor() as visitor:
        shown = told(
            visitor,
            "preview_report",
            asked(
                file,
                findings=[{"finding_id": of(file, "Pneumothorax"), "status": "present", "laterality": "right"}],
                added=[{"label": "Fracture", "laterality": "left"}],
                statements=[{"statement_id": first.id, "action": "edit"}],
            ),
        )
    lines = [(line["origin"], line["text"]) for line in shown["sections"]["findings"]]
    assert ("changed", "There is a right pneumothorax.") in lines
    assert ("added", "There is a fracture on the left.") in lines
    assert first.text not in [text for _, text in lines] or first.finding_ids != (of(file, "Pneumothorax"),)


def test_a_region_is_named_by_the_number_of_its_picture(stage: Stage) -> None:
    file = stage.case()
    place = {"picture": 0, "region": {"x": 150, "y": 60, "width": 30, "height": 30}}
    added = [{"label": "Lung Lesion", "laterality": "left", "zone": "upper", "place": place}]
    with stage.visitor() as visitor:
        shown = told(visitor, "preview_report", asked(file, added=added))
        texts = [line["text"] for line in shown["sections"]["findings"]]
        assert "There is a lung lesion in the left upper zone." in texts
        place["picture"] = 99
        answer = visitor.post("/call/preview_report", json=asked(file, added=added))
    assert (answer.status_code, answer.json()) == (422, {"error": "the case has no picture 99"})


def test_decisions_are_kept_until_they_are_taken_back_and_are_of_their_draft(stage: Stage) -> None:
    file = stage.case()
    assert file.draft is not None
    made = [{"statement_id": file.draft.statements[0].id, "action": "edit", "text": "My words."}]
    with stage.visitor() as visitor:
        assert told(visitor, "kept_decisions", asked(file)) == {"decisions": None}
        assert told(visitor, "keep_decisions", asked(file, statements=made)) == {"kept": True, "stale": False}
        kept = told(visitor, "kept_decisions", asked(file))
        assert (kept["decisions"], kept["same"]) == ({"statements": made}, True)
        other = {**asked(file), "draft_digest": "0" * 64}
        assert told(visitor, "kept_decisions", other)["same"] is False
        assert told(visitor, "keep_decisions", asked(file)) == {"kept": False, "stale": False}
        assert told(visitor, "kept_decisions", asked(file)) == {"decisions": None}


def test_nothing_is_kept_of_a_case_that_waits_no_more_and_nothing_that_is_too_long(stage: Stage) -> None:
    file = stage.case(read=False)
    with stage.visitor() as visitor:
        waiting = {**asked(file), "draft_digest": "0" * 64}
        assert visitor.post("/call/keep_decisions", json=waiting).status_code == 409
        long = [{"statement_id": "s-1", "action": "edit", "text": "x" * 100_000}]
        answer = visitor.post("/call/keep_decisions", json={**waiting, "decisions": {"statements": long}})
    assert answer.status_code == 422
    assert "at most 4000" in answer.json()["error"]
