"""The state machine of one case: every node and every edge, on one screen."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from overread.graphs import _draft_nodes as draft
from overread.graphs import _gate_nodes as gate
from overread.graphs import _reading_nodes as reading
from overread.graphs import _review_nodes as review
from overread.graphs import _routes as routes
from overread.graphs._services import Services
from overread.graphs._state import CaseState

Node = Callable[..., CaseState]
NODES: Mapping[str, Node] = MappingProxyType(
    {
        "intake": gate.intake,
        "gate": gate.gate,
        "refuse": gate.refuse,
        "plan": reading.plan,
        "run_tool": reading.run_one_tool,
        "alert": reading.alert,
        "collect": reading.collect,
        "check": reading.check,
        "adjudicate": reading.adjudicate,
        "draft": draft.draft,
        "verify": draft.verify,
        "review": review.review,
        "finalize": review.finalize,
        "deliver": review.deliver,
        "rejected": review.rejected,
    }
)
CaseGraph = CompiledStateGraph[CaseState, Services, CaseState, CaseState]


def build(
    checkpointer: BaseCheckpointSaver[Any] | None = None, stand_ins: Mapping[str, Node] = MappingProxyType({})
) -> CaseGraph:
    """Compile the case graph; names of nodes are a wire format (`_context.GRAPH_VERSION`).

    `stand_ins` take the place of nodes by name: evals switch a part off to see which scenario notices.
    """
    graph = StateGraph(CaseState, context_schema=Services)

    for name, node in NODES.items():
        graph.add_node(name, stand_ins.get(name, node))

    graph.add_edge(START, "intake")
    graph.add_edge("intake", "gate")
    graph.add_conditional_edges("gate", routes.after_gate)
    graph.add_edge("refuse", END)
    graph.add_conditional_edges("plan", routes.to_tools, ["run_tool", "collect"])
    graph.add_edge("run_tool", "alert")
    graph.add_edge("run_tool", "collect")
    graph.add_edge("alert", END)
    graph.add_edge("collect", "check")
    graph.add_conditional_edges("check", routes.after_check)
    graph.add_edge("adjudicate", "check")
    graph.add_edge("draft", "verify")
    graph.add_conditional_edges("verify", routes.after_verify)
    graph.add_conditional_edges("review", routes.after_review)
    graph.add_edge("finalize", "deliver")
    graph.add_edge("deliver", END)
    graph.add_edge("rejected", END)
    return graph.compile(checkpointer=checkpointer)
