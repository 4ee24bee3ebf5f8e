"""A probability per label: from a CLIP model's calibrated heads, its prompts for labels without a head, or a network.

A profile may name a network with a fixed set of labels in the role `classifier`. It answers for the labels that it was
measured to tell at least as well as the CLIP on this kind of study: a label has one score. A network of somebody else
that describes itself answers for what the CLIP was not measured for; such a score decides nothing alone.

A score at or above its threshold says where, as the region of its locator, when the network tells where it sees a label
and that was measured to be right on this kind of study (`overread.tools._places`). The map itself is kept as evidence
without a vote, whether or not it was measured, for who wants to see what the network looked at.
"""

import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from overread.ports import BackendCard, EmbeddingBackend, Parts, Picture, Tool, ToolCard, ToolInput
from overread.records import Evidence, Measurement, Score
from overread.tools._activation_map import activation_of
from overread.tools._best_measured import best_by_network, figures_beside
from overread.tools._evidence_builder import EvidenceBuilder, model_name
from overread.tools._frontal_tool import FrontalTool
from overread.tools._heads import Heads, Vector, heads_beside
from overread.tools._measured_here import MeasuredHere, measured_here, of_voter
from overread.tools._network import Network, network_in
from overread.tools._scope import picture_to_read
from overread.tools._zero_shot import Directions, PromptPair, directions

ROLE = "classification"
HEADS, PROMPTS = "classification", "classification.zero_shot"
"""The voters of a CLIP: its fitted heads, and its prompts."""
ZERO_SHOT_THRESHOLD = 0.5
CARD = ToolCard(
    name="classification",
    version="1",
    describe="A probability for each label that the model was trained on or measured for.",
    payloads=("score", "measurement", "activation"),
    sees=(),
)


class ClassificationTool(FrontalTool):
    """Scores what a model was measured for; a label without head, measured prompts or measured network has no score."""

    own_card = CARD

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._directions: tuple[Directions, ...] | None = None
        self._lock = threading.Lock()

    def _model(self) -> BackendCard:
        return self._parts.embedding(ROLE).card

    def _described(self, model: BackendCard) -> ToolCard:
        heads, pairs, network = heads_beside(model), self._pairs(model), network_in(self._parts)
        labels = [head.name for head in heads.labels] if heads else []
        labels += [pair.label for pair in pairs]
        labels += network.labels if network else ()
        described = super()._described(model)
        return replace(described, labels=tuple(dict.fromkeys(labels)), further_models=_further(network))

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give one score for each label that can be told, and the probability of each view.

        Where CLIP and network both know a label, the one that was measured better scores it, the network on a tie. A
        head that phantoms alone taught, and that fires on real films without a finding, scores phantoms only, unless it
        was measured here. The region of a score is in pixels of the picture as shown; None: no place is known.
        Raises `ToolError` on a blank picture, `Unavailable` or `AnswerInvalid` when a model fails; the CLIP's scores
        are kept before the network is asked.
        """
        picture = picture_to_read(work)
        backend = self._parts.embedding(ROLE)
        builder = EvidenceBuilder(CARD, work, backend.card)
        heads, network = heads_beside(backend.card), network_in(self._parts)
        here = self._here(backend.card, work)
        taken = _taken(network, backend.card, heads, here, synthetic=work.study.synthetic) if network else frozenset()
        evidence = []
        # A CLIP without heads and measured prompts has nothing to say of a label, and is not asked.
        if heads or self._pairs(backend.card):
            embedding = backend.embed_pictures([picture])[0]
            scores = self._clip_scores(backend, heads, embedding, here, synthetic=work.study.synthetic)
            evidence += [builder.evidence(_as_here(here, score)) for score in scores if score.label not in taken]
            evidence += _views(builder, heads, embedding)
        if network:
            work.keep(evidence)
            second = EvidenceBuilder(CARD, work, network.card)
            evidence += self._of_network(network, taken, picture, second, work)
        return evidence

    def _of_network(
        self, network: Network, labels: Collection[str], picture: Picture, builder: EvidenceBuilder, work: ToolInput
    ) -> Iterator[Evidence]:
        known, reading = self._here(network.card, work), network.read(picture, labels)
        for score in (_as_here(known, one) for one in reading.scores):
            placed = network.place(reading, score, picture, synthetic=work.study.synthetic)
            yield builder.evidence(score, *placed) if placed else builder.evidence(score)
            seen = activation_of(score, reading.place, work) if reading.place else None
            if seen is not None:
                told = network.told_of_places(score, synthetic=work.study.synthetic)
                yield builder.evidence(seen, parameters=told)

    def _here(self, model: BackendCard, work: ToolInput) -> MeasuredHere:
        return measured_here(model, self._parts.settings, synthetic=work.study.synthetic)

    def _pairs(self, model: BackendCard) -> tuple[PromptPair, ...]:
        return measured_here(model, self._parts.settings).pairs(model)

    def _clip_scores(
        self, backend: EmbeddingBackend, heads: Heads | None, embedding: Vector, here: MeasuredHere, *, synthetic: bool
    ) -> list[Score]:
        told = here.over({}, HEADS)
        scores = list(_head_scores(heads, embedding, told, synthetic=synthetic)) if heads else []
        # What a silent head would say is not asked of the prompts either: they see with the same eyes.
        known = {head.name for head in heads.labels} if heads else set()
        return scores + [score for score in self._zero_shot_scores(backend, embedding) if score.label not in known]

    def _zero_shot_scores(self, backend: EmbeddingBackend, embedding: Vector) -> Iterator[Score]:
        with self._lock:
            if self._directions is None:
                self._directions = directions(backend, self._pairs(backend.card))
        scale = backend.logit_scale
        for direction in self._directions:
            yield Score(
                label=direction.pair.label,
                probability=direction.probability(embedding, scale),
                threshold=ZERO_SHOT_THRESHOLD,
                method="zero_shot",
            )


def build(parts: Parts) -> Tool:
    """Build the tool over the roles `classification` and `classifier`; their models load at first use."""
    return ClassificationTool(parts)


def _further(network: Network | None) -> tuple[tuple[str, str], ...]:
    return ((model_name(network.card) or "", network.card.weights_digest),) if network else ()


def _as_here(here: MeasuredHere, score: Score) -> Score:
    return here.calibrated(score, of_voter(score, CARD.name))


def _taken(
    network: Network, clip: BackendCard, heads: Heads | None, here: MeasuredHere, *, synthetic: bool
) -> frozenset[str]:
    """Name the labels that the network answers for in place of the CLIP."""
    with_head = {head.name for head in heads.labels} if heads else set()
    with_prompts = {pair.label for pair in here.pairs(clip)}
    by_heads = here.over(figures_beside(clip, HEADS, synthetic=synthetic), HEADS)
    by_prompts = here.over(figures_beside(clip, PROMPTS, synthetic=synthetic), PROMPTS)
    rivals = {
        **{label: auroc for label, auroc in by_prompts.items() if label in with_prompts - with_head},
        **{label: auroc for label, auroc in by_heads.items() if label in with_head},
    }
    return best_by_network(network.figures(synthetic=synthetic), rivals) | (network.unmeasured - set(rivals))


def _head_scores(heads: Heads, embedding: Vector, told: Collection[str], *, synthetic: bool) -> Iterator[Score]:
    """Give the scores of heads that may speak: of a silent one only for a label that was measured here (`told`)."""
    probabilities = heads.label_probabilities(embedding)
    for head in heads.labels:
        if head.speaks(synthetic=synthetic) or head.name in told:
            yield head.score(probabilities[head.name], "head")


def _views(builder: EvidenceBuilder, heads: Heads | None, embedding: Vector) -> Iterator[Evidence]:
    for view, probability in (heads.view_probabilities(embedding) if heads else {}).items():
        measured = Measurement(
            name=f"view_{view.lower()}_probability", value=probability, unit="1", method="linear head on the embedding"
        )
        yield builder.evidence(measured, parameters={"abstain_below": heads.view_abstains_below if heads else None})
