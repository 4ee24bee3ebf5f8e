"""Hold a tool, a backend, a rule or a protocol to its laws."""

from collections.abc import Callable, Mapping
from types import ModuleType

from overread.ports import Backend, Capability, Rule, Tool, ToolInput
from overread.protocol import Headers, Protocol
from overread.reasoning.questions import ask_about
from overread.records import Case
from overread.testing.conformance import (
    _chat_laws,
    _embedding_laws,
    _label_laws,
    _outline_laws,
    _protocol_laws,
    _rule_laws,
    _segmentation_laws,
    _tool_laws,
)
from overread.testing.conformance._backend_trial import BackendTrial
from overread.testing.conformance._protocol_laws import ProtocolTrial
from overread.testing.conformance._rule_laws import Example, RuleTrial
from overread.testing.conformance._tool_laws import ToolTrial
from overread.testing.conformance.report import ConformanceReport, hold_to, laws_in
from overread.testing.doubles import make_picture, make_work
from overread.testing.doubles.ct import make_ct_work

LAWS: Mapping[Capability, ModuleType] = {
    "chat": _chat_laws,
    "embedding": _embedding_laws,
    "segmentation": _segmentation_laws,
    "labels": _label_laws,
    "outline": _outline_laws,
}


def check_tool(tool: Tool, work: ToolInput | None = None) -> ConformanceReport:
    """Hold a tool to its laws on `work`: an image of its own that states no spacing, a drawn one when None.

    A tool that reads CT gets a phantom series, which is no series without its spacing.
    """
    chosen = work or (make_ct_work() if tool.card.modality == "CT" else _film())
    if chosen.image.spacing is not None and tool.card.modality != "CT":
        raise ValueError("the work must state no spacing: whether lengths are invented is one of the laws")
    return hold_to(ToolTrial.of(tool, chosen), f"tool {tool.card.name}", laws_in(_tool_laws))


def _film() -> ToolInput:
    return make_work(
        make_picture(rows=120, columns=90),
        questions=(ask_about("Pleural Effusion", "left"),),
        earlier=make_picture(2, rows=100, columns=110),
    )


def check_backend(
    backend: Backend, *, unreachable: Backend | None = None, garbage: Backend | None = None
) -> ConformanceReport:
    """Hold a backend to the laws of its capability.

    `unreachable` is the backend with its model late or gone, `garbage` with one that answers outside the schema;
    without them those laws are shown as skipped.
    """
    trial: BackendTrial[Backend] = BackendTrial(backend, unreachable, garbage)
    laws = LAWS[backend.card.capability]
    return hold_to(trial, f"backend {backend.card.backend} ({backend.card.capability})", laws_in(laws))


def check_rule(rule: Rule, *, bad: Callable[[], Example], good: Callable[[], Example]) -> ConformanceReport:
    """Hold a rule to its laws on the examples that its file declares (`bad_example`, `good_example`)."""
    return hold_to(RuleTrial(rule, bad, good), f"rule {rule.id}", laws_in(_rule_laws))


def check_protocol(protocol: Protocol, case: Case, headers: Headers | None = None) -> ConformanceReport:
    """Hold a protocol to its laws on a case that it is for, without a tool; `headers` are by SOP Instance UID."""
    return hold_to(ProtocolTrial(protocol, case, headers or {}), f"protocol {protocol.name}", laws_in(_protocol_laws))
