"""A language model reads the pictures of a prompt once for all questions, and goes on as if it had read all anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.needs import require

require("torch")

import torch
import transformers

from overread import weights
from overread.backends import _picture_prefixes as prefixes
from overread.backends._chat_inputs import ChatInputs
from overread.backends._loading import ModelFolder
from overread.backends._picture_features import PictureFeatures
from overread.backends._picture_prefixes import PicturePrefixes
from overread.backends._vlm import VlmBackend
from overread.ports import ChatRequest
from overread.testing.doubles import make_picture

PROMPTS = ("Report.", "Is there a pleural effusion on the left?", "Side?")


def folder_of(name: str, place: Path) -> Path:
    if name == "embedded":
        return weights.folder("vlm")
    written: Path = import_module(f"overread.testing.tiny_families.{name}").write(place / name)
    return written


def at(folder: Path) -> ModelFolder:
    return ModelFolder(folder.name, folder, "cpu", 1, 60.0)


def loaded(folder: Path) -> Any:
    model = transformers.AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    return model.eval()


@contextmanager
def tokens_read(model: Any) -> Iterator[list[int]]:
    """Count the tokens that the language model reads, over all rows, each time."""
    read: list[int] = []
    layer = model.base_model.language_model.layers[0]
    hook = layer.register_forward_pre_hook(lambda _, given: read.append(given[0].shape[0] * given[0].shape[1]))
    try:
        yield read
    finally:
        hook.remove()


@pytest.mark.parametrize("name", ["embedded", "llava", "llava_onevision"])
def test_what_follows_is_as_likely_as_when_all_is_read_anew(name: str, tmp_path: Path) -> None:
    folder = folder_of(name, tmp_path)
    model, inputs = loaded(folder), ChatInputs(at(folder))
    pictures = [inputs.pictures([make_picture(seed)]) for seed in (1, 9, 1)]
    requests = [ChatRequest(prompt, tuple(shown)) for prompt, shown in zip(PROMPTS, pictures, strict=True)]
    rows = inputs.rows(requests, pictures)
    with torch.inference_mode():
        features = PictureFeatures().of_each(model, rows.pictures, pictures)
        begun = PicturePrefixes().instead_of_pictures(model, rows.texts, features, pictures)
        assert begun is not None
        assert begun["attention_mask"].sum(1).tolist() == rows.texts["attention_mask"].sum(1).tolist()
        said = model.generate(**begun, max_new_tokens=1, output_logits=True, return_dict_in_generate=True)
    assert torch.allclose(said.logits[0], plain(model, inputs, requests, pictures), atol=2e-4)


def plain(model: Any, inputs: ChatInputs, requests: list[ChatRequest], pictures: list[list[Any]]) -> Any:
    """Give the logits of the next token of each request, asked alone and by pixels."""
    steps = []
    with torch.inference_mode():
        for request, shown in zip(requests, pictures, strict=True):
            row = inputs.rows([request], [shown])
            steps.append(model(**row.texts, **row.pictures[0]).logits[0, -1])
    return torch.stack(steps)


def test_a_further_question_reads_only_what_is_new(tmp_path: Path) -> None:
    folder = folder_of("embedded", tmp_path)
    backend = VlmBackend(at(folder))
    picture = make_picture(1)
    with backend._loaded.turn() as model, tokens_read(model) as first:
        backend._tensors(model, [ChatRequest(prompt, (picture,)) for prompt in PROMPTS])
    with backend._loaded.turn() as model, tokens_read(model) as again:
        begun = backend._tensors(model, [ChatRequest("Another?", (picture,))])
    assert len(first) == 1  # three questions, one picture
    assert again == []
    assert begun["past_key_values"].get_seq_length() == first[0]


def test_prompts_without_a_picture_or_of_another_length_are_read_whole(tmp_path: Path) -> None:
    folder = folder_of("llava", tmp_path)
    model, inputs = loaded(folder), ChatInputs(at(folder))
    one, two = inputs.pictures([make_picture(1)]), inputs.pictures([make_picture(1), make_picture(2)])
    requests = [ChatRequest("Report.", tuple(one)), ChatRequest("Report.", tuple(two))]
    rows = inputs.rows(requests, [one, two])
    with torch.inference_mode():
        features = PictureFeatures().of_each(model, rows.pictures, [one, two])
        assert PicturePrefixes().instead_of_pictures(model, rows.texts, features, [one, two]) is None
        words = inputs.rows([ChatRequest("Report.", ())], [[]])
        assert PicturePrefixes().instead_of_pictures(model, words.texts, [None], [[]]) is None


def test_beginnings_are_kept_up_to_a_size(tmp_path: Path) -> None:
    folder = folder_of("embedded", tmp_path)
    model, inputs = loaded(folder), ChatInputs(at(folder))
    kept = PicturePrefixes()
    sizes = []
    with torch.inference_mode():
        for seed in range(3):
            shown = inputs.pictures([make_picture(seed)])
            rows = inputs.rows([ChatRequest("Report.", tuple(shown))], [shown])
            kept.instead_of_pictures(
                model, rows.texts, PictureFeatures().of_each(model, rows.pictures, [shown]), [shown]
            )
            sizes.append(sum(prefixes._bytes(layers) for layers in kept._kept.values()))
    assert sizes[0] * 3 == sizes[2] < prefixes.KEPT_BYTES
    kept._forget(sizes[0] * 2)
    assert len(kept._kept) == 2
