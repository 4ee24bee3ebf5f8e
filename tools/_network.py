"""The network with a fixed set of labels that a profile may have beside its CLIP."""

from collections.abc import Collection
from functools import cache
from typing import NamedTuple

from overread.errors import AnswerInvalid, RoleUnfilled
from overread.ports import LabelBackend, Parts, Picture, PlacedScores, PlacingBackend, SelfDescribedLabels
from overread.reasoning.opinions import PLACED_RIGHT
from overread.reasoning.trust import NETWORK
from overread.records import Scalar, Score
from overread.settings import Settings
from overread.tools._best_measured import Figures, figures_beside
from overread.tools._heads import LabelHead, heads_beside
from overread.tools._measured_here import measured_here
from overread.tools._places import Placed, PlaceOf, Placing, place_of

ROLE = "classifier"
OPERATING = 0.5
"""Where a network that describes itself operates, by `ports.SelfDescribedLabels`."""


class Reading(NamedTuple):
    """What the network makes of one picture."""

    scores: tuple[Score, ...]
    place: PlaceOf | None = None
    """Label to where the model sees it; None of a model that does not tell."""


class Network:
    """A label backend with the operating points and the measured figures that lie beside its model.

    Somebody else's network that describes itself has points and no figures: its scores are not calibrated.
    """

    def __init__(self, backend: LabelBackend, settings: Settings) -> None:
        heads = heads_beside(backend.card)
        own = backend.labels if heads is None and isinstance(backend, SelfDescribedLabels) else ()
        self._backend = backend
        self._settings = settings
        self._heads = heads.labels if heads else tuple(_unmeasured(label) for label in own)
        self.card = backend.card
        self.labels = tuple(head.name for head in self._heads)
        self.unmeasured = frozenset(own)
        """Labels that it was trained on and that nobody measured."""

    def figures(self, *, synthetic: bool) -> Figures:
        """Give the measured AUROC of the labels that it can score on this kind of study."""
        here = measured_here(self.card, self._settings, synthetic=synthetic)
        measured = here.over(figures_beside(self.card, NETWORK, synthetic=synthetic), NETWORK)
        return {label: measured[label] for label in self.labels if label in measured}

    def read(self, picture: Picture, labels: Collection[str]) -> Reading:
        """Score some labels; the model is not asked when there is none."""
        if not labels:
            return Reading(())
        asked = [head for head in self._heads if head.name in labels]
        if isinstance(self._backend, PlacingBackend) and any(head.placing for head in asked):
            told = self._backend.score_and_place(picture)
        else:
            told = PlacedScores(self._backend.score_labels(picture))
        for head in asked:
            if head.name not in told.chances:
                raise AnswerInvalid(f"the classifier gave no probability for {head.name}, which its heads name")
        scores = tuple(head.score(told.chances[head.name], "network") for head in asked)
        return Reading(scores, cache(told.place) if told.place else None)

    def place(self, reading: Reading, score: Score, picture: Picture, *, synthetic: bool) -> Placed | None:
        """Tell where a label is seen, by its final score; None where that is not known or was not measured."""
        placing = self._placing(score)
        if reading.place is None or placing is None:
            return None
        return place_of(score, placing, reading.place, picture.shape, synthetic=synthetic)

    def told_of_places(self, score: Score, *, synthetic: bool) -> dict[str, Scalar]:
        """Say how its maps of a label come about, and the share that was right where that is good enough to be told."""
        placing = self._placing(score)
        if placing is None:
            return {}
        hit = placing.hit(synthetic=synthetic)
        return {"placed_by": placing.by} | ({} if hit is None else {PLACED_RIGHT: hit})

    def _placing(self, score: Score) -> Placing | None:
        return next(head.placing for head in self._heads if head.name == score.label)


def _unmeasured(label: str) -> LabelHead:
    return LabelHead(label, row=-1, threshold=OPERATING, band=None, calibrated=False)


def network_in(parts: Parts) -> Network | None:
    """Give the network of the profile, or None when it names none."""
    try:
        return Network(parts.labels(ROLE), parts.settings)
    except RoleUnfilled:
        return None
