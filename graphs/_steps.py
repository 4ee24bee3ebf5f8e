"""What a run of the case graph does, step by step: LangGraph's stream of tasks, and what nodes say of their tools."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from langchain_core.runnables import RunnableConfig

from overread.graphs._one_tool import TOOL_NODE
from overread.graphs._services import Services
from overread.graphs.case import CaseGraph
from overread.records import Step


def run_steps(graph: CaseGraph, work: Any, config: RunnableConfig, services: Services) -> Iterator[Step]:
    """Run the graph until it rests, and give each step as it begins and as it ends.

    Who stops listening stops the run. Raises what the nodes raise.
    """
    parts = graph.stream(
        work,
        config,
        context=services,
        durability="sync",
        stream_mode=["tasks", "custom"],
        subgraphs=True,
        version="v2",
    )
    return _steps(parts, services.clock)


def _steps(parts: Iterable[Any], clock: Callable[[], datetime]) -> Iterator[Step]:
    under_way: dict[str, Step] = {}
    for part in parts:
        if part["type"] == "custom":
            yield part["data"]
        # Tools speak for the nodes that they have to themselves; nodes inside of a subgraph are no step of the case.
        elif not part["ns"] and part["data"]["name"] != TOOL_NODE:
            task = part["data"]
            begun = under_way.pop(task["id"], None)
            if begun is None:
                step = under_way[task["id"]] = Step(key=task["id"], node=task["name"], started=clock())
            else:
                step = begun.model_copy(update={"ended": clock()})
            yield step
