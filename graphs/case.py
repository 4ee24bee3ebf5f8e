"""The state machine of one case: every node and every edge, on one screen."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from overread.graphs import _nodes as nodes
from overread.graphs import _routes as routes
from overread.graphs._services import Services
from overread.graphs._state import CaseState

Node = Callable[..., CaseState]
NODES: Mapping[str, Node] = MappingProxyType(
    {
        "intake": nodes.intake,
        "gate": nodes.gate,
        "refuse": nodes.refuse,
        "plan": nodes.plan,
        "run_tool": nodes.run_one_tool,
        "alert": nodes.alert,
        "collect": nodes.collect,
        "check": nodes.check,
        "adjudicate": nodes.adjudicate,
        "draft": nodes.draft,
        "verify": nodes.verify,
        "review": nodes.review,
        "finalize": nodes.finalize,
        "deliver": nodes.deliver,
        "rejected": nodes.rejected,
    }
)
CaseGraph = CompiledStateGraph[CaseState, Services, CaseState, CaseState]


def build(
    checkpointer: BaseCheckpointSaver[Any] | None = None, stand_ins: Mapping[str, Node] = MappingProxyType({})
) -> CaseGraph:
    """Compile the case graph; names of nodes are a wire format (`_nodes.GRAPH_VERSION`).

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
