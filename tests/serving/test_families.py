"""Every family is spoken to as it was published: tiny models behind real vLLM answer as transformers does.

One process in the serving environment (`OVERREAD_SERVING__ENVIRONMENT`) loads them all, one after the other.
"""

import json
from collections.abc import Iterable
from typing import Any

import jsonschema
import numpy as np
import pytest

from tests.needs import require

require("torch")

from overread.backends._processors import load_processor
from overread.backends.transformers import build
from overread.ports import ChatBackend, ChatRequest, EmbeddingBackend
from overread.serving.cpu_patch import write_cpu_patch
from overread.serving.environment import folder_of, ready
from overread.serving.families import traits
from overread.serving.records import Family
from overread.settings import ModelSpec, Settings
from tests.serving.tiny_servings import (
    CHAT,
    EMBEDDING,
    SCHEMA,
    TEXTS,
    Ask,
    Tiny,
    Transformers,
    cosines,
    serve_all,
)

Served = dict[Family, Tiny]
TRUE_ON_CPU = [family for family in CHAT if traits(family).true_on_cpu]
SEVERAL_PICTURES = [family for family in TRUE_ON_CPU if traits(family).pictures is None]

pytestmark = pytest.mark.vllm


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    environment = folder_of("cpu", Settings())
    if not ready(environment, "cpu"):
        require("vllm", why_not="'overread serve up' makes it, or set OVERREAD_SERVING__ENVIRONMENT")
    root = tmp_path_factory.mktemp("families")
    return serve_all(root, environment, write_cpu_patch(root / "cpu_patch"))


def backend(tiny: Tiny) -> Any:
    return build(ModelSpec(backend="transformers", model=str(tiny.folder)), Settings(torch_threads=1))


def assert_same_answers(tiny: Tiny, asks: Iterable[Ask]) -> None:
    reference = Transformers(tiny)
    for ask in asks:
        ours, theirs = reference.answer(ask), tiny.answer(ask)
        assert theirs["prompt"] == ours.prompt
        assert theirs["written"] == ours.written
        assert np.allclose(theirs["logprobs"], ours.logprobs, atol=1e-3)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("family", [*CHAT, *EMBEDDING])
def test_vllm_serves_the_family(served: Served, family: Family) -> None:
    assert "error" not in served[family].served


@pytest.mark.parametrize("family", TRUE_ON_CPU)
def test_an_answer_about_a_picture_is_that_of_transformers_token_for_token(served: Served, family: Family) -> None:
    assert_same_answers(served[family], served[family].questions.one)


@pytest.mark.parametrize("family", SEVERAL_PICTURES)
def test_an_answer_about_two_pictures_is_that_of_transformers(served: Served, family: Family) -> None:
    assert_same_answers(served[family], served[family].questions.two)


@pytest.mark.parametrize("family", [family for family in CHAT if traits(family).pictures is None])
def test_an_answer_to_words_alone_is_that_of_transformers(served: Served, family: Family) -> None:
    assert_same_answers(served[family], [served[family].questions.text])


def test_gemma_3_with_a_picture_is_another_model_on_a_cpu_and_is_said_to_be(served: Served) -> None:
    """vLLM's CPU attention looks at a picture's tokens from left to right; the model was trained to look both ways."""
    tiny = served["gemma3"]
    reference = Transformers(tiny)
    asks = (*tiny.questions.one, *tiny.questions.two)
    pairs = [(reference.answer(ask), tiny.answer(ask)) for ask in asks]
    assert all(ours.prompt == theirs["prompt"] for ours, theirs in pairs)
    assert any(ours.written != theirs["written"] for ours, theirs in pairs)
    assert not traits("gemma3").true_on_cpu


@pytest.mark.parametrize("family", CHAT)
def test_a_guided_answer_satisfies_its_schema(served: Served, family: Family) -> None:
    for ask in served[family].questions.guided:
        answer = served[family].answer(ask)
        assert answer["finish"] == "stop"
        jsonschema.validate(json.loads(answer["text"]), SCHEMA)


@pytest.mark.parametrize("family", TRUE_ON_CPU)
def test_a_guided_answer_is_that_of_the_backend_in_process(served: Served, family: Family) -> None:
    model: ChatBackend = backend(served[family])
    for ask in served[family].questions.guided:
        request = ChatRequest(ask.prompt, ask.pictures, ask.schema, ask.max_tokens)
        assert model.ask(request).text == served[family].answer(ask)["text"]


@pytest.mark.parametrize("family", CHAT)
def test_control_words_in_a_question_add_no_picture_and_end_no_turn(served: Served, family: Family) -> None:
    tiny = served[family]
    written, sent, clean = tiny.questions.smuggled
    tokenizer = load_processor(tiny.model).tokenizer
    control = set(tokenizer.convert_tokens_to_ids([*traits(family).control_words])) & set(
        tokenizer.get_vocab().values()
    )

    def controls(ask: Ask) -> list[int]:
        return [token for token in tiny.answer(ask)["prompt"] if token in control]

    assert controls(sent) == controls(clean)
    # Without the client's care the words would have been obeyed, or the question refused.
    assert "error" in tiny.answer(written) or controls(written) != controls(clean)


def test_a_question_with_two_pictures_is_refused_for_a_family_that_takes_one(served: Served) -> None:
    assert "At most 1 image" in served["blip-2"].answer(served["blip-2"].questions.two[0])["error"]


@pytest.mark.parametrize("family", EMBEDDING)
def test_embeddings_are_those_of_transformers(served: Served, family: Family) -> None:
    tiny = served[family]
    model: EmbeddingBackend = backend(tiny)
    texts, pictures = model.embed_texts(TEXTS), model.embed_pictures(tiny.pictures)
    assert (cosines(texts, tiny.served["texts"]) > 0.99999).all()
    assert (cosines(pictures, tiny.served["pictures"]) > 0.99999).all()
    assert (cosines(texts[:2], texts[1:]) < 0.999).all()
    assert (cosines(pictures[:1], pictures[1:]) < 0.999).all()
