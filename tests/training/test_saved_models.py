"""The folders in models/: they load with transformers alone, and write what was trained."""

import json

import numpy as np
import pytest

from tests.needs import require

require("training")

import torch

from overread.imaging.letterbox import letterbox, model_input
from overread.testing.phantoms import render, sample_recipe, to_display
from training.paths import MODELS

PHANTOM = sample_recipe(7)


@pytest.fixture(scope="module")
def canvas() -> np.ndarray:
    return letterbox(to_display(render(PHANTOM, 256)), 240).pixels


@pytest.mark.slow
def test_the_saved_vlm_writes_token_for_token_what_the_training_layout_predicts(canvas: np.ndarray) -> None:
    from training.vlm import VlmTrainer
    from training.vlm_data import IGNORED, pack, template
    from training.writer import Writer

    writer = Writer()
    prompt = template("report").render()
    text = writer.write(canvas[None], [prompt], 320)[0]
    json.loads(text)
    tower = writer.model.model.vision_tower
    with torch.no_grad():
        seen = tower(torch.from_numpy(model_input(canvas)), output_hidden_states=True)
        features = seen.hidden_states[-2][0, 1:].numpy()
        batch = pack([(features, [(prompt, text)])], writer.processor.tokenizer)
        trainer = VlmTrainer(writer.model).eval()
        words = trainer.language.embed_tokens(batch.tokens)
        words[:, 1 : 1 + len(features)] = trainer.projector(batch.features)
        hidden = trainer.language(
            inputs_embeds=words, attention_mask=batch.mask, position_ids=batch.positions, use_cache=False
        ).last_hidden_state
    taught = batch.labels[:, 1:] != IGNORED
    predicted = trainer.head(hidden[:, :-1][taught]).argmax(-1)
    assert predicted.tolist() == batch.labels[:, 1:][taught].tolist()


@pytest.mark.slow
def test_every_head_reads_an_embedding_of_the_saved_clip() -> None:
    from safetensors.numpy import load_file

    spec = json.loads((MODELS / "clip" / "heads.json").read_text(encoding="utf-8"))
    width = json.loads((MODELS / "clip" / "config.json").read_text(encoding="utf-8"))["projection_dim"]
    heads = load_file(MODELS / "clip" / "heads.safetensors")
    assert heads["label_weight"].shape == (len(spec["labels"]), width)
    assert heads["view_weight"].shape == (len(spec["view"]["classes"]), width)
    assert heads["ood_weight"].shape == (width + 1,)
    assert heads["ood_root"].shape == (width, width)
    for item in spec["labels"]:
        low, high = item["abstain"]
        assert 0 < low <= item["threshold"] <= high < 1
    assert not {item["name"] for item in spec["labels"]} & set(spec["not_trained"])


def test_the_classifier_scores_a_picture_as_its_training_code_does(canvas: np.ndarray) -> None:
    from safetensors.numpy import load_file

    from overread.backends import transformers as in_process
    from overread.backends._classifier import pooled
    from overread.settings import ModelSpec, Settings
    from training.classifier_features import FOLDER, TRUNKS, load_trunk
    from training.teacher import maps_of

    backend = in_process.build(ModelSpec(backend="transformers", model="classifier"), Settings())
    features = []
    for trunk in map(load_trunk, TRUNKS):
        shown = torch.from_numpy(letterbox(canvas, trunk.config.image_size).pixels)[None, None].float() / 255
        features.append(pooled(maps_of(trunk, shown))[0].numpy())
    heads = load_file(FOLDER / "heads.safetensors")
    chances = 1 / (1 + np.exp(-(heads["label_weight"] @ np.concatenate(features) + heads["label_bias"])))
    names = [item["name"] for item in json.loads((FOLDER / "heads.json").read_text(encoding="utf-8"))["labels"]]
    assert backend.score_labels(canvas) == pytest.approx(dict(zip(names, chances, strict=True)), abs=1e-4)


def test_token_zero_of_the_clip_is_an_ordinary_one_as_servers_need() -> None:
    vocabulary = json.loads((MODELS / "clip" / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    first = min(vocabulary, key=vocabulary.__getitem__)
    assert vocabulary[first] == 0
    assert not first.startswith("<|")


def test_the_saved_vision_towers_keys_are_in_the_published_layout() -> None:
    from safetensors import safe_open

    with safe_open(MODELS / "vlm" / "model.safetensors", "numpy") as weights:
        names = list(weights.keys())
    towers = [key for key in names if "vision_tower" in key]
    assert towers
    assert all("vision_tower.vision_model." in key for key in towers)


def test_the_embedded_weights_stay_within_eighty_megabytes() -> None:
    sizes = {path: path.stat().st_size for path in MODELS.rglob("*.safetensors")}
    assert len(sizes) == 8
    assert sum(sizes.values()) <= 80_000_000
    assert all(path.stat().st_mode & 0o044 for path in sizes)
