"""Traces by OpenTelemetry: one a case, with a span for each run of it, each node, each tool and each model call.

The provider is our own and not the process's: libraries that trace by themselves (FastAPI) find none, and say nothing.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING
from weakref import WeakKeyDictionary

from overread._version import __version__
from overread.errors import SettingsError
from overread.observing import attributes
from overread.observing.events import CaseRun, Ending, ModelCall
from overread.records import Step
from overread.settings import Observing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

SCOPE = "overread"
SEND_SECONDS = 10.0
_CASE: ContextVar[str] = ContextVar("case of a new trace")


@contextmanager
def open_traces(wanted: Observing) -> Iterator["Traces"]:
    """Send spans to where the settings say, at the end those that are left; raises `SettingsError` without the extra.

    A collector that cannot be reached costs spans and a line in the log, never a case.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter
    except ImportError:
        raise SettingsError("traces need OpenTelemetry: pip install 'overread[observe]'") from None
    exporters: list[SpanExporter] = []
    if wanted.traces_to is not None:
        exporters.append(OTLPSpanExporter(endpoint=wanted.traces_to, timeout=SEND_SECONDS))
    stream = None if wanted.traces_file is None else _opened(wanted.traces_file)
    if stream is not None:
        exporters.append(ConsoleSpanExporter(out=stream, formatter=lambda span: span.to_json(indent=None) + "\n"))
    provider = provider_to(exporters)
    try:
        yield Traces(provider.get_tracer(SCOPE, __version__))
    finally:
        provider.shutdown()
        if stream is not None:
            stream.close()


def _opened(path: Path) -> IO[str]:
    """Open the file of spans, for its owner only, to add to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8")


def provider_to(exporters: "Sequence[SpanExporter]") -> "TracerProvider":
    """Give a provider whose spans go to some exporters, from a thread of its own, and whose traces are of cases."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class CaseIds(RandomIdGenerator):
        """Gives a case the same trace in every process; a span's own number is random."""

        def generate_trace_id(self) -> int:
            return int(attributes.trace_id(_CASE.get()), 16)

    # `Resource.create` would add what the environment says of this process.
    resource = Resource({"service.name": SCOPE, "service.version": __version__})
    provider = TracerProvider(resource=resource, id_generator=CaseIds(), shutdown_on_exit=False)
    for exporter in exporters:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


class Traces:
    """An observer that makes spans."""

    def __init__(self, tracer: "Tracer") -> None:
        self._tracer = tracer
        self._runs: WeakKeyDictionary[CaseRun, _Spans] = WeakKeyDictionary()

    def begins(self, run: CaseRun) -> None:
        """Open the span of a run."""
        self._runs[run] = _Spans(self._tracer, run)

    def steps(self, run: CaseRun, step: Step) -> None:
        """Open or close the span of a step."""
        self._runs[run].step(step)

    def called(self, call: ModelCall) -> None:
        """Make the span of a model call; outside of a case there is no trace for it."""
        spans = None if call.place is None else self._runs.get(call.place.run)
        if spans is not None:
            spans.call(call)

    def ends(self, run: CaseRun, ending: Ending) -> None:
        """Close what is open of a run."""
        self._runs[run].end(ending)


class _Spans:
    """The spans of one run. A step is told of by the thread that listens, a model call by the one that asked."""

    def __init__(self, tracer: "Tracer", run: CaseRun) -> None:
        self._tracer = tracer
        self._lock = threading.Lock()
        self._steps: dict[str, Span] = {}
        self._nodes: dict[str, Span] = {}
        """The node of each name that goes on, or went on last."""
        self._waiting: list[ModelCall] = []
        """Calls whose step has not been told of yet."""
        token = _CASE.set(run.case_id)
        try:
            self._root = self._open(
                "invoke_agent overread", None, run.started, attributes.of_case(run.case_id, __version__)
            )
        finally:
            _CASE.reset(token)

    def step(self, step: Step) -> None:
        """Open the span of a step that begins, close that of one that ends, and place the calls that waited for it."""
        with self._lock:
            span = self._steps.get(step.key)
            if span is None:
                name = f"node {step.node}" if step.tool is None else f"execute_tool {attributes.named(step.tool)}"
                parent = self._root if step.tool is None else self._nodes.get(step.node, self._root)
                span = self._steps[step.key] = self._open(name, parent, step.started, attributes.of_step(step))
                if step.tool is None:
                    self._nodes[step.node] = span
            self._place_waiting(step, span)
            if step.ended is not None:
                self._close(span, step.ended, attributes.of_step(step), failed=step.failure is not None)

    def call(self, call: ModelCall) -> None:
        """Place a call under the span of its step, at once or when that is told of."""
        with self._lock:
            key = call.place.step if call.place else None
            parent = None if key is None else self._steps.get(key)
            if parent is None:
                self._waiting.append(call)
            else:
                self._place(call, parent)

    def end(self, ending: Ending) -> None:
        """Close the span of the run; what still waits is of the run itself."""
        with self._lock:
            for call in self._waiting:
                self._place(call, self._root)
            self._waiting.clear()
            for span in self._steps.values():
                if span.is_recording():  # a run that was ended in the middle of it
                    span.end(end_time=_nanoseconds(ending.ended))
            self._close(self._root, ending.ended, attributes.of_ending(ending), failed=ending.outcome == "failed")

    def _place_waiting(self, step: Step, span: "Span") -> None:
        """A call of a tool names its step; one of a node itself is of the node that ends next: none runs beside it."""
        own = step.key if step.tool is not None else None
        ready = [call for call in self._waiting if call.place and call.place.step == own]
        if step.tool is None and step.ended is None:
            return
        for call in ready:
            self._waiting.remove(call)
            self._place(call, span)

    def _place(self, call: ModelCall, parent: "Span") -> None:
        name = f"{call.operation} {attributes.named(call.card.model)}"
        span = self._open(name, parent, call.started, attributes.of_call(call))
        self._close(span, call.started + timedelta(seconds=call.seconds), {}, failed=call.error is not None)

    def _open(self, name: str, parent: "Span | None", started: datetime, said: dict[str, attributes.Value]) -> "Span":
        from opentelemetry.context import Context
        from opentelemetry.trace import set_span_in_context

        # An empty context: whatever else is traced in this process is no parent of a case.
        context = Context() if parent is None else set_span_in_context(parent, Context())
        return self._tracer.start_span(name, context, attributes=said, start_time=_nanoseconds(started))

    @staticmethod
    def _close(span: "Span", ended: datetime, said: dict[str, attributes.Value], *, failed: bool) -> None:
        from opentelemetry.trace import StatusCode

        span.set_attributes(said)
        if failed:
            span.set_status(StatusCode.ERROR)  # without words: they may be anybody's
        span.end(end_time=_nanoseconds(ended))


def _nanoseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000) * 1_000
