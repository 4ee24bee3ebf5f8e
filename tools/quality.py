"""How good the picture is, and whether it is a frontal chest radiograph at all."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import numpy as np

from overread.errors import BackendError, RoleUnfilled
from overread.imaging.gate import FARTHER_HALF, LONGEST, MOST_BORDER, UPRIGHT_AFTER
from overread.imaging.quality import QualityStatistics, content_box, measure
from overread.ports import EmbeddingBackend, Parts, Picture, Tool, ToolCard, ToolInput
from overread.records import Evidence, Measurement, Refusal, Study
from overread.tools._evidence_builder import EvidenceBuilder
from overread.tools._heads import Heads, Vector, heads_beside
from overread.tools._scope import is_blank, not_a_radiograph

UNITS = {"sharpness": "{grey}2"}
"""UCUM; the other figures are fractions."""
CHEST = "CHEST"
QUARTERS = (1, 2, 3)
"""Quarter turns clockwise that are tried on a picture that is refused as it is."""
UPRIGHT = 0.2
"""Probability of being no upright chest film, up to which a turned picture is taken for one."""


class QualityTool:
    """Measures the picture by arithmetic, and asks the classification model whether it belongs to its world."""

    card = ToolCard(
        name="quality",
        version="4",
        describe="Blank, flat, inverted, blurred; which body part it looks like; how likely no frontal chest film.",
        payloads=("measurement",),
        views=("PA", "AP", "LATERAL"),
    )

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def accepts(self, study: Study) -> Refusal | None:
        """Refuse a DICOM study without a projection radiograph; of another protocol, what that does not read."""
        return (self._parts.reads or not_a_radiograph)(study)

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give a measurement for each figure of `QualityStatistics`, and what the model's heads say of the picture.

        The heads give `body_part_chest`, `out_of_distribution` and, where the header states no view, `view_lateral`:
        probabilities 0 to 1, and of a picture that is refused `upright_after`: degrees clockwise by which it must be
        turned to look like a chest; of one far from square `farther_half`. They look at what lies within a border that
        takes more than half of the picture. A blank or lateral picture, or a model that is unavailable or fails,
        leaves these out; it is no error.
        """
        builder = EvidenceBuilder(self.card, work)
        statistics = measure(work.pixels.shown(work.image))
        figures = [builder.evidence(figure) for figure in _figures(statistics)]
        judged = self._judge()
        if judged is None or is_blank(statistics) or work.image.view == "LATERAL":
            return figures
        return [*figures, *_shown(self.card, work, statistics, *judged)]

    def _judge(self) -> tuple[EmbeddingBackend, Heads] | None:
        """Give the model that knows chests, or None where there is none: the arithmetic stands without it."""
        try:
            backend = self._parts.embedding("classification")
            heads = heads_beside(backend.card)
        except (BackendError, RoleUnfilled):
            return None
        return (backend, heads) if heads else None


def build(parts: Parts) -> Tool:
    """Build the tool over the role `classification`, whose model is asked at the first picture."""
    return QualityTool(parts)


def _figures(statistics: QualityStatistics) -> Iterator[Measurement]:
    for name, value in asdict(statistics).items():
        yield Measurement(
            name=name, value=value, unit=UNITS.get(name, "1"), method="arithmetic on the picture as shown"
        )


def _shown(
    card: ToolCard, work: ToolInput, statistics: QualityStatistics, backend: EmbeddingBackend, heads: Heads
) -> Iterator[Evidence]:
    builder = EvidenceBuilder(card, work, backend.card)
    picture = _film(work.pixels.shown(work.image), statistics)
    try:
        embedding = backend.embed_pictures([picture])[0]
    except BackendError:
        return
    # First: what holds two films is unlike one, and the gate tells the first reason.
    if max(picture.shape) >= LONGEST * min(picture.shape):
        yield from _halved(builder, picture, backend, heads)
    parts = heads.body_part_probabilities(embedding)
    if CHEST in parts:
        likely = max(parts, key=lambda name: parts[name])
        chest = Measurement(name="body_part_chest", value=parts[CHEST], unit="1", method="softmax head on embedding")
        yield builder.evidence(chest, parameters={"most_likely": likely})
    if work.image.view is None and (lateral := _lateral(heads, embedding)) is not None:
        yield builder.evidence(lateral, parameters={"threshold": heads.view_abstains_below})
    probability = heads.out_of_distribution(embedding)
    if probability is not None:
        far = Measurement(
            name="out_of_distribution",
            value=probability,
            unit="1",
            method="logistic head on embedding and Mahalanobis distance",
        )
        yield builder.evidence(far, parameters={"threshold": heads.ood_threshold})
        if heads.ood_threshold is not None and probability > heads.ood_threshold:
            yield from _turned(builder, picture, backend, heads)


def _film(picture: Picture, statistics: QualityStatistics) -> Picture:
    """Give what lies within a large empty border: whether a film is a chest does not hang on its ground."""
    return np.ascontiguousarray(picture[content_box(picture)]) if statistics.border_fraction > MOST_BORDER else picture


def _halved(builder: EvidenceBuilder, picture: Picture, backend: EmbeddingBackend, heads: Heads) -> Iterator[Evidence]:
    """Say of a long picture how far that half is from a chest film which is farther: two films may lie edge to edge."""
    halves = [np.ascontiguousarray(half) for half in np.array_split(picture, 2, axis=int(np.argmax(picture.shape)))]
    try:
        far = [heads.out_of_distribution(embedding) for embedding in backend.embed_pictures(halves)]
    except BackendError:
        return
    known = [value for value in far if value is not None]
    if len(known) == len(halves):
        yield builder.evidence(
            Measurement(name=FARTHER_HALF, value=max(known), unit="1", method="out_of_distribution of either half")
        )


def _turned(builder: EvidenceBuilder, picture: Picture, backend: EmbeddingBackend, heads: Heads) -> Iterator[Evidence]:
    """Give the turn after which a picture that is no upright chest film looks like one; nothing where none does."""
    turned = [np.ascontiguousarray(np.rot90(picture, -quarters)) for quarters in QUARTERS]
    try:
        embeddings = backend.embed_pictures(turned)
    except BackendError:
        return
    far = [heads.out_of_distribution(embedding) for embedding in embeddings]
    known = {turn: value for turn, value in zip(QUARTERS, far, strict=True) if value is not None}
    best = min(known, key=lambda quarters: known[quarters], default=None)
    if best is not None and known[best] <= UPRIGHT:
        turn = Measurement(name=UPRIGHT_AFTER, value=90.0 * best, unit="deg", method="least out_of_distribution")
        yield builder.evidence(turn, parameters={"out_of_distribution": known[best]})


def _lateral(heads: Heads, embedding: Vector) -> Measurement | None:
    """Give the probability of a lateral view; None where the model does not know views, or not when to abstain."""
    views = heads.view_probabilities(embedding)
    if "LATERAL" not in views or heads.view_abstains_below is None:
        return None
    return Measurement(name="view_lateral", value=views["LATERAL"], unit="1", method="softmax head on embedding")
