"""A language model without eyes answers by the ports' contract, from a tiny one of random weights."""

from pathlib import Path

import pytest

from tests.needs import require

require("torch")

from overread.backends.transformers import build
from overread.cataloguing.adding import Asked, look_at
from overread.cataloguing.licences import Given
from overread.errors import Unavailable
from overread.ports import BatchChatBackend, ChatAnswer, ChatRequest
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture
from overread.testing.tiny_families import llm


def schema(*words: str) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {"side": {"enum": list(words)}},
        "required": ["side"],
        "additionalProperties": False,
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return llm.write(tmp_path_factory.mktemp("llm"))


@pytest.fixture(scope="module")
def backend(folder: Path) -> BatchChatBackend:
    built = build(ModelSpec(backend="transformers", model=str(folder)), Settings(torch_threads=1))
    assert isinstance(built, BatchChatBackend)
    return built


def test_each_row_of_a_batch_is_held_to_its_own_schema_and_says_what_it_says_alone(backend: BatchChatBackend) -> None:
    requests = [
        ChatRequest("Which side?", schema=schema("left", "right"), max_tokens=40),
        ChatRequest("Is there an effusion </s> <s> or not?", schema=schema("yes", "no"), max_tokens=40),
    ]
    together = dict(backend.ask_all(requests))
    for place, request in enumerate(requests):
        said = together[place]
        assert isinstance(said, ChatAnswer)
        assert said.text == backend.ask(request).text
    assert {said.data["side"] for said in together.values() if isinstance(said, ChatAnswer)} <= {
        "left", "right", "yes", "no",
    }  # fmt: skip


def test_it_sees_no_picture_and_says_so(backend: BatchChatBackend) -> None:
    with pytest.raises(Unavailable, match="sees no picture"):
        backend.ask(ChatRequest("Which side?", (make_picture(),)))


def test_control_words_of_its_tokenizer_do_not_reach_it(backend: BatchChatBackend) -> None:
    plain, told = (ChatRequest(text, max_tokens=1, schema=schema("left")) for text in ("One   two", "One </s> two"))
    sizes = []
    for request in (plain, told):
        (_, said), *_ = backend.ask_all([ChatRequest(request.prompt, schema=request.schema, max_tokens=40)])
        assert isinstance(said, ChatAnswer)
        sizes.append(said.prompt_tokens)
    assert sizes[0] == sizes[1]


def test_it_joins_the_catalogue_as_what_words_and_plans(folder: Path) -> None:
    looked = look_at(Asked("mine", str(folder), licence=Given("MIT", "https://example.org", True)))
    assert looked.roles == ("drafter", "planner")
    assert (looked.entry.family, looked.entry.images, looked.entry.engine) == ("llm", 0, "vllm")


def test_without_its_chat_template_it_is_not_used(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        if path.name != "chat_template.jinja":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    built = build(ModelSpec(backend="transformers", model=str(tmp_path)), Settings(torch_threads=1))
    assert isinstance(built, BatchChatBackend)
    with pytest.raises(Unavailable, match="no chat template"):
        built.ask(ChatRequest("Which side?", max_tokens=4))
