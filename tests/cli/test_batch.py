"""`overread batch` as a command."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from overread.testing.phantoms import render, sample_recipe, to_display
from tests.archives.stage import write_peers
from tests.peers.orthanc import Orthanc
from tests.receiving.stage import SECRET_ID, SECRET_NAME, film


def test_a_batch_prints_a_table_and_refuses_to_write_over_its_summary(overread, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    Image.fromarray(to_display(render(sample_recipe(2, view="PA"), 128))).save(folder / "a.png")
    (folder / "b.png").write_bytes(b"broken")
    said = overread("batch", folder, "--out", tmp_path / "out")
    assert said.code == 0
    assert "refused" in said.out
    assert "peak memory" in said.out
    lines = [json.loads(line) for line in (tmp_path / "out" / "summary.jsonl").read_text().splitlines()]
    assert {(line["input"], line["status"]) for line in lines} == {
        ("in/a.png", "awaiting_review"),
        ("in/b.png", "refused"),
    }
    assert "A batch of 2 cases" in (tmp_path / "out" / "overview.html").read_text()
    assert (tmp_path / "out" / "summary.parquet").exists() is (find_spec("pyarrow") is not None)
    seconds = {line["input"]: line["tool_seconds"] for line in lines}
    assert {"header", "segmentation", "vqa"} <= set(seconds["in/a.png"])
    assert seconds["in/b.png"] == {}
    spent = {line["input"]: (line["model_calls"], line["completion_tokens"]) for line in lines}
    assert spent["in/b.png"] == (None, None)
    assert spent["in/a.png"][0] >= len({"segmentation", "classification", "report", "vqa"})
    assert overread("batch", folder, "--out", tmp_path / "out").code == 2
    assert overread("batch", folder, "--out", tmp_path / "out", "--resume").code == 0
    assert len((tmp_path / "out" / "summary.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("engine", "words"), [("ray", "pip install 'overread[ray]'"), ("dask", "there are local and ray")]
)
def test_an_engine_that_is_not_here_leaves_no_summary(tmp_path: Path, engine: str, words: str) -> None:
    without_ray = "import sys; sys.modules['ray'] = None; from overread.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", without_ray, "-c", f"home={tmp_path / 'home'}", "batch", str(tmp_path)]
    said = subprocess.run([*command, "--out", tmp_path / "out", "--engine", engine], capture_output=True, text=True)
    assert said.returncode == 2
    assert words in said.stderr
    assert not (tmp_path / "out").exists()


def test_a_wrong_input_leaves_no_summary_behind(overread, tmp_path: Path) -> None:
    assert overread("batch", tmp_path / "missing", "--out", tmp_path / "out").code == 2
    assert not (tmp_path / "out").exists()


def test_a_dry_run_reads_nothing_and_tells_what_it_knows(overread, tmp_path: Path) -> None:
    for number in (2, 3):
        shown = to_display(render(sample_recipe(number, view="PA"), 128))
        Image.fromarray(shown).save(tmp_path / f"{number}.png")
    (tmp_path / "list.csv").write_text("input,priority\n2.png,\n3.png,STAT\n")
    arguments = ("batch", tmp_path / "list.csv", "--out", tmp_path / "out")
    said = overread(*arguments, "--dry-run")
    assert said.code == 0
    assert "unknown" in said.out
    assert not (tmp_path / "out").exists()
    overread("batch", tmp_path / "2.png", "--out", tmp_path / "before")
    rows = dict(line.rsplit(maxsplit=1) for line in overread(*arguments, "--dry-run").out.splitlines() if line[:1])
    assert {name.strip(): rows[name] for name in rows if rows[name].isdecimal()} == {
        "in the summary already": "0",
        "of a content that is on file": "1",
        "to read": "1",
        "STAT": "1",
    }


def test_what_an_archive_finds_is_told_and_read(
    orthanc: Orthanc, overread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        orthanc.store(film(tmp_path / "films", 1, number, study=f"2.25.{number}", StudyDate=f"2026010{number}"))
    peers = write_peers(orthanc, tmp_path / "peers.yaml", monkeypatch)
    command = ("-c", f"peers={peers}", "batch", "--out", tmp_path / "out", "--from-pacs")
    dry = overread(*command, "web", "--date", "20260101-20260102", "--dry-run")
    assert "finds 2 studies" in dry.err
    assert [line.split()[-1] for line in dry.out.splitlines() if line.startswith("to read")] == ["2"]
    assert not (tmp_path / "out").exists()
    said = overread(*command, orthanc.dicomweb, "--date", "20260102", "--modality", "DX,CR")
    assert said.code == 0, said.err
    (line,) = (json.loads(line) for line in (tmp_path / "out" / "summary.jsonl").read_text().splitlines())
    assert (line["input"], line["status"], line["fault"]) == ("2.25.2", "awaiting_review", None)
    more = overread(*command, "rest", "--patient-id", SECRET_ID, "--resume")
    assert "1 cases are in the summary" in more.err
    assert len((tmp_path / "out" / "summary.jsonl").read_text().splitlines()) == 2
    assert SECRET_NAME not in said.err + said.out + more.err + more.out


def test_a_list_names_studies_of_an_archive_with_their_orders(
    orthanc: Orthanc, overread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        orthanc.store(film(tmp_path / "films", 1, number, study=f"2.25.{number}", AccessionNumber=f"A{number}"))
    peers = write_peers(orthanc, tmp_path / "peers.yaml", monkeypatch)
    (tmp_path / "two.json").write_text('{"indication": "Dyspnoea", "question": "Is there a pneumothorax?"}')
    rows = ("accession,study_uid,order,priority", "A1,,,STAT", ",2.25.2,two.json,", "A9,,,")
    (tmp_path / "studies.csv").write_text("\n".join(rows))
    command = ("-c", f"peers={peers}", "batch", tmp_path / "studies.csv", "--from-pacs", "web")
    said = overread(*command, "--out", tmp_path / "out")
    assert "finds 2 studies for 3 rows; for 1 it has none, and these fail" in said.err
    lines = [json.loads(line) for line in (tmp_path / "out" / "summary.jsonl").read_text().splitlines()]
    assert {line["input"]: (line["status"], line["fault"]) for line in lines} == {
        "2.25.1": ("awaiting_review", None),
        "2.25.2": ("awaiting_review", None),
        "studies.csv, row 3": ("failed", "refused"),
    }
    orders = {}
    for line in lines[:]:
        if line["case_id"]:
            told = json.loads((tmp_path / "out" / line["case_id"] / "case.json").read_text())
            orders[line["input"]] = told["case"]["order"]
    assert orders["2.25.1"]["priority"] == "STAT"
    assert (orders["2.25.2"]["indication"], orders["2.25.2"]["priority"]) == ("Dyspnoea", "routine")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("accession\nA1\nA1", "row 2: the same study as in row 1"),
        ("accession\nA*", "row 1, accession: one value"),
        ("study_uid\n1.2.x", "row 1, study_uid: digits and dots"),
        ("order\nnone.json", "row 1, name a study by its accession or its study_uid"),
        ("accession,order\nA1,none.json", "row 1, column order: there is no 'none.json'"),
        ("input\nstudy", "row 1, column input: there are accession, order, priority, study_uid"),
        ("accession", "names no study; give a row for each"),
    ],
)
def test_a_wrong_row_is_told_before_the_archive_is_asked(overread, tmp_path: Path, rows: str, words: str) -> None:
    (tmp_path / "studies.csv").write_text(rows)
    said = overread("batch", tmp_path / "studies.csv", "--from-pacs", "https://127.0.0.1:1", "--out", tmp_path / "out")
    assert said.code == 2
    assert words in " ".join(said.err.replace("│", " ").split())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give inputs, or --from-pacs"),
        (("study", "--from-pacs", "web", "--date", "20260101"), "a list of studies takes the place of --date"),
        (("study", "--from-pacs", "web"), "an input is a list of studies (.csv, .jsonl, .parquet); 'study' is none"),
        (("study", "--date", "20260101"), "are of --from-pacs"),
        (("--from-pacs", "https://127.0.0.1:1"), "a whole archive is not asked for"),
        (("--from-pacs", "nowhere", "--date", "20260101"), "no remote system named"),
    ],
)
def test_what_names_no_studies_is_a_wrong_call(
    overread, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    said = overread("batch", *arguments, "--out", tmp_path / "out")
    assert (said.code, words in said.err) == (2, True), said.err
    assert not (tmp_path / "out").exists()
