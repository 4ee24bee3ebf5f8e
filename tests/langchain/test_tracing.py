"""Nothing is traced: an environment that asks for LangSmith's tracing changes nothing, and no connection is tried."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManager
from langchain_core.runnables import RunnableLambda
from langchain_core.tracers import LangChainTracer
from langsmith import utils

from overread.backends.scripted import ScriptedChat, ScriptedEmbedding
from overread.langchain import OverreadChat, OverreadEmbeddings, case_runnable, overread_tools
from overread.settings import Settings


@pytest.fixture
def tried() -> Iterator[list[Any]]:
    """Every address that this process looks up or connects to, but for sockets of its own files."""
    found: list[Any] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def connecting(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX:
            found.append(address)
        return connect(self, address)

    def looking_up(*arguments: Any, **more: Any) -> Any:
        found.append(arguments)
        return look_up(*arguments, **more)

    socket.socket.connect, socket.getaddrinfo = connecting, looking_up  # type: ignore[method-assign, assignment]
    yield found
    socket.socket.connect, socket.getaddrinfo = connect, look_up  # type: ignore[method-assign]


def tracers() -> list[Any]:
    return [handler for handler in CallbackManager.configure().handlers if isinstance(handler, LangChainTracer)]


@pytest.mark.usefixtures("tracing_on")
def test_tools_and_case_are_not_traced_and_reach_for_nothing(
    scripted: Settings, phantom: Path, tried: list[Any]
) -> None:
    for tool in overread_tools(settings=scripted):
        tool.invoke({"path": str(phantom)})
    with case_runnable(scripted) as read:
        read.invoke(phantom)
        (read | RunnableLambda(lambda case: case["status"])).invoke(phantom)
    assert tried == []
    assert not utils.tracing_is_enabled()


@pytest.mark.usefixtures("tracing_on")
def test_a_model_and_embeddings_switch_it_off_when_they_are_made(tried: list[Any]) -> None:
    OverreadChat(backend=ScriptedChat({"": "ok"})).invoke("Is there an effusion?")
    assert tracers() == []
    utils.get_env_var.cache_clear()  # type: ignore[attr-defined]
    OverreadEmbeddings(ScriptedEmbedding()).embed_query("effusion")
    assert tracers() == []
    assert tried == []
