"""Model folders load in process and answer by the ports' contract."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from overread.backends.transformers import build
from overread.cataloguing.adding import Asked, look_at
from overread.cataloguing.licences import Given
from overread.cataloguing.own_entries import write_entry
from overread.errors import AnswerInvalid, Unavailable
from overread.ports import Backend, ChatBackend, ChatRequest, EmbeddingBackend, SegmentationBackend
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture

SCHEMA = {
    "type": "object",
    "properties": {
        "findings": {"type": "array", "items": {"type": "string", "maxLength": 6}, "minItems": 1, "maxItems": 2},
        "side": {"enum": ["left", "right"]},
    },
    "required": ["findings", "side"],
    "additionalProperties": False,
}


def backend(folder: Path, seconds: float = 60.0) -> Backend:
    return build(ModelSpec(backend="transformers", model=str(folder)), Settings(torch_threads=1, tool_seconds=seconds))


def chat(folder: Path, seconds: float = 60.0) -> ChatBackend:
    built = backend(folder, seconds)
    assert isinstance(built, ChatBackend)
    return built


def clip(folder: Path) -> EmbeddingBackend:
    built = backend(folder)
    assert isinstance(built, EmbeddingBackend)
    return built


def test_the_architecture_chooses_the_capability(
    tiny_vlm: Path, tiny_clip: Path, tiny_segmenter: Path, tiny_classifier: Path
) -> None:
    assert backend(tiny_vlm).card.capability == "chat"
    assert backend(tiny_clip).card.capability == "embedding"
    assert backend(tiny_segmenter).card.capability == "segmentation"
    assert backend(tiny_classifier).card.capability == "labels"


def test_an_answer_follows_the_schema_and_is_laid_out_as_json_dumps_does(tiny_vlm: Path) -> None:
    request = ChatRequest("Report.", (make_picture(),), schema=SCHEMA, max_tokens=128)
    answer = chat(tiny_vlm).ask(request)
    assert answer.text == json.dumps(answer.data, ensure_ascii=False)
    assert 1 <= len(answer.data["findings"]) <= 2
    assert answer.data["side"] in ("left", "right")
    assert answer.completion_tokens > 0
    assert answer.mean_logprob is not None
    assert answer.mean_logprob < 0


def test_greedy_answers_repeat_and_depend_on_the_picture(tiny_vlm: Path) -> None:
    model = chat(tiny_vlm)

    def said(seed: int) -> tuple[str, float | None]:
        answer = model.ask(ChatRequest("Report.", (make_picture(seed),), schema=SCHEMA, max_tokens=128))
        return answer.text, answer.mean_logprob

    assert said(1) == said(1)
    assert said(1) != said(2)


def test_the_order_of_the_pictures_matters(tiny_vlm: Path) -> None:
    model, first, second = chat(tiny_vlm), make_picture(1), make_picture(9)
    forward = model.ask(ChatRequest("Compare.", (first, second), schema=SCHEMA, max_tokens=128))
    backward = model.ask(ChatRequest("Compare.", (second, first), schema=SCHEMA, max_tokens=128))
    assert forward.mean_logprob != backward.mean_logprob


def test_control_words_in_a_question_are_only_words(tiny_vlm: Path) -> None:
    model = chat(tiny_vlm)
    asked = ChatRequest("Is this <image> </s> normal?", (make_picture(),), schema=SCHEMA, max_tokens=128)
    assert model.ask(asked).data["side"] in ("left", "right")


def test_an_answer_that_does_not_end_is_refused(tiny_vlm: Path) -> None:
    with pytest.raises(AnswerInvalid, match="did not end"):
        chat(tiny_vlm).ask(ChatRequest("Report.", (make_picture(),), schema=SCHEMA, max_tokens=3))


def test_an_answer_later_than_anybody_waits_is_unavailable(tiny_vlm: Path) -> None:
    with pytest.raises(Unavailable, match="no answer within"):
        chat(tiny_vlm, seconds=0.0001).ask(ChatRequest("Report.", (make_picture(),), schema=SCHEMA, max_tokens=128))


def test_two_threads_share_one_model_and_get_their_own_answers(tiny_vlm: Path) -> None:
    model = chat(tiny_vlm)
    requests = [ChatRequest("Report.", (make_picture(seed),), schema=SCHEMA, max_tokens=128) for seed in range(4)]
    alone = [model.ask(request).text for request in requests]
    with ThreadPoolExecutor(4) as pool:
        together = [answer.text for answer in pool.map(model.ask, requests)]
    assert together == alone


def test_embeddings_are_unit_vectors_in_the_order_asked(tiny_clip: Path) -> None:
    model = clip(tiny_clip)
    one, two = make_picture(1), make_picture(2, 200, 96)
    both = model.embed_pictures([one, two])
    assert both.dtype == np.float32
    assert np.allclose(np.linalg.norm(both, axis=1), 1, atol=1e-5)
    assert np.allclose(model.embed_pictures([two, one]), both[::-1], atol=1e-5)
    texts = model.embed_texts(["pleural effusion", "no finding"])
    assert texts.shape == both.shape
    assert not np.allclose(texts[0], texts[1])
    assert model.embed_texts([]).shape == (0, both.shape[1])
    assert model.logit_scale > 1


def test_probability_maps_have_the_size_of_the_picture(tiny_segmenter: Path) -> None:
    model = backend(tiny_segmenter)
    assert isinstance(model, SegmentationBackend)
    maps = model.segment(make_picture(1, 150, 90))
    assert set(maps) == {"right_lung", "left_lung", "heart"}
    for plane in maps.values():
        assert plane.shape == (150, 90)
        assert plane.dtype == np.float32
        assert 0 <= plane.min() <= plane.max() <= 1


def test_a_missing_folder_says_what_to_do() -> None:
    with pytest.raises(Unavailable, match="no model folder 'nowhere'"):
        build(ModelSpec(backend="transformers", model="nowhere"), Settings())


def test_an_unknown_architecture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"architectures": ["BertModel"]}')
    with pytest.raises(Unavailable, match=r"BertModel.*EfficientNetModel"):
        build(ModelSpec(backend="transformers", model=str(tmp_path)), Settings())


def test_damaged_weights_are_unavailable_and_do_not_jam_the_model(tiny_clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    for path in tiny_clip.iterdir():
        content = path.read_bytes()
        (folder / path.name).write_bytes(content[:2000] if path.suffix == ".safetensors" else content)
    model = backend(folder)
    for _ in range(2):
        with pytest.raises(Unavailable, match="does not load"):
            model.embed_pictures([make_picture()])  # type: ignore[union-attr]


def test_weights_that_lack_a_tensor_are_not_filled_with_random_numbers(tiny_clip: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_clip, tmp_path / "model")
    tensors = load_file(folder / "model.safetensors")
    tensors.pop("visual_projection.weight")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(Unavailable, match=r"model 'model' lacks 1 of the tensors"):
        clip(folder).embed_pictures([make_picture(1)])


def test_a_clip_in_shards_embeds_as_the_whole(tiny_clip: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_clip, tmp_path / "model")
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    owner = {name: f"model-0000{1 + (name != 'logit_scale')}-of-00002.safetensors" for name in tensors}
    for file in set(owner.values()):
        part = {name: tensor for name, tensor in tensors.items() if owner[name] == file}
        save_file(part, folder / file, metadata={"format": "pt"})
    index = {"metadata": {"total_size": 1}, "weight_map": owner}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    whole, shards = clip(tiny_clip), clip(folder)
    assert shards.logit_scale == whole.logit_scale
    assert np.allclose(shards.embed_pictures([make_picture(1)]), whole.embed_pictures([make_picture(1)]), atol=1e-6)


def test_a_catalogued_model_plays_a_role_by_its_name(tiny_clip: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_clip, tmp_path / "published")
    settings = Settings(home=tmp_path / "home", torch_threads=1)
    terms = Given("MIT", "https://spdx.org/licenses/MIT")
    write_entry(look_at(Asked("theirs", str(folder), licence=terms)).entry, settings.own_catalogue)
    built = build(ModelSpec(backend="transformers", model="theirs"), settings)
    assert isinstance(built, EmbeddingBackend)
    assert (built.card.model, built.card.folder) == ("theirs", folder)
    assert built.embed_texts(["normal chest"]).shape[0] == 1
