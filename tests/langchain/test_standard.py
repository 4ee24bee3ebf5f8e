"""LangChain's own conformance kit (`langchain-tests`) over our chat model, embeddings and tools."""

from pathlib import Path
from typing import Any

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import (
    ChatModelIntegrationTests,
    EmbeddingsIntegrationTests,
    ToolsIntegrationTests,
)
from langchain_tests.unit_tests import ChatModelUnitTests, EmbeddingsUnitTests, ToolsUnitTests

from overread.backends.scripted import ScriptedChat, ScriptedEmbedding
from overread.errors import UsageError
from overread.langchain import OverreadChat, OverreadEmbeddings, overread_tools
from overread.settings import load_settings

pytestmark = pytest.mark.anyio

JOKE = {"setup": "Why did the lung go first?", "punchline": "It had the most to inspire."}
SAID = {"joke": JOKE, "Fruit": "1", "": "Hello there."}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def benchmark() -> Any:
    """Stands in for pytest-benchmark: the kit's timed tests run once, untimed."""
    return lambda work: work()


@pytest.fixture
def snapshot() -> None:
    """Stands in for syrupy: the test that wants it is skipped, our model is not serialised."""


@pytest.fixture
def vcr() -> None:
    """Stands in for pytest-recording: the test that wants it is skipped, our model calls no vendor."""


class ChatKit:
    """What the kit is told of our chat model: images as bytes, guided decoding, no tool calls."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return OverreadChat

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"backend": ScriptedChat(SAID)}

    @property
    def supports_model_override(self) -> bool:
        return False


class TestChatUnits(ChatKit, ChatModelUnitTests):
    pass


class TestChatCalls(ChatKit, ChatModelIntegrationTests):
    @pytest.mark.xfail(reason="classes of pydantic 1 are refused", raises=UsageError, strict=True)
    def test_structured_output_pydantic_2_v1(self, model: BaseChatModel) -> None:
        super().test_structured_output_pydantic_2_v1(model)


class EmbeddingKit:
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return OverreadEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"backend": ScriptedEmbedding()}


class TestEmbeddingUnits(EmbeddingKit, EmbeddingsUnitTests):
    pass


class TestEmbeddingCalls(EmbeddingKit, EmbeddingsIntegrationTests):
    pass


class ToolKit:
    name = "overread_header"
    more: dict[str, Any] = {}  # noqa: RUF012

    @pytest.fixture(autouse=True)
    def _made(self, phantom: Path, tmp_path: Path) -> None:
        settings = load_settings(home=tmp_path / "home", profile="scripted")
        self._tools = {tool.name: tool for tool in overread_tools(settings=settings)}
        self._phantom = phantom

    @property
    def tool_constructor(self) -> BaseTool:
        return self._tools[self.name]

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"path": str(self._phantom), **self.more}


class TestHeaderUnits(ToolKit, ToolsUnitTests):
    pass


class TestHeaderCalls(ToolKit, ToolsIntegrationTests):
    pass


class TestVqaUnits(ToolKit, ToolsUnitTests):
    name = "overread_vqa"
    more = {"questions": ["Is there a pneumothorax?"]}  # noqa: RUF012


class TestVqaCalls(ToolKit, ToolsIntegrationTests):
    name = "overread_vqa"
    more = {"questions": ["Is there a pneumothorax?"]}  # noqa: RUF012


class TestSegmentationCalls(ToolKit, ToolsIntegrationTests):
    name = "overread_segmentation"
    more = {"structure": "left lung"}  # noqa: RUF012
