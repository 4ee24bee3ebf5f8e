"""A trace per case: a span for each run, node, tool and model call, each where it belongs, with nothing else in it."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from overread.errors import SettingsError
from overread.observing import attributes
from overread.observing.events import CaseRun, Ending, ModelCall, Place
from overread.observing.traces import SCOPE, Traces, provider_to
from overread.ports import BackendCard
from overread.records import Step
from overread.settings import load_settings
from tests.graphs.rooms import put_case, scripted_room, sign_all
from tests.observing.work import by_name, observed_room, parent_of, spans_in

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CARD = BackendCard("scripted", "writer", "d" * 64, "chat")


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def call(run: CaseRun, step: str | None, began: float, error: str | None = None) -> ModelCall:
    return ModelCall(CARD, "chat", 3, at(began), 0.5, 10, 20, error, Place(run, step))


class Told:
    """Traces whose spans stay in memory."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = provider_to([self.exporter])
        self.traces = Traces(self.provider.get_tracer(SCOPE))
        self.run = CaseRun("c-1", NOW)

    def step(self, key: str, node: str, began: float, ended: float | None = None, tool: str | None = None) -> None:
        end = None if ended is None else at(ended)
        self.traces.steps(self.run, Step(key=key, node=node, tool=tool, started=at(began), ended=end))

    def spans(self) -> dict[str, ReadableSpan]:
        self.provider.force_flush()
        return {span.name: span for span in self.exporter.get_finished_spans()}


@pytest.fixture
def told() -> Iterator[Told]:
    made = Told()
    made.traces.begins(made.run)
    yield made
    made.provider.shutdown()


def lies_in(child: ReadableSpan, parent: ReadableSpan) -> bool:
    return child.parent is not None and child.parent.span_id == parent.context.span_id


@pytest.mark.parametrize("early", [True, False])
def test_a_call_lies_in_its_tool_whichever_is_told_of_first(told: Told, early: bool) -> None:
    told.step("n", "gate", 0)
    if early:
        told.traces.called(call(told.run, "t", 1))
    told.step("t", "gate", 1, tool="quality")
    if not early:
        told.traces.called(call(told.run, "t", 1))
    told.step("t", "gate", 1, 2, tool="quality")
    told.step("n", "gate", 0, 3)
    told.traces.ends(told.run, Ending(at(3), "awaiting_review"))
    spans = told.spans()
    assert lies_in(spans["chat writer"], spans["execute_tool quality"])
    assert lies_in(spans["execute_tool quality"], spans["node gate"])
    assert lies_in(spans["node gate"], spans["invoke_agent overread"])
    model = spans["chat writer"]
    assert (model.start_time, model.end_time) == (int(at(1).timestamp() * 1e9), int(at(1.5).timestamp() * 1e9))


def test_a_call_of_a_node_itself_lies_in_that_node(told: Told) -> None:
    told.step("a", "plan", 0)
    told.traces.called(call(told.run, None, 0.2))
    told.step("a", "plan", 0, 1)
    told.step("b", "draft", 2)
    told.step("b", "draft", 2, 3)
    told.traces.ends(told.run, Ending(at(3), "awaiting_review"))
    spans = told.spans()
    assert lies_in(spans["chat writer"], spans["node plan"])


def test_a_model_that_was_given_up_is_told_of_late(told: Told) -> None:
    told.step("t", "run_tool", 0, tool="vqa")
    told.step("t", "run_tool", 0, 1, tool="vqa")
    told.traces.ends(told.run, Ending(at(2), "awaiting_review"))
    told.traces.called(call(told.run, "t", 0.5, error="Unavailable"))
    spans = told.spans()
    assert lies_in(spans["chat writer"], spans["execute_tool vqa"])
    assert dict(spans["chat writer"].attributes or {})["error.type"] == "Unavailable"
    assert not spans["chat writer"].status.is_ok
    assert spans["chat writer"].status.description is None


def test_what_a_failed_run_leaves_open_is_closed(told: Told) -> None:
    told.step("n", "draft", 0)
    told.traces.ends(told.run, Ending(at(1), "failed", "ValueError"))
    spans = told.spans()
    assert {"node draft", "invoke_agent overread"} <= spans.keys()
    said = dict(spans["invoke_agent overread"].attributes or {})
    assert (said["overread.case.outcome"], said["error.type"]) == ("failed", "ValueError")


def test_all_runs_of_a_case_are_one_trace_and_another_case_is_another(tmp_path: Path) -> None:
    with observed_room(tmp_path) as room:
        first, second = put_case(room, 1), put_case(room, 2)
        file = room.read(first)
        room.read(second)
        room.decide(first, sign_all(file))
    roots = by_name(spans_in(tmp_path))["invoke_agent overread"]
    traces = [root["context"]["trace_id"].removeprefix("0x") for root in roots]
    assert traces == [attributes.trace_id(name) for name in (first, second, first)]
    assert [root["attributes"]["overread.case.outcome"] for root in roots] == [
        "awaiting_review",
        "awaiting_review",
        "signed",
    ]


def test_every_model_call_of_a_real_run_lies_in_its_tool(tmp_path: Path) -> None:
    with observed_room(tmp_path) as room:
        room.read(put_case(room))
    spans = spans_in(tmp_path)
    parents = {span["name"]: parent_of(span, spans) for span in spans}
    assert parents["chat chat"] in ("execute_tool vqa", "execute_tool report")
    assert parents["segmentation segmentation"] == "execute_tool segmentation"
    assert parents["execute_tool quality"] == "node gate"
    assert parents["execute_tool vqa"] == "invoke_agent overread"
    model = by_name(spans)["segmentation segmentation"][0]["attributes"]
    assert model["gen_ai.provider.name"] == "scripted"
    assert len(model["overread.model.weights_digest"]) > 8
    assert {key for span in spans for key in span["attributes"]} <= attributes.ALLOWED
    assert not any(span["events"] or span["links"] for span in spans)


def test_a_case_at_rest_leaves_no_trace_when_it_is_asked_for_again(tmp_path: Path) -> None:
    with observed_room(tmp_path) as room:
        case_id = put_case(room)
        room.read(case_id)
        room.read(case_id)
    assert len(by_name(spans_in(tmp_path))["invoke_agent overread"]) == 1


def test_what_is_not_on_the_list_cannot_be_said() -> None:
    with pytest.raises(ValueError, match="may not say patient"):
        attributes.checked({"patient": "A"})
    assert attributes.checked({"gen_ai.request.model": "Doe^Jane 1941"}) == {"gen_ai.request.model": "other"}


def test_nobody_is_told_of_anything_unless_the_settings_say_so(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        room.read(put_case(room))
        assert room.services.observers.everybody == ()


@pytest.mark.parametrize("address", ["http://collector.example:4318/v1/traces", "https://who:pw@a.example/", "there"])
def test_spans_go_to_this_machine_or_over_tls(address: str) -> None:
    with pytest.raises(SettingsError, match="traces_to"):
        load_settings(observing={"traces_to": address})


class Collector(HTTPServer):
    """Takes spans by OTLP over HTTP and keeps them."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _Taking)


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return None


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_spans_reach_a_collector(tmp_path: Path, collector: Collector) -> None:
    with observed_room(tmp_path, traces_to=f"http://127.0.0.1:{collector.server_port}/v1/traces") as room:
        room.read(put_case(room))
    sent = [ExportTraceServiceRequest.FromString(body) for body in collector.bodies]
    resources = [group for request in sent for group in request.resource_spans]
    names = [span.name for group in resources for scope in group.scope_spans for span in scope.spans]
    assert sorted(names) == sorted(span["name"] for span in spans_in(tmp_path))
    said = {item.key: item.value.string_value for item in resources[0].resource.attributes}
    assert said.keys() == {"service.name", "service.version"}  # not what the environment says of this process


def test_a_collector_that_is_gone_costs_no_case(
    tmp_path: Path, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "opentelemetry")
    with observed_room(tmp_path, traces_to="http://127.0.0.1:9/v1/traces") as room:
        assert room.read(put_case(room)).status == "awaiting_review"
    assert json.dumps(spans_in(tmp_path))
