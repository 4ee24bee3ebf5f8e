"""Every family of models answers in this process by the ports' contract, from a tiny model of its architecture."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.needs import require

require("torch")

import torch
import transformers

from overread import prompting, weights
from overread.backends._loading import ModelFolder
from overread.backends._processors import FAMILIES, load_processor
from overread.backends.transformers import build
from overread.errors import AnswerInvalid, BackendError, Unavailable
from overread.imaging.letterbox import stretch
from overread.ports import BatchChatBackend, ChatAnswer, ChatBackend, ChatRequest, EmbeddingBackend
from overread.reasoning.questions import ask_about, ask_side
from overread.serving.families import TRAITS, traits
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture
from overread.tools import vqa

SCHEMA = {
    "type": "object",
    "properties": {"side": {"enum": ["left", "right"]}, "note": {"type": "string", "maxLength": 5}},
    "required": ["side", "note"],
    "additionalProperties": False,
}
CHAT = ("llava", "llava_onevision", "qwen2_5_vl", "gemma3", "blip_2")
SEVERAL_PICTURES = CHAT[:-1]
EMBEDDING = ("clip", "siglip")
TOWERS = (
    "CLIPVisionModel", "SiglipVisionModel", "Qwen2_5_VisionTransformerPretrainedModel", "Blip2VisionModel",
)  # fmt: skip
Write = Callable[[str], Path]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Write:
    root = tmp_path_factory.mktemp("families")

    @cache
    def write(name: str) -> Path:
        folder: Path = import_module(f"overread.testing.tiny_families.{name}").write(root / name)
        return folder

    return write


def chat(folder: Path) -> ChatBackend:
    built = build(ModelSpec(backend="transformers", model=str(folder)), Settings(torch_threads=1))
    assert isinstance(built, ChatBackend)
    return built


def batching(folder: Path) -> BatchChatBackend:
    built = chat(folder)
    assert isinstance(built, BatchChatBackend)
    return built


def embedding(folder: Path) -> EmbeddingBackend:
    built = build(ModelSpec(backend="transformers", model=str(folder)), Settings(torch_threads=1))
    assert isinstance(built, EmbeddingBackend)
    return built


def asked(seed: int = 1, prompt: str = "Report.") -> ChatRequest:
    return ChatRequest(prompt, (make_picture(seed),), schema=SCHEMA, max_tokens=120)


@pytest.mark.parametrize("name", CHAT)
def test_a_chat_family_answers_in_the_schema_about_the_picture_it_was_given(written: Write, name: str) -> None:
    model = chat(written(name))
    first, again, other = (model.ask(asked(seed)) for seed in (1, 1, 9))
    assert first.text == json.dumps(first.data, ensure_ascii=False)
    assert first == again
    assert first.mean_logprob != other.mean_logprob


PROMPTS = (
    "Report.",
    "Is the heart large, so far as can be seen?",
    "Side?",
    "Where is it, on the left or on the right?",
)
ROUNDING = 1e-5
"""Of a mean log-probability: the sums of a batch are added in another order. Measured: 3e-7 at most, in float32."""


@contextmanager
def pictures_encoded() -> Iterator[list[int]]:
    """Count how many times a vision tower looks at pixels."""
    looks: list[int] = []

    def note(module: torch.nn.Module, _inputs: object, _output: object) -> None:
        if type(module).__name__ in TOWERS:
            looks.append(1)

    hook = torch.nn.modules.module.register_module_forward_hook(note)
    try:
        yield looks
    finally:
        hook.remove()


def assert_alike(together: ChatAnswer | BackendError, alone: ChatAnswer) -> None:
    assert isinstance(together, ChatAnswer)
    assert (together.text, together.data) == (alone.text, alone.data)
    counts = [(answer.prompt_tokens, answer.completion_tokens) for answer in (together, alone)]
    assert counts[0] == counts[1]
    assert together.mean_logprob == pytest.approx(alone.mean_logprob, abs=ROUNDING)


@pytest.mark.parametrize("name", CHAT)
def test_questions_asked_together_have_the_answers_that_they_have_alone(written: Write, name: str) -> None:
    picture = make_picture(1)
    requests = [ChatRequest(prompt, (picture,), schema=SCHEMA, max_tokens=120) for prompt in PROMPTS]
    if name in SEVERAL_PICTURES:
        pair = (picture, make_picture(9))
        requests += [ChatRequest(prompt, pair, schema=SCHEMA, max_tokens=120) for prompt in PROMPTS[:2]]
    alone = [chat(written(name)).ask(request) for request in requests]
    said = dict(batching(written(name)).ask_all(requests))
    for place, answer in enumerate(alone):
        assert_alike(said[place], answer)


@pytest.mark.parametrize("name", CHAT)
def test_questions_about_several_cases_have_the_answers_that_they_have_alone(written: Write, name: str) -> None:
    requests = [
        ChatRequest(prompt, (make_picture(seed),), schema=SCHEMA, max_tokens=120)
        for seed in (1, 9)
        for prompt in PROMPTS[:2]
    ]
    alone = [chat(written(name)).ask(request) for request in requests]
    forth, back = batching(written(name)), batching(written(name))
    for place, said in forth.ask_all(requests):
        assert_alike(said, alone[place])
    for place, said in back.ask_all(requests[::-1]):
        assert_alike(said, alone[-1 - place])


@pytest.mark.parametrize("name", CHAT)
def test_a_picture_is_encoded_once_where_the_family_allows_it(written: Write, name: str) -> None:
    model = batching(written(name))
    picture = make_picture(1)
    requests = [ChatRequest(prompt, (picture,), schema=SCHEMA, max_tokens=120) for prompt in PROMPTS]
    with pictures_encoded() as looks:
        list(model.ask_all(requests))
        model.ask(requests[0])
    assert len(looks) == (1 if traits(FAMILIES[weights.config(written(name))["model_type"]]).batched else 5)


def test_a_row_that_does_not_end_costs_only_itself(written: Write) -> None:
    model, picture = batching(written("llava")), make_picture(1)
    requests = [ChatRequest(prompt, (picture,), schema=SCHEMA, max_tokens=120) for prompt in PROMPTS]
    whole = [model.ask(request) for request in requests]
    shortest = min(answer.completion_tokens for answer in whole)
    assert any(answer.completion_tokens > shortest for answer in whole)
    cut = [replace(request, max_tokens=shortest) for request in requests]
    for place, said in model.ask_all(cut):
        if whole[place].completion_tokens > shortest:
            assert isinstance(said, AnswerInvalid)
            assert "did not end" in str(said)
        else:
            assert_alike(said, whole[place])


def test_a_schema_that_cannot_guide_costs_only_its_own_question(written: Write) -> None:
    model, good = batching(written("llava")), asked()
    said = dict(model.ask_all([good, replace(good, schema={"type": "nothing"}), good]))
    assert [type(said[place]) for place in range(3)] == [ChatAnswer, AnswerInvalid, ChatAnswer]


def test_late_together_is_unavailable_each(written: Write) -> None:
    model = build(ModelSpec(backend="transformers", model=str(written("llava"))), Settings(tool_seconds=0.0001))
    assert isinstance(model, BatchChatBackend)
    said = dict(model.ask_all([asked(), asked(prompt="Side?")]))
    assert [type(said[place]) for place in range(2)] == [Unavailable, Unavailable]


def test_the_embedded_model_says_together_what_it_says_alone() -> None:
    picture = make_picture(1, 300, 260)
    prompt = prompting.load("vqa")
    questions = [ask_about("Pneumothorax"), ask_side("Pleural Effusion"), ask_about("Cardiomegaly", "left")]
    requests = [
        ChatRequest(prompt.render(question=question.text), (picture,), schema=vqa.SCHEMA, max_tokens=vqa.MAX_TOKENS)
        for question in questions
    ]
    alone = [chat(weights.folder("vlm")).ask(request) for request in requests]
    for place, said in batching(weights.folder("vlm")).ask_all(requests):
        assert_alike(said, alone[place])


@pytest.mark.parametrize("name", SEVERAL_PICTURES)
def test_the_order_of_two_pictures_matters(written: Write, name: str) -> None:
    model, one, two = chat(written(name)), make_picture(1), make_picture(9)
    forward, backward = (
        model.ask(ChatRequest("Compare.", pictures, schema=SCHEMA, max_tokens=120))
        for pictures in ((one, two), (two, one))
    )
    assert forward.mean_logprob != backward.mean_logprob


@pytest.mark.parametrize("pictures", [0, 2])
def test_blip_2_says_that_it_takes_one_picture(written: Write, pictures: int) -> None:
    request = ChatRequest("Compare.", tuple(make_picture(seed) for seed in range(pictures)), schema=SCHEMA)
    with pytest.raises(Unavailable, match="1 picture at a time"):
        chat(written("blip_2")).ask(request)


@pytest.mark.parametrize("name", CHAT)
def test_control_words_in_a_question_are_only_spaces(written: Write, name: str) -> None:
    folder = written(name)
    words = traits(FAMILIES[weights.config(folder)["model_type"]]).control_words
    model = chat(folder)
    smuggled = model.ask(asked(prompt=f"Is {''.join(words)}it big?"))
    assert smuggled == model.ask(asked(prompt=f"Is {' ' * len(words)}it big?"))


@pytest.mark.parametrize("name", [*CHAT, *EMBEDDING])
def test_the_familys_words_are_all_that_its_tokenizer_sets_apart(written: Write, name: str) -> None:
    folder = written(name)
    model_type = weights.config(folder)["model_type"]
    words = json.loads((folder / "tokenizer.json").read_text())["added_tokens"]
    special = {word["content"] for word in words if word["special"]}
    assert special
    assert special <= set(TRAITS[FAMILIES.get(model_type, model_type)].control_words)


@pytest.mark.parametrize("model", ["vlm", "clip"])
def test_the_embedded_models_have_no_further_control_words(model: str) -> None:
    folder = weights.folder(model)
    words = json.loads((folder / "tokenizer.json").read_text())["added_tokens"]
    family = "llava" if model == "vlm" else "clip"
    assert {word["content"] for word in words if word["special"]} <= set(traits(family).control_words)


def test_without_a_template_of_its_own_or_ours_a_model_says_so(written: Write, tmp_path: Path) -> None:
    for path in written("llava").iterdir():
        if path.name != "chat_template.jinja":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(Unavailable, match="no chat template"):
        load_processor(ModelFolder("bare", tmp_path, "cpu", 1, 60.0))


@pytest.mark.parametrize("name", EMBEDDING)
def test_an_embedding_family_gives_unit_vectors_normalised_as_its_processor_does(written: Write, name: str) -> None:
    folder = written(name)
    model = embedding(folder)
    picture = make_picture(1, 64, 64)
    vectors = model.embed_pictures([picture, make_picture(2, 200, 96)])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert model.embed_texts([]).shape == (0, vectors.shape[1])
    assert model.logit_scale >= 1
    processor = transformers.AutoProcessor.from_pretrained(folder)
    pixels = processor.image_processor(Image.fromarray(stretch(picture)).convert("RGB"), return_tensors="pt")
    features = transformers.AutoModel.from_pretrained(folder).eval().get_image_features(**pixels)
    expected = torch.nn.functional.normalize(getattr(features, "pooler_output", features), dim=-1)
    assert float(expected[0].detach().numpy() @ vectors[0]) > 0.99999


def test_siglip_reads_every_text_at_its_full_length(written: Write) -> None:
    """It was trained on texts padded to one length, so the company that a text is in must not change it."""
    model = embedding(written("siglip"))
    alone = model.embed_texts(["no finding"])
    with_a_longer_one = model.embed_texts(["no finding", "a large left pleural effusion and " * 4])
    assert np.allclose(alone[0], with_a_longer_one[0], atol=1e-5)


@pytest.mark.parametrize("name", EMBEDDING)
def test_control_words_in_a_text_do_not_end_it(written: Write, name: str) -> None:
    words = TRAITS["clip" if name == "clip" else "siglip"].control_words
    texts = [f"no{word}finding" for word in words] + ["no finding"]
    vectors = embedding(written(name)).embed_texts(texts)
    assert np.allclose(vectors, vectors[-1:], atol=1e-5)
