"""Every family of models answers in this process by the ports' contract, from a tiny model of its architecture."""

import json
from collections.abc import Callable
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

from overread import weights
from overread.backends._loading import ModelFolder
from overread.backends._processors import FAMILIES, load_processor
from overread.backends.transformers import build
from overread.errors import Unavailable
from overread.imaging.letterbox import stretch
from overread.ports import ChatBackend, ChatRequest, EmbeddingBackend
from overread.serving.families import TRAITS, traits
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture

SCHEMA = {
    "type": "object",
    "properties": {"side": {"enum": ["left", "right"]}, "note": {"type": "string", "maxLength": 5}},
    "required": ["side", "note"],
    "additionalProperties": False,
}
CHAT = ("llava", "llava_onevision", "qwen2_5_vl", "gemma3", "blip_2")
SEVERAL_PICTURES = CHAT[:-1]
EMBEDDING = ("clip", "siglip")
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
