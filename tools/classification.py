"""A probability per label from a CLIP model: its calibrated heads, and its prompts for labels without a head."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

from overread.errors import BackendError
from overread.ports import EmbeddingBackend, Parts, Tool, ToolCard, ToolInput
from overread.records import Evidence, Measurement, Refusal, Score, Study
from overread.tools._heads import Heads, Vector, heads_beside
from overread.tools._look import Look, model_name
from overread.tools._scope import not_frontal, picture_to_read
from overread.tools._zero_shot import Directions, directions, pairs_beside

ROLE = "classification"
ZERO_SHOT_THRESHOLD = 0.5
CARD = ToolCard(
    name="classification",
    version="1",
    describe="A probability for each label that the model was trained on or measured for.",
    payloads=("score", "measurement"),
)


class ClassificationTool:
    """Scores what the model was measured for; a label without head and without measured prompts has no score."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._directions: tuple[Directions, ...] | None = None
        self._lock = threading.Lock()

    @property
    def card(self) -> ToolCard:
        try:
            model = self._parts.embedding(ROLE).card
            heads, pairs = heads_beside(model), pairs_beside(model)
        except BackendError:
            return CARD
        labels = [head.name for head in heads.labels] if heads else []
        labels += [pair.label for pair in pairs if pair.label not in labels]
        return replace(CARD, labels=tuple(labels), model=model_name(model), weights_digest=model.weights_digest)

    def accepts(self, study: Study) -> Refusal | None:
        return not_frontal(study)

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        picture = picture_to_read(work)
        backend = self._parts.embedding(ROLE)
        look = Look(CARD, work, backend.card)
        embedding = backend.embed_pictures([picture])[0]
        heads = heads_beside(backend.card)
        scores = list(_head_scores(heads, embedding)) if heads else []
        known = {score.label for score in scores}
        scores += [score for score in self._zero_shot_scores(backend, embedding) if score.label not in known]
        return [look.evidence(score) for score in scores] + list(_views(look, heads, embedding))

    def _zero_shot_scores(self, backend: EmbeddingBackend, embedding: Vector) -> Iterator[Score]:
        with self._lock:
            if self._directions is None:
                self._directions = directions(backend, pairs_beside(backend.card))
        for direction in self._directions:
            yield Score(
                label=direction.pair.label,
                probability=direction.probability(embedding, backend.logit_scale),
                threshold=ZERO_SHOT_THRESHOLD,
                method="zero_shot",
            )


def build(parts: Parts) -> Tool:
    return ClassificationTool(parts)


def _head_scores(heads: Heads, embedding: Vector) -> Iterator[Score]:
    probabilities = heads.label_probabilities(embedding)
    for head in heads.labels:
        yield Score(
            label=head.name,
            probability=probabilities[head.name],
            threshold=head.threshold,
            band=head.band,
            calibrated=True,
            method="head",
        )


def _views(look: Look, heads: Heads | None, embedding: Vector) -> Iterator[Evidence]:
    for view, probability in (heads.view_probabilities(embedding) if heads else {}).items():
        measured = Measurement(
            name=f"view_{view.lower()}_probability", value=probability, unit="1", method="linear head on the embedding"
        )
        yield look.evidence(measured, parameters={"abstain_below": heads.view_abstains_below if heads else None})
