"""Where the network sees a label that another model answers for: its place, not its vote.

The network answers in `classification` only for what it was measured to tell best. It may place more than that: what it
calls itself, where placing that label was measured to be right on this kind of study (`overread.tools._places`).
"""

from collections.abc import Sequence

from overread.errors import RoleUnfilled
from overread.ports import BackendCard, Parts, ToolCard, ToolInput
from overread.records import Evidence
from overread.tools._evidence_builder import EvidenceBuilder
from overread.tools._frontal_tool import FrontalTool
from overread.tools._measured_here import measured_here, of_voter
from overread.tools._network import ROLE, network_in
from overread.tools._scope import picture_to_read

CLASSIFICATION = "classification"
CARD = ToolCard(
    name="placing",
    version="1",
    describe="Where the network of the profile sees one label that it calls; it makes no finding.",
    payloads=("score",),
)


class PlacingTool(FrontalTool):
    """Places one label, or gives nothing."""

    own_card = CARD

    def __init__(self, parts: Parts, label: str) -> None:
        super().__init__(parts)
        self._label = label

    def _model(self) -> BackendCard:
        network = network_in(self._parts)
        if network is None:
            raise RoleUnfilled(ROLE)
        return network.card

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give the network's score of the label with its region, in pixels of the picture as shown.

        Nothing where it does not know the label, does not call it, was not measured to place it on this kind of study,
        or sees no one place. Raises `ToolError` on a blank picture, and what the model raises.
        """
        network, synthetic = network_in(self._parts), work.study.synthetic
        if network is None or self._label not in network.labels:
            return []
        builder, picture = EvidenceBuilder(CARD, work, network.card), picture_to_read(work)
        here = measured_here(network.card, self._parts.settings, synthetic=synthetic)
        reading = network.read(picture, {self._label})
        score = here.calibrated(reading.scores[0], of_voter(reading.scores[0], CLASSIFICATION))
        placed = network.place(reading, score, picture, synthetic=synthetic)
        return [builder.evidence(score, *placed)] if placed else []
