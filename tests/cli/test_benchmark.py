"""`overread eval BENCHMARK --data DIR`, and the list of benchmarks."""

import json
from pathlib import Path

import numpy as np
from PIL import Image


def test_the_list_says_what_each_needs_and_its_licence(overread) -> None:
    told = {about["name"]: about for about in overread("eval", "--list", "--json").json}
    assert {"vqa_rad", "slake", "radbench_radfm", "radbench_harrison"} <= told.keys()
    assert all(about["needs"] and about["licence"] for about in told.values())
    assert "chexpert" in overread("eval", "--list").out


def test_a_benchmark_is_run_from_a_folder_and_leaves_a_page(overread, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    row = {
        "qid": "1", "phrase_type": "test_para", "image_name": "a.png", "image_organ": "CHEST",
        "question": "<b>Air?</b>", "question_type": "PRES", "answer": "cannot tell", "answer_type": "OPEN",
    }  # fmt: skip
    rows = [row | {"qid": str(number)} for number in range(12)]
    (folder / "VQA_RAD Dataset Public.json").write_text(json.dumps(rows))
    Image.fromarray(np.full((40, 30), 90, np.uint8)).save(folder / "a.png")
    said = overread("eval", "VQA-RAD", "--data", str(folder), "--out", str(tmp_path / "out"), "--no-controls")
    assert said.code == 0
    assert "1.000" in said.out
    page = (tmp_path / "out/report.html").read_text()
    assert "\\u003cb>Air?" in page
    assert "<b>Air?" not in page
    assert "http" not in page.split("<body>")[1]  # nothing from elsewhere


def test_of_too_few_items_it_says_that_there_is_no_figure(overread, tmp_path: Path) -> None:
    row = {
        "qid": "1", "phrase_type": "test_para", "image_name": "a.png", "image_organ": "CHEST",
        "question": "Air?", "question_type": "PRES", "answer": "cannot tell", "answer_type": "OPEN",
    }  # fmt: skip
    (tmp_path / "VQA_RAD Dataset Public.json").write_text(json.dumps([row]))
    Image.fromarray(np.full((40, 30), 90, np.uint8)).save(tmp_path / "a.png")
    said = overread("eval", "vqa-rad", "--data", str(tmp_path), "--out", str(tmp_path / "out"), "--no-controls")
    assert said.code == 0
    assert "scripted model: no figure, since so few items" in said.out
    assert "commonest" not in said.out
    assert "no figure, since so few items" in (tmp_path / "out/report.html").read_text()


def test_without_a_folder_or_a_name_it_says_what_to_give(overread, tmp_path: Path) -> None:
    said = overread("eval", "vqa-rad")
    assert (said.code, "--data DIR" in said.err) == (2, True)
    assert overread("eval").code == 2
    wrong = overread("eval", "vqa-rad", "--data", str(tmp_path), "--split", "other")
    assert (wrong.code, "there are: test, train, all" in wrong.err) == (2, True)
