"""A LangGraph agent around our tools: LangGraph's own tool node, a scripted chat model, no network."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from overread.langchain import overread_tools
from overread.records import Evidence
from overread.settings import Settings, load_settings


def agent(tools: list[BaseTool], says: list[AIMessage], saver: Any = None) -> Any:
    """Wire the usual loop: the model, its tools while it calls any, the model again."""
    model = GenericFakeChatModel(messages=iter(says))
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return graph.compile(checkpointer=saver)


def calls(*wanted: tuple[str, dict[str, Any]]) -> AIMessage:
    named = [{"name": name, "args": args, "id": f"call-{number}"} for number, (name, args) in enumerate(wanted)]
    return AIMessage("", tool_calls=named)  # type: ignore[arg-type]


def test_an_agent_looks_at_a_study_meets_a_bad_file_and_goes_on(
    scripted: Settings, phantom: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("no study")
    says = [
        calls(("overread_report", {"path": str(phantom)}), ("overread_quality", {"path": str(phantom)})),
        calls(("overread_report", {"path": str(bad)}), ("overread_report", {"file": str(bad)})),
        AIMessage("Clear lungs; the second file is no study."),
    ]
    tools = overread_tools(settings=scripted)
    done = agent(tools, says).invoke({"messages": [HumanMessage("Read both.")]})["messages"]
    results = {message.tool_call_id + message.status: message for message in done if isinstance(message, ToolMessage)}
    assert [message.status for message in done if isinstance(message, ToolMessage)] == [
        "success",
        "success",
        "error",
        "error",
    ]
    assert "The lungs are clear." in results["call-0success"].text
    assert "unreadable" in results["call-0error"].text
    assert "path" in results["call-1error"].text
    assert done[-1].text.startswith("Clear lungs")


def test_an_agents_checkpoint_keeps_the_evidence(scripted: Settings, phantom: Path, tmp_path: Path) -> None:
    says = [calls(("overread_segmentation", {"path": str(phantom)})), AIMessage("Done.")]
    config = {"configurable": {"thread_id": "1"}}
    with closing(sqlite3.connect(tmp_path / "agent.sqlite", check_same_thread=False)) as connection:
        saver = SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        graph = agent(overread_tools(settings=scripted), says, saver)
        graph.invoke({"messages": [HumanMessage("Read it.")]}, config)
        kept = graph.get_state(config).values["messages"][2]
    assert [Evidence.model_validate(item).tool for item in kept.artifact] == ["segmentation"] * len(kept.artifact)


@pytest.mark.slow
def test_an_agent_reads_with_the_embedded_models(phantom: Path, tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "home", profile="embedded", torch_threads=1)
    question = {"path": str(phantom), "questions": ["Is there a pleural effusion?"]}
    says = [calls(("overread_segmentation", {"path": str(phantom)}), ("overread_vqa", question)), AIMessage("Done.")]
    done = agent(overread_tools(settings=settings), says).invoke({"messages": [HumanMessage("Read it.")]})["messages"]
    masks, answer = (message for message in done if isinstance(message, ToolMessage))
    assert {"left_lung", "right_lung", "heart"} <= {item["payload"].get("structure") for item in masks.artifact}
    assert "cardiothoracic ratio" in masks.text
    assert answer.artifact[0]["payload"]["label"] == "Pleural Effusion"
    assert len(answer.artifact[0]["provenance"]["weights_digest"]) == 64
