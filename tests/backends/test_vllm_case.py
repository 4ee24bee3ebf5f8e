"""A whole case over model servers that go wrong, by the command line: the draft waits, and names what is missing."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.needs import require

require("torch")  # the embedded CLIP is put behind HTTP

from overread.backends import transformers
from overread.backends.scripted import ScriptedChat
from overread.cli.boundary import run
from overread.ports import EmbeddingBackend
from overread.settings import ModelSpec, Settings
from overread.testing.model_server import FAULTS, Fault, ModelServer
from overread.testing.phantoms import sample_recipe, write_study

REPORT = {"findings": ["The lungs are clear.", "There is a left pleural effusion."], "impression": ["Left effusion."]}
OF_CHAT: dict[Fault, str] = {"length": "invalid_output", "deep": "invalid_output"}
OF_EMBEDDING: dict[Fault, str] = {"short_embedding": "invalid_output", "nan": "invalid_output"}
OF_BOTH: dict[Fault, str] = {
    "garbage": "invalid_output",
    "wrong_schema": "invalid_output",
    "endless": "invalid_output",
    "refuses": "invalid_output",
    "error_500": "unavailable",
    "unavailable_503": "unavailable",
    "busy": "unavailable",
    "hang": "unavailable",
    "drop": "unavailable",
    "unauthorised": "unavailable",
    "redirect": "unavailable",
}
Read = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def embedding() -> EmbeddingBackend:
    """The embedded CLIP, put behind HTTP: the gate asks it whether the picture is a frontal chest radiograph."""
    backend = transformers.build(ModelSpec(backend="transformers", model="clip"), Settings(torch_threads=1))
    assert isinstance(backend, EmbeddingBackend)
    return backend


@pytest.fixture
def server(embedding: EmbeddingBackend) -> Iterator[ModelServer]:
    with ModelServer(ScriptedChat({"Question:": {"answer": "no"}, "": REPORT}), embedding) as running:
        yield running


@pytest.fixture(scope="module")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantom") / "study"
    write_study(folder, sample_recipe(3, view="PA", flipped=False), size=256)
    return folder


@pytest.fixture
def read(
    server: ModelServer,
    phantom: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Read:
    """Read the phantom with the models behind the double, and give its case.json."""
    monkeypatch.chdir(tmp_path)

    def call(seconds: float = 60.0) -> dict[str, Any]:
        (tmp_path / "double.yaml").write_text(yaml.safe_dump(profile(server.url, seconds)))
        options = [option for pair in settings.items() for option in ("-c", "=".join(map(str, pair)))]
        capfd.readouterr()
        code = run([*options, "read", str(phantom), "--profile", "double", "--json"])
        out, err = capfd.readouterr()
        assert code == 0, err
        case: dict[str, Any] = json.loads(out)
        return case

    settings = {"home": tmp_path / "home", "profiles_dir": tmp_path}
    return call


def profile(url: str, seconds: float) -> dict[str, Any]:
    served = {"backend": "vllm", "url": url, "parameters": {"seconds": seconds}}
    return {
        "describe": "Models behind the double.",
        "tools": ["header", "quality", "segmentation", "classification", "report", "vqa"],
        "roles": {
            "segmentation": {"backend": "scripted", "model": "segmentation"},
            "classification": {**served, "model": "clip"},
            "report": {**served, "model": "vlm"},
            "vqa": {**served, "model": "vlm"},
        },
    }


def assert_waits_and_names(case: dict[str, Any], expected: dict[str, str]) -> None:
    assert case["status"] == "awaiting_review"
    failed = {failure["tool"]: failure["kind"] for failure in case["failures"]}
    assert {tool: failed.get(tool) for tool in expected} == expected
    assert not [item for item in case["evidence"] if item["tool"] in expected]
    assert {"header", "quality", "segmentation"} <= {item["tool"] for item in case["evidence"]}
    limitations = " ".join(statement["text"].lower() for statement in case["draft"]["sections"]["limitations"])
    assert all(tool in limitations for tool in expected)


def test_every_fault_of_the_double_is_tried_here() -> None:
    assert set(FAULTS) == {*OF_CHAT, *OF_EMBEDDING, *OF_BOTH, "slow"}


def test_with_servers_that_are_well_nothing_is_missing(read: Read, server: ModelServer) -> None:
    case = read()
    assert case["failures"] == []
    assert {"classification", "report"} <= {item["tool"] for item in case["evidence"]}
    assert {item["provenance"]["model"] for item in case["evidence"] if item["tool"] == "report"} == {"vlm"}


@pytest.mark.parametrize("fault", OF_BOTH)
def test_a_case_over_broken_servers_reaches_the_review(read: Read, server: ModelServer, fault: Fault) -> None:
    server.misbehave(fault)
    case = read(seconds=1.0 if fault == "hang" else 60.0)
    assert_waits_and_names(case, dict.fromkeys(("classification", "report"), OF_BOTH[fault]))


@pytest.mark.parametrize("fault", OF_CHAT)
def test_a_broken_chat_model_leaves_the_others(read: Read, server: ModelServer, fault: Fault) -> None:
    server.misbehave(fault)
    assert_waits_and_names(read(), {"report": OF_CHAT[fault]})


@pytest.mark.parametrize("fault", OF_EMBEDDING)
def test_a_broken_embedding_model_leaves_the_others(read: Read, server: ModelServer, fault: Fault) -> None:
    server.misbehave(fault)
    assert_waits_and_names(read(), {"classification": OF_EMBEDDING[fault]})


def test_a_server_that_is_not_there_is_named(read: Read, server: ModelServer) -> None:
    server.stop()
    assert_waits_and_names(read(), dict.fromkeys(("classification", "report"), "unavailable"))
