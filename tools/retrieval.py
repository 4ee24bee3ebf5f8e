"""Signed cases whose picture resembles this one, by the CLIP's embedding: context for the reviewer, never proof.

No vote is taken from it and no sentence may cite it (`agents.verifier.CITABLE`).
"""

from collections.abc import Sequence

from overread.errors import ToolError
from overread.ports import BackendCard, Parts, Tool, ToolCard, ToolInput
from overread.records import Evidence, Retrieved
from overread.tools._evidence_builder import EvidenceBuilder
from overread.tools._frontal_tool import FrontalTool
from overread.tools._scope import picture_to_read

ROLE = "classification"
MOST = 3
"""Cases; a reviewer reads their impressions beside the draft."""
CARD = ToolCard(
    name="retrieval",
    version="1",
    describe="Signed cases whose picture resembles this one; context for the reviewer, and proof of nothing.",
    payloads=("retrieved",),
)


class RetrievalTool(FrontalTool):
    """Looks for similar signed cases of the store; without any it gives nothing, which is no failure."""

    own_card = CARD

    def _model(self) -> BackendCard:
        return self._parts.embedding(ROLE).card

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give up to three signed cases, the nearest first, never another read of this study.

        Raises `ToolError` where there is no store to search or the picture is blank, and what the model raises.
        """
        if self._parts.cases is None:
            raise ToolError("there is no store of signed cases to search here")
        backend = self._parts.embedding(ROLE)
        builder = EvidenceBuilder(CARD, work, backend.card)
        vector = backend.embed_pictures([picture_to_read(work)])[0]
        found = self._parts.cases.nearest(vector, backend.card.weights_digest, beside=work.study, most=MOST)
        return [
            builder.evidence(
                Retrieved(case_id=case.case_id, similarity=case.similarity, same_patient=case.same_patient)
            )
            for case in found
        ]


def build(parts: Parts) -> Tool:
    """Build the tool over the role `classification` and the signed cases; the model loads at first use."""
    return RetrievalTool(parts)
