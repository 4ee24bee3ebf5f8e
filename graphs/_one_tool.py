"""One tool's run as a graph of its own: look, then raise what is critical, before any other tool or any text is ready.

The case graph has it as its node `run_tool`; `overread tool`, `overread ask` and the LangChain tools run it alone.
"""

from collections.abc import Sequence
from functools import cache
from typing import TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from overread.graphs._context import Context
from overread.graphs._seen_before import run_or_recall
from overread.graphs._services import Services
from overread.graphs._state import Json, ToolTask, dump, parsed
from overread.graphs._tool_run import Outcome, absent_tool, tool_input
from overread.observing.events import by_step
from overread.reasoning.alerts import alerts_in
from overread.records import Case, Evidence, Plan, Question, Step
from overread.records.progress import labels_of

TOOL_NODE = "run_tool"
INSIDE: RunnableConfig = {"configurable": {"__pregel_durability": "async"}}
"""LangGraph hands the durability of a case down, and `sync` waits for a checkpoint that this graph does not keep."""


class ToolResult(TypedDict):
    """What a run adds to the state of a case."""

    evidence: list[Json]
    failures: list[Json]
    tool_runs: list[Json]


class ToolState(ToolTask, ToolResult):
    """The task and, once the tool has looked, its result."""


ToolGraph = CompiledStateGraph[ToolState, Services, ToolTask, ToolResult]


@cache
def build() -> ToolGraph:
    """Compile the graph of one tool's run, once: it keeps nothing of a run."""
    graph = StateGraph(ToolState, context_schema=Services, input_schema=ToolTask, output_schema=ToolResult)
    graph.add_node("look", look)
    graph.add_node("raise_alerts", raise_alerts)
    graph.add_edge(START, "look")
    graph.add_edge("look", "raise_alerts")
    graph.add_edge("raise_alerts", END)
    # No checkpoints inside: each would hold case, plan and evidence once more. Killed half way, a tool looks again.
    return graph.compile(checkpointer=False, name=TOOL_NODE)


def look(state: ToolTask, runtime: Context) -> ToolResult:
    """Run the tool to its evidence or its failure."""
    case, planned = Case.model_validate(state["case"]), Plan.model_validate(state["plan"])
    return channels([run_named(runtime, TOOL_NODE, case, planned, state["tool"])])


def raise_alerts(state: ToolState, runtime: Context) -> dict[str, object]:
    """Raise the critical findings of this tool's evidence at once."""
    seen = [parsed(item) for item in state["evidence"]]
    services = runtime.context.under(Plan.model_validate(state["plan"]).protocol)
    raise_critical(services, Case.model_validate(state["case"]), seen)
    return {}


def run_named(
    runtime: Context, node: str, case: Case, planned: Plan, name: str, questions: Sequence[Question] = ()
) -> Outcome:
    """Run a tool by its name, say so while it looks, and note in the journal what came of it."""
    services = runtime.context.under(planned.protocol)
    tool = services.tools.get(name)
    if tool is None:
        return absent_tool(services, name)
    asked = tuple(questions) or (planned.questions if name == "vqa" else ())  # no other tool answers any
    work = tool_input(services, case, planned, asked)
    begun = services.clock()
    step = Step(
        key=f"{node} {name} {begun.isoformat()}",
        node=node,
        tool=name,
        view=work.image.view,
        questions=len(asked),
        about=labels_of(asked),
        started=begun,
    )
    runtime.stream_writer(step)
    with by_step(step.key):
        outcome = run_or_recall(services, tool, case, work)
    failure = outcome.failure.kind if outcome.failure else None
    recalled = outcome.run.seen_in is not None
    end = {"ended": outcome.run.ended, "evidence": len(outcome.evidence), "failure": failure, "recalled": recalled}
    runtime.stream_writer(step.model_copy(update=end))
    services.ledger.write(
        case.case_id,
        "tool",
        tool=name,
        started=outcome.run.started,
        ended=outcome.run.ended,
        evidence=len(outcome.evidence),
        failure=failure,
        **({"seen_in": outcome.run.seen_in} if outcome.run.seen_in else {}),
    )
    return outcome


def raise_critical(services: Services, case: Case, evidence: Sequence[Evidence]) -> None:
    """Raise each critical result that the evidence shows; raising twice is raising once."""
    for found in alerts_in(case, evidence, services.clock(), services.trust):
        if services.ledger.raise_alert(case.case_id, found):
            services.ledger.write(case.case_id, "alert", label=found.label, category=found.category)


def channels(outcomes: Sequence[Outcome]) -> ToolResult:
    """Give the channels of the state that runs of tools change."""
    return {
        "evidence": [dump(item) for outcome in outcomes for item in outcome.evidence],
        "failures": [dump(outcome.failure) for outcome in outcomes if outcome.failure],
        "tool_runs": [dump(outcome.run) for outcome in outcomes],
    }
