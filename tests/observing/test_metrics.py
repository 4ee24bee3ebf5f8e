"""What `/metrics` says is what was done, and its memory has an end."""

import socket
from pathlib import Path

import httpx
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from overread.backends import vllm
from overread.composition import open_room
from overread.errors import SettingsError, Unavailable
from overread.observing.events import CaseRun, ModelCall
from overread.observing.metrics import MOST_NAMES, Metrics, Names
from overread.observing.models import watched
from overread.observing.opening import open_observers
from overread.ports import BackendCard, ChatBackend, ChatRequest
from overread.settings import ModelSpec, load_settings
from overread.store.home import Home
from overread.testing.doubles import Fault, ScriptedTool
from tests.graphs.rooms import TRUST, put_case, scripted_tools, settings, sign_all
from tests.observing.test_traces import NOW
from tests.observing.work import observed_room

TOKEN = "a token of the tests"


def figures(text: str) -> dict[tuple[str, str], float]:
    """Map (name, the values of its labels in the order of their names) to the value of each sample."""
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def shown(metrics: Metrics) -> dict[tuple[str, str], float]:
    return figures(generate_latest(metrics.registry).decode())


def test_cases_tools_and_models_are_counted(tmp_path: Path) -> None:
    metrics = Metrics()
    with observed_room(tmp_path, metrics) as room:
        case_id = put_case(room)
        file = room.read(case_id)
        said = shown(metrics)
        assert said["overread_store_cases", "awaiting_review"] == 1
        assert said["overread_review_oldest_seconds", ""] >= 0
        room.decide(case_id, sign_all(file))
        said = shown(metrics)
    assert said["overread_cases_total", "awaiting_review"] == said["overread_cases_total", "signed"] == 1
    assert said["overread_cases_in_flight", ""] == said["overread_tools_in_flight", "vqa"] == 0
    assert said["overread_tool_seconds_count", "ok,vqa"] == 1
    assert said["overread_node_seconds_count", "draft"] == 1
    assert said["overread_model_seconds_count", "segmentation,segmentation"] >= 1
    assert said["overread_model_answering", "segmentation"] == 1
    assert said["overread_store_cases", "signed"] == 1
    assert ("overread_review_oldest_seconds", "") not in said


def test_failures_and_open_alerts_are_counted(tmp_path: Path) -> None:
    metrics = Metrics()
    broken = scripted_tools(report=ScriptedTool("report", fault=Fault("error")))
    with open_room(settings(tmp_path, tool_attempts=1), tools=broken, trust=TRUST, metrics=metrics) as room:
        room.read(put_case(room))
        open_alerts = len(room.home.notices.open_alerts())
        said = shown(metrics)
    assert said["overread_tool_seconds_count", "error,report"] == 1
    assert said["overread_alerts_open", ""] == open_alerts


def test_a_model_that_is_unavailable_is_not_answering() -> None:
    metrics, card = Metrics(), BackendCard("vllm", "vlm", "d", "chat")
    metrics.called(ModelCall(card, "chat", 1, NOW, 0.1, error="Unavailable"))
    assert shown(metrics)["overread_model_answering", "vlm"] == 0
    metrics.called(ModelCall(card, "chat", 1, NOW, 0.1, error="AnswerInvalid"))
    said = shown(metrics)
    assert said["overread_model_answering", "vlm"] == 1
    assert said["overread_model_errors_total", "Unavailable,vlm"] == 1


def test_no_fault_makes_labels_without_end() -> None:
    names = Names()
    assert [names(f"tool-{number}") for number in range(MOST_NAMES)][-1] == f"tool-{MOST_NAMES - 1}"
    assert names("one more") == names("one-more") == "other"
    assert names("tool-0") == "tool-0"


def test_a_run_in_work_is_in_flight() -> None:
    metrics = Metrics()
    metrics.begins(CaseRun("c-1", NOW))
    assert shown(metrics)["overread_cases_in_flight", ""] == 1


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_process_without_a_page_shows_its_metrics_at_a_port(tmp_path: Path, port: int) -> None:
    wanted = settings(tmp_path, observing={"metrics_port": port})
    address = f"http://127.0.0.1:{port}"
    with open_room(wanted, tools=scripted_tools(), trust=TRUST) as room:
        room.read(put_case(room))
        said = figures(httpx.get(f"{address}/metrics").text)
        assert said["overread_cases_total", "awaiting_review"] == 1
        assert httpx.get(f"{address}/other").status_code == 404
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/metrics")


def test_a_port_that_is_taken_costs_a_line_and_no_case(
    tmp_path: Path, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    wanted = settings(tmp_path, observing={"metrics_port": port})
    with open_room(wanted, tools=scripted_tools(), trust=TRUST), open_room(wanted, tools=scripted_tools()) as second:
        assert second.read(put_case(second)).status == "awaiting_review"
    assert "give each its own port" in caplog.text


def test_with_a_token_only_who_shows_it_reads_the_port(tmp_path: Path, port: int) -> None:
    wanted = settings(tmp_path, observing={"metrics_port": port, "metrics_token": TOKEN})
    home, address = Home(tmp_path), f"http://127.0.0.1:{port}/metrics"
    with open_observers(wanted, home):
        assert httpx.get(address).status_code == 401
        assert httpx.get(address, headers={"Authorization": "Bearer another token here"}).status_code == 401
        assert httpx.get(address, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    home.close()


def test_beyond_the_loopback_a_token_is_needed() -> None:
    with pytest.raises(SettingsError, match="metrics_token"):
        load_settings(observing={"metrics_host": "0.0.0.0", "metrics_port": 9000})


def test_the_circuit_breaker_of_a_server_is_shown_as_it_is_now() -> None:
    metrics = Metrics()
    spec = ModelSpec(backend="vllm", model="vlm", url="http://127.0.0.1:9/v1", parameters={"seconds": 3.0})
    backend = watched(vllm.build(spec, load_settings()), metrics.called)
    assert isinstance(backend, ChatBackend)
    assert not {name for name, _ in shown(metrics) if name == "overread_model_circuit"}
    with pytest.raises(Unavailable):
        backend.ask(ChatRequest("a"))
    assert shown(metrics)["overread_model_circuit", "vlm"] == 2
    assert shown(metrics)["overread_model_answering", "vlm"] == 0
