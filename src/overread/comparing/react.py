"""A loop of tool calls as imaging agents have it (ReAct, Yao et al. 2023; MedRAX, Fallahpour et al. 2025).

The tools are ours, called one after the other; nothing is merged, checked, verified or refused. What is not theirs is
the driver: no language model that fits on a processor can drive such a loop, so that a script calls every tool once in
the usual order, asks the VQA model the questions that the agent asks it, and writes down what was said: the report
model's sentences as they are, what the classifier scores at one half or more, and what the VQA model answers with yes.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from overread.errors import OverreadError
from overread.ports import Tool, ToolInput
from overread.records import Answer, Claim, Score

ORDER = ("classification", "segmentation", "report", "vqa")
CUT = 0.5
METHODS = ("network", "head", "zero_shot")
"""Whose probability counts where several score a label, the first first."""


class Driver(BaseChatModel):
    """The script in the language model's place."""

    order: tuple[str, ...]
    at_once: bool = False
    """Ask for all tools in one step, as some models do, in the place of one after the other."""

    @property
    def _llm_type(self) -> str:
        return "script"

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        heard = {str(item.name): str(item.content) for item in messages if isinstance(item, ToolMessage)}
        waiting = [name for name in self.order if name not in heard]
        if waiting:
            asked = waiting if self.at_once else waiting[:1]
            calls = [{"name": name, "args": {}, "id": name, "type": "tool_call"} for name in asked]
            said = AIMessage(content="", tool_calls=calls)
        else:
            said = AIMessage(content="\n".join(_answer(heard)))
        return ChatResult(generations=[ChatGeneration(message=said)])


def read(tools: Mapping[str, Tool], work: ToolInput, *, at_once: bool = False) -> str:
    """Give the text that the loop ends with; `at_once`: all tools are called in one step."""
    wrapped = [_wrapped(name, tools[name], work) for name in ORDER if name in tools]
    driver = Driver(order=tuple(tool.name for tool in wrapped), at_once=at_once)

    def ask(state: MessagesState) -> dict[str, list[BaseMessage]]:
        return {"messages": [driver.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("driver", ask)
    graph.add_node("tools", ToolNode(wrapped))
    graph.add_edge(START, "driver")
    graph.add_conditional_edges("driver", tools_condition, ["tools", END])
    graph.add_edge("tools", "driver")
    done = graph.compile().invoke({"messages": [HumanMessage("Report this chest radiograph.")]})
    return str(done["messages"][-1].content)


def _wrapped(name: str, tool: Tool, work: ToolInput) -> BaseTool:
    def look() -> str:
        try:
            return json.dumps([item.payload.model_dump(mode="json") for item in tool.run(work)])
        except OverreadError:
            return "[]"  # such loops hand the error to their model as text; a script can make nothing of it

    return StructuredTool.from_function(look, name=name, description=tool.card.describe)


def _answer(heard: Mapping[str, str]) -> list[str]:
    seen = {name: json.loads(text) for name, text in heard.items()}
    claims = [Claim.model_validate(item) for item in seen.get("report", ()) if item["kind"] == "claim"]
    scores = [Score.model_validate(item) for item in seen.get("classification", ()) if item["kind"] == "score"]
    answers = [Answer.model_validate(item) for item in seen.get("vqa", ()) if item["kind"] == "answer"]
    named = {each.label for claim in claims for each in claim.assertions}
    scored = [label for label, chance in chances(scores).items() if chance >= CUT and label not in named]
    told = [item.label for item in answers if item.status == "present" and item.label and item.label not in named]
    return [*(claim.text for claim in claims), *(f"{label}." for label in dict.fromkeys((*scored, *told)))]


def chances(scores: Sequence[Score]) -> dict[str, float]:
    """Give one probability a label."""
    ranked = sorted(scores, key=lambda score: METHODS.index(score.method), reverse=True)
    return {score.label: score.probability for score in ranked}
