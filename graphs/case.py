"""The state machine of one case: every node and every edge, on one screen."""

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from overread.graphs import _nodes as nodes
from overread.graphs import _routes as routes
from overread.graphs._services import Services
from overread.graphs._state import CaseState

CaseGraph = CompiledStateGraph[CaseState, Services, CaseState, CaseState]


def build(checkpointer: BaseCheckpointSaver[Any] | None = None) -> CaseGraph:
    """Compile the case graph; names of nodes are a wire format (`_nodes.GRAPH_VERSION`)."""
    graph = StateGraph(CaseState, context_schema=Services)

    graph.add_node("intake", nodes.intake)
    graph.add_node("gate", nodes.gate)
    graph.add_node("refuse", nodes.refuse)
    graph.add_node("plan", nodes.plan)
    graph.add_node("run_tool", nodes.run_one_tool)
    graph.add_node("alert", nodes.alert)
    graph.add_node("collect", nodes.collect)
    graph.add_node("check", nodes.check)
    graph.add_node("adjudicate", nodes.adjudicate)
    graph.add_node("draft", nodes.draft)
    graph.add_node("verify", nodes.verify)
    graph.add_node("review", nodes.review)
    graph.add_node("finalize", nodes.finalize)
    graph.add_node("deliver", nodes.deliver)
    graph.add_node("rejected", nodes.rejected)

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
