"""`overread label`: report text in, three-valued labels and their phrases out, nothing of a patient in a complaint."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from overread.reasoning.vocabulary import LABELS

REPORTS = (
    {"id": "a", "text": "Small right pleural effusion. No pneumothorax."},
    {"id": 7, "text": "FINDINGS: Possible  left basilar\npneumonia.\nIMPRESSION: Possible pneumonia."},
    {"id": 'ä,"b"', "text": ""},
)
SECRET = "DOE^JANE"


def lines(*reports: Any) -> str:
    return "".join(json.dumps(report) + "\n" for report in reports)


def parsed(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    path = tmp_path / "reports.jsonl"
    path.write_text(lines(*REPORTS))
    return path


def test_every_report_has_its_labels_in_one_line(overread, reports: Path) -> None:
    said = overread("label", reports)
    assert (said.code, said.err) == (0, "")
    effusion, pneumonia, empty = parsed(said.out)
    assert [effusion["id"], pneumonia["id"], empty["id"]] == ["a", 7, 'ä,"b"']
    assert list(effusion["labels"]) == list(LABELS)
    assert (effusion["labels"]["Pleural Effusion"], effusion["labels"]["Pneumothorax"]) == (1, 0)
    assert pneumonia["labels"]["Pneumonia"] == -1
    assert set(empty["labels"].values()) == {None}
    assert empty["spans"] == []


def test_a_span_is_the_phrase_in_the_text_as_given(overread, reports: Path) -> None:
    effusion, pneumonia, _ = parsed(overread("label", reports).out)
    assert effusion["spans"][0] == {
        "start": 12,
        "end": 28,
        "label": "Pleural Effusion",
        "value": 1,
        "laterality": "right",
        "rule": "mention",
    }
    text = str(REPORTS[1]["text"])
    assert [text[span["start"] : span["end"]] for span in pneumonia["spans"]] == ["pneumonia", "pneumonia"]


def test_csv_has_a_column_for_each_label(overread, reports: Path) -> None:
    said = overread("label", reports, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert list(rows[0]) == ["id", *LABELS]
    assert [row["id"] for row in rows] == ["a", "7", 'ä,"b"']
    assert [row["Pleural Effusion"] for row in rows] == ["1", "", ""]
    assert [row["Pneumothorax"] for row in rows] == ["0", "", ""]
    assert [row["Pneumonia"] for row in rows] == ["", "-1", ""]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_file_gets_what_standard_output_would(overread, reports: Path, tmp_path: Path, form: str) -> None:
    said = overread("label", reports, "--format", form, "--out", tmp_path / "labels")
    assert (said.code, said.out) == (0, "")
    assert (tmp_path / "labels").read_bytes().decode() == overread("label", reports, "--format", form).out


def test_standard_input_is_read_where_the_file_is_a_dash(
    overread, reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(reports.read_bytes())))
    assert overread("label", "-").out == overread("label", reports).out


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"{SECRET} not json", "not JSON"),
        ('{"id": "b", "text": "' + SECRET, "not JSON"),
        (json.dumps([SECRET]), "not a JSON object"),
        (lines({"text": SECRET}), "no 'id'"),
        (lines({"id": SECRET}), "no 'text'"),
        (lines({"id": SECRET, "text": None}), "'text' is not a string"),
        (lines({"id": None, "text": SECRET}), "'id' is neither"),
        (lines({"id": "", "text": SECRET}), "'id' is neither"),
        (lines({"id": True, "text": SECRET}), "'id' is neither"),
        (lines({"id": "a", "text": SECRET}), "its 'id' is that of an earlier line"),
        (lines({"id": "7", "text": SECRET}), "its 'id' is that of an earlier line"),
        (f'{{"id": "b", "text": "\\ud800 {SECRET}"}}', "not JSON"),
    ],
)
def test_a_bad_line_is_told_by_its_number_and_what_is_before_it_stands(
    overread, tmp_path: Path, line: str, why: str
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(lines(*REPORTS[:2]) + "\n" + line.rstrip("\n") + "\n" + lines({"id": "z", "text": "x"}))
    said = overread("label", path)
    assert said.code == 2
    assert [item["id"] for item in parsed(said.out)] == ["a", 7]
    assert said.err.startswith(f"overread: {path}, line 4: {why}")
    assert said.err.count("\n") == 1
    assert "DOE" not in said.err + said.out


def test_bytes_that_are_not_utf_8_are_a_bad_line(overread, tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes('{"id": "a", "text": "Größe"}\n'.encode("latin-1"))
    said = overread("label", tmp_path / "latin.jsonl")
    assert said.code == 2
    assert "line 1: not JSON in UTF-8" in said.err


def test_a_byte_order_mark_blank_lines_and_other_fields_do_no_harm(overread, tmp_path: Path) -> None:
    path = tmp_path / "marked.jsonl"
    path.write_text("\ufeff" + lines({"id": "a", "text": "Cardiomegaly.", "split": "test"}) + "\n\r\n", "utf-8")
    said = overread("label", path)
    assert said.code == 0
    assert [item["labels"]["Cardiomegaly"] for item in parsed(said.out)] == [1]


def test_what_cannot_be_opened_is_bad_usage(overread, reports: Path, tmp_path: Path) -> None:
    assert overread("label", tmp_path / "none.jsonl", "--out", tmp_path / "labels").code == 2
    assert not (tmp_path / "labels").exists()
    assert overread("label", tmp_path).code == 2
    assert overread("label", reports, "--out", tmp_path / "none" / "labels").code == 2
    assert overread("label", reports, "--format", "xml").code == 2


def test_the_reports_are_not_written_over(overread, reports: Path) -> None:
    before = reports.read_bytes()
    assert overread("label", reports, "--out", reports).code == 2
    assert reports.read_bytes() == before


def test_labels_come_while_the_input_is_still_open() -> None:
    command = [sys.executable, "-m", "overread.cli", "label", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(lines(REPORTS[0]))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == "a"
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_a_bar_on_a_terminal_keeps_off_standard_output(reports: Path) -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "overread.cli", "label", str(reports)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, text=True, check=True)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    os.close(theirs)
    assert "reports" in shown
    assert "100%" in shown
    assert [line["id"] for line in parsed(done.stdout)] == [report["id"] for report in REPORTS]


def test_labeling_loads_no_model_library_and_no_graph(reports: Path) -> None:
    code = (
        "import sys\n"
        "from overread.cli.boundary import run\n"
        "assert run(['label', sys.argv[1]]) == 0\n"
        "heavy = {'torch', 'transformers', 'gradio', 'langgraph', 'skimage', 'scipy'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(reports)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
