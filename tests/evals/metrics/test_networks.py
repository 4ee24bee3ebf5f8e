"""CheXbert and BERTScore by tiny random networks of the same architecture: they load, and what they say is what the
network says. Nothing is known of what real weights reach."""

from pathlib import Path

import numpy as np
import pytest

from overread.errors import UsageError
from overread.evals.metrics._loading import load
from overread.evals.metrics._metric import Given, Pair
from overread.settings import load_settings
from tests.needs import require

require("torch")

import torch
from transformers import BertConfig, BertModel, BertTokenizerFast

from overread.evals.metrics.chexbert_f1 import CLASSES, HEADS

SETTINGS = load_settings(profile="scripted")
WORDS = ["no", "the", "left", "right", "effusion", "heart", "is", "enlarged", "clear", "lungs", "pneumothorax", "."]
TEXTS = ("The heart is enlarged.", "No effusion. Lungs clear.", "Left pneumothorax.")


@pytest.fixture
def bert(tmp_path: Path) -> Path:
    folder = tmp_path / "bert"
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]))
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=17, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        initializer_range=1.0,
    )  # fmt: skip
    torch.manual_seed(0)
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def checkpoint(bert: Path, tmp_path: Path) -> Path:
    encoder = BertModel.from_pretrained(bert)
    heads = torch.nn.ModuleList(torch.nn.Linear(16, 2 if label == "No Finding" else 4) for label in HEADS)
    state = {f"module.bert.{name}": value for name, value in encoder.state_dict().items()}
    state |= {f"module.linear_heads.{name}": value for name, value in heads.state_dict().items()}
    state["module.bert.embeddings.position_ids"] = torch.arange(512)[None]  # as the published file has it
    torch.save({"model_state_dict": state}, tmp_path / "chexbert.pth")
    return tmp_path / "chexbert.pth"


def test_chexbert_reads_the_checkpoint_into_the_encoder_and_its_heads(bert: Path, checkpoint: Path) -> None:
    metric = load(
        ["chexbert_f1"], Given(SETTINGS), {"chexbert_f1": {"checkpoint": str(checkpoint), "bert": str(bert)}}
    )[0]
    assert metric.missing() is None
    same = metric.measure([Pair(text, text, text, text) for text in TEXTS])
    named = {one.name: one for one in same}
    assert named["CheXbert micro F1-14"].figure(np.ones(3)) == 1.0
    assert "uncertain present" in same[0].identity
    state = torch.load(checkpoint, weights_only=True)["model_state_dict"]
    tokenizer = BertTokenizerFast.from_pretrained(bert)
    first = BertModel.from_pretrained(bert)(**tokenizer(TEXTS[0], return_tensors="pt")).last_hidden_state[:, 0]
    weight, bias = (state[f"module.linear_heads.0.{name}"] for name in ("weight", "bias"))
    from overread.evals.metrics.chexbert_f1 import _Network

    read = _Network(checkpoint, bert).read(list(TEXTS))
    assert read[0][HEADS[0]] == CLASSES[int((first @ weight.T + bias).argmax())]
    assert len({tuple(row.values()) for row in read}) > 1


def test_a_checkpoint_of_another_shape_is_refused(bert: Path, checkpoint: Path) -> None:
    saved = torch.load(checkpoint, weights_only=True)
    del saved["model_state_dict"]["module.linear_heads.13.bias"]
    torch.save(saved, checkpoint)
    options = {"chexbert_f1": {"checkpoint": str(checkpoint), "bert": str(bert)}}
    with pytest.raises(UsageError, match="does not fit"):
        load(["chexbert_f1"], Given(SETTINGS), options)[0].measure([Pair("1", "1", "Clear.", "Clear.")])


def test_bertscore_is_1_for_the_same_text_and_symmetric_and_says_which_encoder(bert: Path) -> None:
    metric = load(["bertscore"], Given(SETTINGS), {"bertscore": {"model": str(bert)}})[0]
    (found,) = metric.measure(
        [Pair("1", "1", TEXTS[0], TEXTS[0]), Pair("2", "2", TEXTS[0], TEXTS[1]), Pair("3", "3", TEXTS[1], TEXTS[0])]
    )
    assert found.samples[0] == pytest.approx(1.0, abs=1e-5)
    assert found.samples[1] == pytest.approx(found.samples[2], abs=1e-5)
    assert found.samples[1] < 0.99
    assert "bert@" in found.identity
    with pytest.raises(UsageError, match="layers 0 to 2"):
        load(["bertscore"], Given(SETTINGS), {"bertscore": {"model": str(bert), "layer": "9"}})[0].measure(
            [Pair("1", "1", "Clear.", "Clear.")]
        )


def test_an_encoder_that_lacks_tensors_is_refused_and_not_filled_with_random_ones(bert: Path) -> None:
    from safetensors.torch import load_file, save_file

    state = load_file(bert / "model.safetensors")
    save_file(
        {name: value for name, value in state.items() if "layer.1" not in name},
        bert / "model.safetensors",
        {"format": "pt"},
    )
    with pytest.raises(UsageError, match="lacks 16 of the encoder's tensors"):
        load(["bertscore"], Given(SETTINGS), {"bertscore": {"model": str(bert)}})[0].measure(
            [Pair("1", "1", "Clear.", "Clear.")]
        )
