"""Heads are laid beside exactly the weights that they belong to, and vote for what they were measured to tell."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from overread import weights
from overread.errors import ModelRefused
from overread.federating.discriminant import fold_heads, heads_of
from overread.federating.result import Result
from overread.federating.sums import COUNTS, counts_of, moments_from, moments_of
from overread.federating.taking import take
from overread.measuring.profile import write_cards
from overread.ports import BackendCard
from overread.reasoning.trust import trust_of
from overread.reasoning.vocabulary import LABELS
from overread.tools._heads import heads_beside
from overread.tools.classification import HEADS
from tests.federating.test_sums import SIGN, films


def model(tmp_path: Path) -> BackendCard:
    """Copy the shipped CLIP without its heads."""
    folder = tmp_path / "clip"
    folder.mkdir()
    for name in ("config.json", "model.safetensors"):
        shutil.copy(weights.folder("clip") / name, folder)
    return BackendCard("transformers", str(folder), weights.digest(folder), "embedding", folder=folder)


def result_for(card: BackendCard) -> Result:
    site = films(1, 600, 256)
    sums = moments_from(moments_of(site))
    counts = counts_of(site, *fold_heads(sums)).astype(np.int64).reshape(COUNTS)
    return Result(heads_of(sums), counts, 3, card.weights_digest)


def test_heads_that_were_taken_score_and_vote_for_exactly_these_weights(tmp_path: Path) -> None:
    card = model(tmp_path)
    result = result_for(card)
    made, tables = take(result, card, "together")
    list(write_cards([(made, tables)], tmp_path / "own", plots=False))
    assert card.folder is not None
    now = BackendCard("transformers", card.model, weights.digest(card.folder), "embedding", folder=card.folder)
    assert now.weights_digest != card.weights_digest
    found = weights.measured_card(tmp_path / "own", now.weights_digest)
    heads = heads_beside(now)
    assert found is not None
    assert heads is not None
    trust = trust_of({"classification": found})
    assert (HEADS, LABELS[SIGN]) in trust.on_films
    x = films(1, 600, 256).embeddings[0]
    odds = result.heads.weight[SIGN] @ x + result.heads.bias[SIGN]
    assert heads.label_probabilities(x)[LABELS[SIGN]] == pytest.approx(1 / (1 + np.exp(-odds)), abs=1e-3)


def test_other_weights_and_heads_of_their_own_are_left_alone(tmp_path: Path) -> None:
    card = model(tmp_path)
    result = result_for(card)
    with pytest.raises(ModelRefused, match="other weights"):
        take(result._replace(weights_digest="0" * 64), card, "together")
    with pytest.raises(ModelRefused, match="nothing to take"):
        take(result._replace(counts=np.zeros_like(result.counts)), card, "together")
    assert card.folder is not None
    assert not (card.folder / "heads.json").exists()
    take(result, card, "together")
    with pytest.raises(ModelRefused, match="of its own"):
        take(result, card, "together")
