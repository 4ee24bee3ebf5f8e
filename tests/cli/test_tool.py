"""`overread tool` and `overread ask`: one look at one image, without a case in the worklist."""

import json
from pathlib import Path

import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from overread.records import Evidence
from overread.testing.doubles.ct import SMALL
from overread.testing.phantoms import negative_to_dicom
from overread.testing.phantoms.ct import truth
from overread.testing.phantoms.ct_dicom import write_ct


def test_segmentation_gives_masks_of_the_size_of_the_image(overread, phantom: Path, tmp_path: Path) -> None:
    said = overread("tool", "segmentation", phantom, "--out", tmp_path / "out", "--json")
    assert said.code == 0
    data = said.json
    assert data == json.loads((tmp_path / "out" / "evidence.json").read_text())
    masks = [item["payload"] for item in data["evidence"] if item["payload"]["kind"] == "mask"]
    assert {"left_lung", "right_lung", "heart"} <= {mask["structure"] for mask in masks}
    for mask in masks:
        with Image.open(mask["png"]) as png:
            assert png.size == (256, 256)


def test_words_choose_the_structure(overread, phantom: Path) -> None:
    said = overread("tool", "segmentation", phantom, "--structure", "the left lung", "--json")
    assert [item["payload"]["structure"] for item in said.json["evidence"]] == ["left_lung"]


def test_words_that_name_no_structure_are_refused_with_those_there_are(overread, phantom: Path) -> None:
    said = overread("tool", "segmentation", phantom, "--structure", "spleen")
    assert said.code == 2
    assert "heart" in said.err


@pytest.mark.parametrize("name", ["header", "quality", "report", "vqa"])
def test_each_tool_gives_evidence_that_reads_back(overread, phantom: Path, name: str) -> None:
    said = overread("tool", name, phantom, "--json")
    assert said.code == 0, said.err
    evidence = [Evidence.model_validate(item) for item in said.json["evidence"]]
    assert evidence
    assert {item.tool for item in evidence} == {name}
    assert said.json["failures"] == []


def test_masks_without_an_output_folder_lie_in_the_store(overread, phantom: Path) -> None:
    data = overread("tool", "segmentation", phantom, "--json").json
    masks = [item["payload"]["png"] for item in data["evidence"] if item["payload"]["kind"] == "mask"]
    assert masks
    assert all(Path(mask).is_absolute() and Path(mask).is_file() for mask in masks)


def test_one_look_leaves_the_worklist_alone(overread, phantom: Path) -> None:
    overread("tool", "header", phantom)
    assert overread("review", "list", "--all", "--json").json == []


def test_retrieval_gives_no_evidence_while_nothing_is_signed(overread, phantom: Path) -> None:
    said = overread("-c", "similar_cases=on", "tool", "retrieval", phantom, "--json")
    assert (said.code, said.json) == (0, {"evidence": [], "failures": []})


def test_an_unknown_tool_lists_those_there_are(overread, phantom: Path) -> None:
    said = overread("tool", "crystal_ball", phantom)
    assert said.code == 2
    assert "segmentation" in said.err


def test_a_hand_is_refused_by_chest_tools_but_its_header_can_be_looked_at(overread, tmp_path: Path) -> None:
    path = tmp_path / "hand.dcm"
    negative_to_dicom("hand", 1, body_part="HAND").save_as(path, enforce_file_format=True)
    refused = overread("tool", "segmentation", path, "--json")
    assert refused.code == 3
    assert refused.json["gate"]["refusal"]["reason"] == "wrong_body_part"


def test_an_answer_comes_with_evidence_about_the_label_asked_for(overread, phantom: Path) -> None:
    said = overread("ask", phantom, "Is there cardiomegaly?", "--json")
    assert said.code == 0
    data = said.json
    assert data["label"] == "Cardiomegaly"
    assert data["answer"] == "cannot tell"
    kinds = {(item["tool"], item["payload"]["kind"]) for item in data["evidence"]}
    assert ("vqa", "answer") in kinds
    assert ("segmentation", "measurement") in kinds
    labels = {item["payload"]["label"] for item in data["evidence"] if item["payload"]["kind"] == "score"}
    assert labels <= {"Cardiomegaly"}


def test_an_empty_question_is_bad_usage(overread, phantom: Path) -> None:
    assert overread("ask", phantom, "  ").code == 2


@pytest.fixture(scope="module")
def ct_series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ct")
    write_ct(folder, SMALL, order=list(reversed(range(31))))
    return folder


def test_a_ct_series_is_measured_though_no_profile_names_the_tool(overread, ct_series: Path, tmp_path: Path) -> None:
    said = overread("tool", "lung_volumes", ct_series, "--out", tmp_path / "out", "--json")
    assert said.code == 0, said.err
    seen = {item["payload"].get("name"): item["payload"] for item in said.json["evidence"]}
    assert seen["right_lung_volume"]["value"] == pytest.approx(truth(SMALL).right_lung_ml, rel=0.03)
    assert len(list((tmp_path / "out" / "masks").glob("*.png"))) > 30


def test_a_ct_series_with_a_gap_is_refused_with_its_reason(overread, ct_series: Path, tmp_path: Path) -> None:
    for path in sorted(ct_series.iterdir())[:20:2]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    for path in sorted(ct_series.iterdir())[20:]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    said = overread("tool", "lung_volumes", tmp_path, "--json")
    assert said.code == 3
    assert "uneven_slices" in said.out + said.err


def test_a_ct_series_is_read(overread, ct_series: Path, tmp_path: Path) -> None:
    said = overread("read", ct_series, "--out", tmp_path / "out")
    assert said.code == 0, said.err
    assert "Right lung: aerated volume" in said.out
    (case,) = (tmp_path / "out").iterdir()
    assert {"overlay.png", "report.md", "case.json"} <= {path.name for path in case.iterdir()}
    assert len(list((case / "masks").iterdir())) > 40


READS_CT = """describe: A model that is stated to read CT.
tools: [header, quality, vqa]
roles:
  vqa:
    backend: scripted
    model: chat
    parameters: {answer: '{"answer": "No embolus."}'}
    reads: [CT]
"""


def test_a_question_about_a_ct_is_put_to_a_model_that_is_stated_to_read_it(
    overread, ct_series: Path, tmp_path: Path
) -> None:
    (tmp_path / "ct.yaml").write_text(READS_CT)
    profile = ("-c", f"profiles_dir={tmp_path}")
    said = overread(*profile, "ask", ct_series, "Is there an effusion on the left?", "--profile", "ct", "--json")
    assert said.code == 0, said.err
    assert said.json["answer"] == "No embolus."
    assert said.json["label"] is None
    (answer,) = said.json["evidence"]
    assert answer["tool"] == "vqa"


def test_a_question_about_a_ct_that_no_model_reads_is_refused_by_its_protocol(overread, ct_series: Path) -> None:
    said = overread("ask", ct_series, "Is there an embolus?", "--json")
    assert said.code == 3
    assert "no model of the profile is stated to read ct of the chest" in said.out + said.err


def test_a_ct_of_the_chest_is_refused_to_tools_that_its_protocol_does_not_have(overread, ct_series: Path) -> None:
    for words in (("segmentation",), ("segmentation", "--text", "the heart"), ("classification",)):
        said = overread("tool", words[0], ct_series, *words[1:], "--json")
        assert said.code == 3
        refusal = said.json["gate"]["refusal"]
        assert (refusal["reason"], refusal["next_step"]) == ("wrong_modality", "Tools that read it: lung_volumes")
        assert "read as chest_ct" in refusal["detail"]


def test_of_a_ct_that_the_model_reads_only_a_question_is_answered(overread, ct_series: Path, tmp_path: Path) -> None:
    (tmp_path / "ct.yaml").write_text(READS_CT)
    said = overread("-c", f"profiles_dir={tmp_path}", "tool", "vqa", ct_series, "--profile", "ct")
    assert said.code == 2
    assert "only a question is answered" in said.err


@pytest.mark.parametrize("name", ["segmentation", "vqa", "report", "lung_volumes"])
def test_an_mr_is_refused_to_every_tool_and_its_header_can_be_looked_at(overread, name: str) -> None:
    path = get_testdata_file("MR_small.dcm")
    said = overread("tool", name, path, "--json")
    assert (said.code, said.json["gate"]["refusal"]["reason"]) == (3, "wrong_modality")
    assert overread("tool", "header", path).code == 0


def test_what_words_refer_to_is_printed_where_results_are(overread, phantom: Path) -> None:
    said = overread("tool", "segmentation", phantom, "--text", "the heart")
    assert (said.code, said.out.startswith("mask: heart")) == (0, True)
