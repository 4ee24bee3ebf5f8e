"""Suites and benchmarks run in Inspect itself, offline, and its logs come back as results."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.needs import require

require("inspect")

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalLog, write_eval_log
from inspect_ai.scorer import match
from inspect_ai.solver import generate

from overread.errors import UsageError
from overread.evals.answering._result import BenchmarkResult
from overread.evals.exchange.inspect_log import read_log
from overread.evals.exchange.inspect_tasks import benchmark, suite
from overread.evals.runner import run
from overread.evals.running._result import EvalResult
from overread.settings import load_settings
from tests.evals.inspecting import evaluated
from tests.evals.suites import PROFILE, write_suite

# Inspect leaves streams of its own open when a run ends, and calls what its own dependencies deprecate.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "own.yaml").write_text(PROFILE.replace("cannot tell", "yes"))
    monkeypatch.setenv("OVERREAD_PROFILES_DIR", str(tmp_path / "profiles"))
    monkeypatch.setenv("OVERREAD_PROFILE", "own")
    monkeypatch.setenv("INSPECT_DISPLAY", "none")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def accuracy_of(log: EvalLog, name: str) -> float:
    assert log.results is not None
    (score,) = [score for score in log.results.scores if score.name == name]
    return score.metrics["accuracy"].value


def test_a_suite_runs_in_inspect_and_its_log_is_the_same_result(project: Path) -> None:
    folder = write_suite(project / "suite", 2)
    path = folder / "told_1.yaml"
    path.write_text(path.read_text().replace("status: present", "status: absent", 1))
    log = evaluated(suite(str(folder)))
    assert log.status == "success"
    assert accuracy_of(log, "gates") == accuracy_of(log, "findings") == 0.75
    assert accuracy_of(log, "alerts") == 1.0
    read = read_log(Path(log.location))
    assert isinstance(read, EvalResult)
    ours = run(str(folder), load_settings())
    assert [row.model_copy(update={"seconds": 0.0}) for row in read.rows] == [
        row.model_copy(update={"seconds": 0.0}) for row in ours.rows
    ]
    assert read.summary == ours.summary
    assert not read.gates_passed


def questions(folder: Path) -> Path:
    folder.mkdir()
    rows = [
        {"qid": str(number), "phrase_type": "test_para", "image_name": f"{number // 2}.png", "image_organ": "CHEST",
         "question": f"Air {number}?", "question_type": "PRES", "answer_type": "CLOSED",
         "answer": "no" if number % 4 == 3 else "yes"}
        for number in range(24)
    ]  # fmt: skip
    (folder / "VQA_RAD Dataset Public.json").write_text(json.dumps(rows))
    for number in range(11):  # the twelfth is not there
        Image.fromarray(np.full((40, 30), 40 + number, np.uint8)).save(folder / f"{number}.png")
    return folder


def test_a_benchmark_is_asked_of_a_profile_and_read_back(project: Path) -> None:
    log = evaluated(benchmark("vqa-rad", str(questions(project / "set"))))
    assert log.status == "success"
    assert accuracy_of(log, "judged") == pytest.approx(17 / 22, abs=1e-6)
    assert (log.eval.metadata or {})["skipped"] == 2
    read = read_log(Path(log.location))
    assert isinstance(read, BenchmarkResult)
    (figure,) = read.figures
    assert (figure.measure, figure.value, figure.items, figure.clusters) == ("accuracy", 0.7727, 22, 11)
    assert read.about.title == "VQA-RAD"


def test_another_model_of_inspects_is_asked_the_same_questions_with_the_pictures(project: Path) -> None:
    log = evaluated(benchmark("vqa-rad", str(questions(project / "set"))), model="told/no", solver=generate())
    assert accuracy_of(log, "judged") == pytest.approx(5 / 22)
    assert log.samples is not None
    content = log.samples[0].messages[0].content
    assert [part.type for part in content if not isinstance(part, str)] == ["image", "text"]


def test_the_log_of_anybodys_task_is_read_by_its_first_scorer(project: Path) -> None:
    samples = [Sample(input=f"Say {word}.", target=word, id=word) for word in ("default", "left")]
    log = evaluated(
        Task(dataset=MemoryDataset(samples), solver=generate(), scorer=match("begin")), model="told/default"
    )
    write_eval_log(log, "told.json")
    read = read_log(Path("told.json"))
    assert isinstance(read, BenchmarkResult)
    assert {sample.id: sample.said[0].right for sample in read.samples} == {"default": True, "left": False}
    assert read.figures[0].value == 0.5


def test_what_is_no_log_is_refused(project: Path) -> None:
    Path("no.json").write_text("{}")
    for name in ("no.json", "gone.eval"):
        with pytest.raises(UsageError, match=name):
            read_log(Path(name))
