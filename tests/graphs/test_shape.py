"""The graph has the nodes and edges that it is documented to have."""

from overread.graphs.case import build

EDGES = {
    ("__start__", "intake"),
    ("intake", "gate"),
    ("gate", "plan"),
    ("gate", "refuse"),
    ("refuse", "__end__"),
    ("plan", "run_tool"),
    ("plan", "collect"),
    ("run_tool", "alert"),
    ("run_tool", "collect"),
    ("alert", "__end__"),
    ("collect", "check"),
    ("check", "adjudicate"),
    ("check", "draft"),
    ("adjudicate", "check"),
    ("draft", "verify"),
    ("verify", "draft"),
    ("verify", "review"),
    ("review", "draft"),
    ("review", "finalize"),
    ("review", "rejected"),
    ("finalize", "deliver"),
    ("deliver", "__end__"),
    ("rejected", "__end__"),
}


def test_edges_are_those_of_the_design() -> None:
    drawn = build().get_graph()
    assert {(edge.source, edge.target) for edge in drawn.edges} == EDGES


def test_every_node_is_reached_and_left() -> None:
    drawn = build().get_graph()
    sources = {edge.source for edge in drawn.edges}
    targets = {edge.target for edge in drawn.edges}
    assert set(drawn.nodes) - {"__start__"} == targets
    assert set(drawn.nodes) - {"__end__"} == sources
