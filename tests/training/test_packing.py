"""Several texts behind one image: each is learnt as if it were alone."""

from pathlib import Path

import numpy as np
import pytest

from tests.needs import require

require("training")

import torch


@pytest.fixture(scope="module")
def tokenizer(data: Path) -> object:
    from training.tokens import vlm_tokenizer
    from training.vlm import tokenizer_lines

    return vlm_tokenizer(tokenizer_lines())


@pytest.mark.data
def test_packed_texts_cost_what_they_cost_alone(tokenizer: object) -> None:
    from training.clip import build_clip
    from training.tokens import clip_tokenizer
    from training.tower import Tower
    from training.vlm import VlmTrainer, build_vlm
    from training.vlm_data import IMAGE_TOKENS, pack

    torch.manual_seed(0)
    trainer = VlmTrainer(build_vlm(build_clip(Tower(), clip_tokenizer()), tokenizer)).eval()
    image = np.random.default_rng(0).normal(size=(IMAGE_TOKENS, 256)).astype(np.float16)
    texts = [("Question: Is there cardiomegaly?", '{"answer": "no"}'), ("What is the view?", '{"answer": "AP"}')]
    with torch.no_grad():
        together = float(trainer(pack([(image, texts)], tokenizer)))
        alone = [float(trainer(pack([(image, [text])], tokenizer))) for text in texts]
    lengths = [len(tokenizer(answer)["input_ids"]) + 1 for _, answer in texts]  # type: ignore[operator]
    assert together == pytest.approx(float(np.average(alone, weights=lengths)), abs=1e-4)
