"""A run beside its baseline: what is worse is named and stops a release, and CI reads it."""

import json
from pathlib import Path

import numpy as np
import pytest
from junitparser import JUnitXml
from PIL import Image

from tests.evals.suites import PROFILE, write_suite
from tests.needs import require


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_suite(tmp_path / "suite", 2)
    (tmp_path / "profiles").mkdir()
    for name in ("own", "next"):
        (tmp_path / "profiles" / f"{name}.yaml").write_text(PROFILE)
    monkeypatch.setenv("OVERREAD_PROFILES_DIR", str(tmp_path / "profiles"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def spoil(project: Path) -> None:
    path = project / "suite" / "told_1.yaml"
    path.write_text(path.read_text().replace("status: present", "status: absent", 1))


@pytest.mark.slow
def test_a_scenario_that_passed_and_fails_now_stops_the_release(overread, project: Path) -> None:
    assert overread("eval", "suite", "--profile", "own", "--out", "base").code == 0
    same = overread(
        "eval",
        "suite",
        "--profile",
        "next",
        "--out",
        "o",
        "--baseline",
        "base/results.json",
        "--gate",
        "--junit",
        "j.xml",
    )
    assert (same.code, "nothing is worse than the baseline" in same.out) == (0, True)
    assert [(suite.name, suite.tests, suite.failures) for suite in JUnitXml.fromfile("j.xml")] == [
        ("suite next", 4, 0), ("suite beside the baseline", 1, 0),
    ]  # fmt: skip
    spoil(project)
    worse = overread(
        "eval",
        "suite",
        "--profile",
        "next",
        "--out",
        "o",
        "--baseline",
        "base/results.json",
        "--gate",
        "--junit",
        "j.xml",
    )
    assert worse.code == 1
    assert "scenario  told_1 main, next: it passed in the baseline" in worse.out
    first, second = JUnitXml.fromfile("j.xml")
    assert (first.failures, second.failures) == (1, 1)
    assert [case.name for case in first if not case.is_passed] == ["told_1 main"]
    assert "expected absent" in next(case.result[0].message for case in first if not case.is_passed)
    verdict = json.loads(Path("o/results.json").read_text())["verdict"]
    assert [one["kind"] for one in verdict["setbacks"]] == ["scenario"]


@pytest.mark.slow
def test_a_scenario_that_is_gone_stops_it_unless_less_was_asked_for(overread, project: Path) -> None:
    overread("eval", "suite", "--profile", "own", "--out", "base")
    (project / "suite" / "told_1.yaml").unlink()
    gone = overread("eval", "suite", "--profile", "own", "--out", "o", "--baseline", "base/results.json", "--gate")
    assert (gone.code, "gone  told_1 twin, own" in gone.out) == (1, True)
    less = ("--only", "told_0")
    part = overread(
        "eval", "suite", "--profile", "own", "--out", "o", "--baseline", "base/results.json", "--gate", *less
    )
    assert part.code == 0


def test_a_figure_below_the_baseline_stops_it_beyond_the_margin(overread, project: Path) -> None:
    rows = [
        {"qid": str(number), "phrase_type": "test_para", "image_name": f"{number}.png", "image_organ": "CHEST",
         "question": f"Air {number}?", "question_type": "PRES", "answer_type": "CLOSED",
         "answer": "no" if number % 2 else "yes"}
        for number in range(30)
    ]  # fmt: skip
    (project / "set").mkdir()
    (project / "set" / "VQA_RAD Dataset Public.json").write_text(json.dumps(rows))
    for number in range(30):
        write_grey(project / "set" / f"{number}.png", number)
    say(project, "own", "yes")
    say(project, "next", "cannot tell")
    asked = ("eval", "vqa-rad", "--data", "set", "--no-controls")
    assert overread(*asked, "--gate").code == 2  # a gate that could not fail
    assert overread(*asked, "--profile", "own", "--out", "base").code == 0
    beside = ("--baseline", "base/results.json", "--gate", "--out", "o", "--junit", "j.xml")
    worse = overread(*asked, "--profile", "next", *beside)
    assert worse.code == 1
    assert "figure  next model, closed, accuracy: -0.500" in worse.out
    assert sum(suite.failures for suite in JUnitXml.fromfile("j.xml")) == 1
    assert overread(*asked, "--profile", "next", *beside, "--margin", "0.9").code == 0
    assert overread(*asked, "--profile", "own", *beside).code == 0


def test_a_baseline_of_something_else_is_refused(overread, project: Path) -> None:
    Path("other.json").write_text("{}")
    for name in ("other.json", "gone.json"):
        said = overread("eval", "suite", "--profile", "own", "--out", "o", "--baseline", name)
        assert (said.code, name in said.err) == (2, True)


def write_grey(path: Path, number: int) -> None:
    Image.fromarray(np.full((20, 20), 40 + number, np.uint8)).save(path)


def say(project: Path, profile: str, word: str) -> None:
    (project / "profiles" / f"{profile}.yaml").write_text(PROFILE.replace("cannot tell", word))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_log_of_inspect_is_told_and_held_against_a_baseline(overread, project: Path) -> None:
    require("inspect")
    from inspect_ai import Task
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.log import write_eval_log
    from inspect_ai.scorer import match
    from inspect_ai.solver import generate

    from tests.evals.inspecting import evaluated

    samples = [Sample(input=f"Say {number}.", target="yes", id=str(number)) for number in range(20)]
    for name, word in (("good.json", "yes"), ("bad.json", "no")):
        task = Task(dataset=MemoryDataset(samples), solver=generate(), scorer=match())
        write_eval_log(evaluated(task, model=f"told/{word}"), name)
    assert "1.000" in overread("eval", "--from-inspect", "good.json", "--out", "base").out
    assert Path("base/report.html").is_file()
    worse = overread("eval", "--from-inspect", "bad.json", "--baseline", "base/results.json", "--gate", "--out", "o")
    assert (worse.code, "open, accuracy: -1.000" in worse.out) == (1, True)
    assert overread("eval", "--from-inspect", "gone.eval").code == 2
