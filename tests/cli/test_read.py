"""`overread read`: files, JSON and exit codes of the contract."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overread.testing.phantoms import negative_to_dicom, render, sample_recipe, to_dicom, write_study


def test_a_phantom_is_read_to_a_draft_with_its_files(overread, phantom: Path, tmp_path: Path) -> None:
    said = overread("read", phantom, "--out", tmp_path / "out", "--json")
    assert said.code == 0
    case = said.json
    folder = tmp_path / "out" / case["case_id"]
    assert case["status"] == "awaiting_review"
    assert case == json.loads((folder / "case.json").read_text())
    assert (folder / "report.md").read_text().startswith("# Draft report")
    with Image.open(folder / "overlay.png") as overlay:
        assert overlay.size[0] > 900
    assert sorted(path.stem for path in (folder / "masks").iterdir()) == ["heart", "left_lung", "right_lung"]


def test_every_statement_cites_evidence_that_is_in_the_case(overread, phantom: Path) -> None:
    case = overread("read", phantom, "--json").json
    known = {item["id"] for item in case["evidence"]}
    statements = [statement for section in case["draft"]["sections"].values() for statement in section]
    assert statements
    assert all(set(statement["citations"]) <= known and statement["citations"] for statement in statements)


def test_the_same_input_again_is_the_same_case(overread, phantom: Path) -> None:
    first, second = (overread("read", phantom, "--json").json for _ in range(2))
    assert first == second


def test_a_person_is_told_where_the_files_lie_and_what_comes_next(overread, phantom: Path) -> None:
    said = overread("read", phantom)
    assert "DRAFT – NOT SIGNED" in said.out
    assert "overlay.png" in said.out
    assert "overread review show c-" in said.out


def test_a_hand_is_refused_with_a_typed_reason_and_exit_3(overread, tmp_path: Path) -> None:
    negative_to_dicom("hand", 1, body_part="HAND").save_as(tmp_path / "hand.dcm", enforce_file_format=True)
    said = overread("read", tmp_path / "hand.dcm", "--json")
    assert said.code == 3
    assert said.json["status"] == "refused"
    assert said.json["gate"]["refusal"]["reason"] == "wrong_body_part"


def test_a_black_picture_becomes_a_refused_case_on_file(overread, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((300, 300), np.uint8)).save(tmp_path / "black.png")
    said = overread("read", tmp_path / "black.png", "--out", tmp_path / "out", "--json")
    assert said.code == 3
    assert said.json["gate"]["refusal"]["reason"] == "blank"
    case = json.loads((tmp_path / "out" / said.json["case_id"] / "case.json").read_text())
    assert case["status"] == "refused"


@pytest.mark.parametrize("content", [b"", b"not a picture at all", b"\x89PNG\r\n\x1a\nbroken"])
def test_what_cannot_be_read_is_exit_2_with_one_line(overread, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.png").write_bytes(content)
    said = overread("read", tmp_path / "broken.png")
    assert said.code in (2, 3)
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "Traceback" not in said.err


def test_a_truncated_dicom_file_gives_a_refusal_or_a_draft_and_no_traceback(overread, tmp_path: Path) -> None:
    path = tmp_path / "cut.dcm"
    to_dicom(render(sample_recipe(5), 128)).save_as(path, enforce_file_format=True)
    path.write_bytes(path.read_bytes()[:9000])
    said = overread("read", path)
    assert said.code in (2, 3)
    assert "Traceback" not in said.err


def test_a_path_that_is_not_there_is_bad_usage(overread, tmp_path: Path) -> None:
    said = overread("read", tmp_path / "missing.dcm")
    assert said.code == 2
    assert "missing.dcm" in said.err


def test_an_order_with_a_wrong_field_names_the_field(overread, phantom: Path, tmp_path: Path) -> None:
    (tmp_path / "order.yaml").write_text("priority: yesterday\n")
    said = overread("read", phantom, "--order", tmp_path / "order.yaml")
    assert said.code == 2
    assert "priority" in said.err


def test_an_unknown_profile_lists_those_there_are(overread, phantom: Path) -> None:
    said = overread("read", phantom, "--profile", "nobody")
    assert said.code == 2
    assert "scripted" in said.err


def test_a_draft_that_the_policy_keeps_back_is_not_written_and_waits(overread, phantom: Path, tmp_path: Path) -> None:
    said = overread("-c", "draft_policy=positives", "read", phantom, "--out", tmp_path / "out", "--json")
    assert said.code == 0
    assert said.json["status"] == "awaiting_review"
    assert "no positive finding" in said.json["held_back"]
    assert not (tmp_path / "out").exists()
    told = overread("-c", "draft_policy=positives", "read", phantom, "--out", tmp_path / "out")
    assert "nothing was written" in told.err
    assert overread("review", "list", "--json").json[0]["status"] == "awaiting_review"


def test_a_prior_that_is_not_used_is_told_at_once_and_loud_where_it_is_somebody_else_s(
    overread, tmp_path: Path
) -> None:
    one, other = sample_recipe(1, view="PA", flipped=False), sample_recipe(2, view="PA", flipped=False)
    for name, recipe in (("study", one), ("prior", other)):
        write_study(tmp_path / name, recipe, size=128)
    said = overread("read", tmp_path / "study", "--prior", tmp_path / "prior")
    assert said.code == 0
    assert "overread: Identity alert: a prior of another patient" in said.err
    assert "IDENTITY ALERT" in said.out
    case = overread("read", tmp_path / "study", "--prior", tmp_path / "prior", "--json")
    assert "Identity alert" in case.err
    assert [item["reason"] for item in case.json["case"]["priors_refused"]] == ["another_patient"]
    assert case.json["case"]["priors"] == []


def test_plain_pictures_of_one_patient_are_compared_when_the_caller_states_it(overread, tmp_path: Path) -> None:
    for number in (1, 2):
        Image.fromarray((render(sample_recipe(number, view="PA"), 256).pixels >> 8).astype(np.uint8)).save(
            tmp_path / f"{number}.png"
        )
    (tmp_path / "r.txt").write_text("Small left pleural effusion. Secretword.")
    asked = ("read", tmp_path / "1.png", "--prior", tmp_path / "2.png", "--prior-report", tmp_path / "r.txt", "--json")
    without = overread(*asked)
    assert "--same-patient" in without.err
    assert without.json["case"]["priors"] == []
    stated = overread(*asked, "--same-patient")
    (prior,) = stated.json["case"]["priors"]
    assert (prior["stated"], prior["report_origin"], prior["report"]) == (True, "sent", None)
    assert "stated by its sender" in stated.err
    assert "Secretword" not in stated.out
