"""Figures for Prometheus: what this process did, by outcome, node, tool and model."""

import threading
from collections.abc import Callable, Mapping
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector

from overread._version import __version__
from overread.observing.attributes import OTHER, named
from overread.observing.events import CaseRun, Ending, ModelCall
from overread.ports import Circuit
from overread.records import Step

SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""Upper ends of the histograms' classes."""
MOST_NAMES = 64
"""Values that one label may have; a further one counts as `other`, so that no fault makes the server's memory grow."""


CIRCUIT: Mapping[Circuit, float] = {"closed": 0.0, "half_open": 1.0, "open": 2.0}


def _figure(circuit: Callable[[], Circuit]) -> float:
    return CIRCUIT[circuit()]


class Names:
    """Lets the first names through, and makes `other` of what comes after `most` of them."""

    def __init__(self, most: int = MOST_NAMES) -> None:
        self._most = most
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, name: str) -> str:
        """Give the name, or `other`."""
        name = named(name)
        with self._lock:
            if name not in self._known and len(self._known) >= self._most:
                return OTHER
            self._known.add(name)
        return name


class Metrics:
    """An observer that counts; `registry` is what `/metrics` shows."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry = registry or CollectorRegistry()
        self._nodes, self._tools, self._models, self._errors = Names(), Names(), Names(), Names()

        def histogram(name: str, about: str, *labels: str) -> Histogram:
            return Histogram(f"overread_{name}", about, labels, registry=registry, buckets=SECONDS)

        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"overread_{name}", about, labels, registry=registry)

        def gauge(name: str, about: str, *labels: str) -> Gauge:
            return Gauge(f"overread_{name}", about, labels, registry=registry)

        self._cases = counter("cases", "Runs of cases that came to rest, by where.", "outcome")
        self._case_seconds = histogram("case_seconds", "Seconds of a run of a case.", "outcome")
        self._node_seconds = histogram("node_seconds", "Seconds of a node of the case graph.", "node")
        self._tool_seconds = histogram("tool_seconds", "Seconds of a tool's run.", "tool", "outcome")
        self._model_seconds = histogram("model_seconds", "Seconds of a model call.", "model", "operation")
        self._model_items = counter("model_items", "Questions, pictures or texts put to a model.", "model", "operation")
        self._model_errors = counter("model_errors", "Model calls that ended with an error.", "model", "error")
        self._model_tokens = counter("model_tokens", "Tokens of a model, where it tells.", "model", "direction")
        self._answering = gauge(
            "model_answering", "1 when the model answered last, 0 when it was unavailable.", "model"
        )
        self._circuit = gauge(
            "model_circuit",
            "Circuit breaker of the model's server: 0 closed, 1 one question tries it, 2 open.",
            "model",
        )
        self._in_flight = gauge("cases_in_flight", "Cases that this process works on.")
        self._looking = gauge("tools_in_flight", "Tools that look now.", "tool")
        Info("overread", "Which version this is.", registry=registry).info({"version": __version__})
        ProcessCollector(registry=registry)

    def begins(self, run: CaseRun) -> None:
        """Count a case as in flight."""
        self._in_flight.inc()

    def steps(self, run: CaseRun, step: Step) -> None:
        """Time a node or a tool."""
        seconds = step.seconds
        if step.tool is None:
            if seconds is not None:
                self._node_seconds.labels(self._nodes(step.node)).observe(seconds)
            return
        tool = self._tools(step.tool)
        if seconds is None:
            self._looking.labels(tool).inc()
        else:
            self._looking.labels(tool).dec()
            self._tool_seconds.labels(tool, step.failure or "ok").observe(seconds)

    def called(self, call: ModelCall) -> None:
        """Time a model, and count what it was asked and how it failed."""
        model = self._models(call.card.model)
        self._model_seconds.labels(model, call.operation).observe(call.seconds)
        self._model_items.labels(model, call.operation).inc(call.batch)
        self._answering.labels(model).set(call.error != "Unavailable" and call.error != "Faltered")
        if call.circuit is not None:
            self._circuit.labels(model).set_function(partial(_figure, call.circuit))
        if call.error is not None:
            self._model_errors.labels(model, self._errors(call.error)).inc()
        for direction, count in (("prompt", call.prompt_tokens), ("completion", call.completion_tokens)):
            if count is not None:
                self._model_tokens.labels(model, direction).inc(count)

    def ends(self, run: CaseRun, ending: Ending) -> None:
        """Count a case by where it came to rest."""
        self._in_flight.dec()
        self._cases.labels(ending.outcome).inc()
        self._case_seconds.labels(ending.outcome).observe((ending.ended - run.started).total_seconds())
