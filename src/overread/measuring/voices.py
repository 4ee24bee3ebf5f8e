"""What a model that scores says of a picture, voter by voter, for every label that it knows, measured or not."""

from collections.abc import Callable, Mapping
from typing import Any

from overread import weights
from overread.errors import Unavailable
from overread.ports import BackendCard, EmbeddingBackend, LabelBackend, Picture
from overread.reasoning.questions import COUNTABLE
from overread.reasoning.trust import NETWORK
from overread.reasoning.vocabulary import TERMS
from overread.tools._heads import heads_beside
from overread.tools._zero_shot import PromptPair, directions, every_pair
from overread.tools.classification import HEADS, PROMPTS

Scores = Mapping[str, Mapping[str, float]]
"""Voter to label to probability, as the tool gives it without what was measured here."""
Scorer = Callable[[Picture], Scores]
NORMAL = "No Finding"
COSINES = 10.0
"""A pair of prompts that was never fitted is read as sigmoid(10 x difference of its cosines): it only ranks films."""


def network_scorer(backend: LabelBackend) -> Scorer:
    """Give the scorer of a network with a fixed set of labels."""
    return lambda picture: {NETWORK: backend.score_labels(picture)}


def clip_scorer(backend: EmbeddingBackend) -> tuple[Scorer, tuple[PromptPair, ...]]:
    """Give the scorer of a CLIP, and the prompts of ours that it is asked by where it came with none.

    Its heads and its prompts are two voters. The prompts are embedded here.
    """
    heads, own = heads_beside(backend.card), _prompts_beside(backend.card)
    given = () if own else default_pairs(backend.logit_scale)
    pairs = directions(backend, own or given)

    def score(picture: Picture) -> Scores:
        embedding, scale = backend.embed_pictures([picture])[0], backend.logit_scale
        prompts = {pair.pair.label: pair.probability(embedding, scale) for pair in pairs}
        return {HEADS: heads.label_probabilities(embedding), PROMPTS: prompts} if heads else {PROMPTS: prompts}

    return score, given


def default_pairs(scale: float) -> tuple[PromptPair, ...]:
    """Give a pair of prompts for every label of the vocabulary, for a CLIP that was trained on reports."""
    return tuple(
        PromptPair(label, *_words(label), slope=COSINES / scale, intercept=0.0)
        for label in TERMS
    )  # fmt: skip


def as_data(pairs: tuple[PromptPair, ...]) -> dict[str, dict[str, Any]]:
    """Give prompts as JSON-native data, as `prompts.json` holds them."""
    return {
        pair.label: {
            "positive": list(pair.positive),
            "negative": list(pair.negative),
            "slope": pair.slope,
            "intercept": pair.intercept,
        }
        for pair in pairs
    }


def _words(label: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if label == NORMAL:
        return ("Normal chest radiograph.", "No acute cardiopulmonary abnormality."), ("Abnormal chest radiograph.",)
    noun = TERMS[label].noun
    article = "a " if noun in COUNTABLE else ""
    return (f"There is {article}{noun}.",), (f"There is no {noun}.", f"No {noun}.")


def _prompts_beside(model: BackendCard) -> tuple[PromptPair, ...]:
    try:
        described = weights.beside(weights.folder_of(model), "prompts.json") or {}
    except Unavailable:
        return ()
    return tuple(pair for pair in every_pair(described.get("labels") or {}) if pair.slope > 0)
