"""Zero-shot classification by pairs of prompts (Radford et al. 2021, CheXzero: Tiu et al. 2022)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread import weights
from overread.errors import Unavailable
from overread.ports import BackendCard, EmbeddingBackend
from overread.precision import settled

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class PromptPair:
    """The prompts of one label, with the fitted slope and intercept of its margin."""

    label: str
    positive: tuple[str, ...]
    negative: tuple[str, ...]
    slope: float
    intercept: float


@dataclass(frozen=True)
class Directions:
    """A prompt pair in the embedding space: one unit vector for, one against."""

    pair: PromptPair
    positive: Vector
    negative: Vector

    def probability(self, embedding: Vector, scale: float) -> float:
        """Give sigmoid(slope * margin + intercept) of a unit embedding [d].

        The margin is the difference of the cosines, scaled.
        """
        margin = scale * float(embedding @ self.positive - embedding @ self.negative)
        logit = np.clip(self.pair.slope * margin + self.pair.intercept, -60.0, 60.0)
        return settled(1.0 / (1.0 + np.exp(-logit)))


def pairs_beside(model: BackendCard) -> tuple[PromptPair, ...]:
    """Read the pairs whose worth was measured on images; others give no score."""
    try:
        folder = weights.folder_of(model)
    except Unavailable:
        return ()
    labels = (weights.beside(folder, "prompts.json") or {}).get("labels") or {}
    return pairs_in(labels, weights.beside(folder, "card.json") or {})


def pairs_in(labels: Mapping[str, Mapping[str, Any]], card: Mapping[str, Any]) -> tuple[PromptPair, ...]:
    """Give the pairs of labels whose worth a card tells."""
    measured = _measured(card)
    return tuple(pair for pair in every_pair(labels) if pair.label in measured and pair.slope > 0)


def every_pair(labels: Mapping[str, Mapping[str, Any]]) -> tuple[PromptPair, ...]:
    """Give the pairs of all labels, measured or not."""
    return tuple(
        PromptPair(
            label=label,
            positive=tuple(entry["positive"]),
            negative=tuple(entry["negative"]),
            slope=float(entry["slope"]),
            intercept=float(entry["intercept"]),
        )
        for label, entry in labels.items()
    )


def _measured(card: Mapping[str, Any]) -> set[str]:
    """Name the labels whose prompts have an AUROC in the model's card, on radiographs or on phantoms."""
    tables = [(card.get(kind) or {}).get("classification.zero_shot") or {} for kind in ("trust", "trust_phantom")]
    return {label for table in tables for label, figures in table.items() if (figures or {}).get("auroc") is not None}


def directions(backend: EmbeddingBackend, pairs: Sequence[PromptPair]) -> tuple[Directions, ...]:
    """Embed the prompts once, all in one call."""
    texts = [text for pair in pairs for text in (*pair.positive, *pair.negative)]
    vectors = iter(backend.embed_texts(texts)) if texts else iter(())
    return tuple(
        Directions(pair, _mean(vectors, len(pair.positive)), _mean(vectors, len(pair.negative))) for pair in pairs
    )


def _mean(vectors: Any, count: int) -> Vector:
    mean = np.mean([next(vectors) for _ in range(count)], axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)
