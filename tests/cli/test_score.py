"""`overread score`: what it prints, writes and refuses."""

import json
from pathlib import Path

import pytest


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "r.csv").write_text("id,cluster,text\n1,a,No <b>effusion</b>.\n2,b,Left effusion.\n3,b,Clear.\n")
    (tmp_path / "c.csv").write_text("id,text\n1,No effusion.\n2,Right effusion.\n9,Clear.\n")
    return "--references", str(tmp_path / "r.csv"), "--candidates", str(tmp_path / "c.csv")


def test_scores_are_printed_and_written_and_what_is_in_no_figure_is_said(overread, files, tmp_path: Path) -> None:
    said = overread(
        "score", *files, "--metric", "chexpert_f1", "--metric", "temporal_f1", "--out", str(tmp_path / "out")
    )
    assert said.code == 0
    assert "Temporal F1" in said.out
    assert "1 references without a candidate: in no figure" in said.out
    assert "1 candidates without a reference: in no figure" in said.out
    results = json.loads((tmp_path / "out/results.json").read_text())
    assert (results["missing"], results["unknown"]) == (["3"], ["9"])
    page = (tmp_path / "out/report.html").read_text()
    assert "<b>effusion" not in page
    assert "http" not in page.split("<body>")[1]


def test_json_is_the_result(overread, files, tmp_path: Path) -> None:
    told = overread("score", *files, "--json", "--metric", "temporal_f1", "--out", str(tmp_path / "out")).json
    assert [figure["name"] for figure in told["figures"]] == ["Temporal F1"]
    assert told["not_scored"][0]["why"].startswith("Temporal F1, references that compare: none of 2")


def test_the_list_says_what_is_here(overread) -> None:
    told = {one["name"]: one for one in overread("score", "--list", "--json").json}
    assert told["chexpert_f1"]["missing"] is None
    assert "none is downloaded" in told["bertscore"]["missing"]
    assert "judge" in overread("score", "--list").out


def test_what_a_metric_sees_of_the_known_pairs(overread) -> None:
    (micro, *_) = overread("score", "--known", "--metric", "chexpert_f1", "--json").json
    assert micro["means"]["paraphrase"] == 1.0 > micro["means"]["negation_flipped"]
    assert micro["means"]["side_flipped"] == 1.0  # labels have no side
    assert "side flipped" in overread("score", "--known", "--metric", "temporal_f1").out


def test_wrong_requests_exit_2_and_say_what_to_give(overread, files, tmp_path: Path) -> None:
    for more, text in (
        ((), "--references FILE"),
        ((*files, "--metric", "nothing"), "no evals.metrics extension named 'nothing'"),
        ((*files, "--metric", "chexbert_f1"), "chexbert_f1.checkpoint=FILE"),
        ((*files, "--metric", "auroc"), "auroc compares score"),
        ((*files, "-o", "model"), "METRIC.OPTION=VALUE"),
        ((*files, "--judge-url", "http://127.0.0.1:9"), "--judge-model together"),
    ):
        said = overread("score", *more, "--out", str(tmp_path / "out"))
        assert (said.code, text in said.err) == (2, True), said.err
