"""The parts that tools are built from, every model a double unless one is given."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from overread.backends.scripted import ScriptedChat, ScriptedEmbedding, ScriptedSegmentation
from overread.errors import RoleUnfilled
from overread.ports import (
    CaseIndex,
    ChatBackend,
    EmbeddingBackend,
    LabelBackend,
    Parts,
    SegmentationBackend,
    SimilarCase,
)
from overread.records import Study
from overread.settings import Settings

SIMILAR = (
    SimilarCase("c-000000000001", 0.75, same_patient=True),
    SimilarCase("c-000000000002", 0.5, same_patient=False),
)
REPORT = {"findings": ["The lungs are clear.", "No pleural effusion."], "impression": ["No acute abnormality."]}
ANSWER = {"answer": "cannot tell"}


class FewCases:
    """An index that gives the same cases for every vector."""

    def __init__(self, cases: Sequence[SimilarCase] = SIMILAR) -> None:
        self._cases = tuple(cases)

    def nearest(
        self, vector: NDArray[np.float32], weights_digest: str, *, beside: Study | None, most: int
    ) -> Sequence[SimilarCase]:
        """Give the first `most` of them."""
        return self._cases[:most]


def make_parts(
    *,
    report: ChatBackend | None = None,
    vqa: ChatBackend | None = None,
    classification: EmbeddingBackend | None = None,
    segmentation: SegmentationBackend | None = None,
    classifier: LabelBackend | None = None,
    settings: Settings | None = None,
    cases: CaseIndex | None = None,
) -> Parts:
    """Wire one model per role; a role without one, as `classifier` unless it is given, is `RoleUnfilled`."""
    chats = {"report": report or ScriptedChat({"": REPORT}), "vqa": vqa or ScriptedChat({"": ANSWER})}
    embedding, segmenter = classification or ScriptedEmbedding(), segmentation or ScriptedSegmentation()

    def chat(role: str) -> ChatBackend:
        if role not in chats:
            raise RoleUnfilled(f"the double has no model for the role '{role}'")
        return chats[role]

    def labels(role: str) -> LabelBackend:
        if classifier is None:
            raise RoleUnfilled(f"the double has no model for the role '{role}'")
        return classifier

    return Parts(
        settings=settings or Settings(),
        chat=chat,
        embedding=lambda role: embedding,
        segmentation=lambda role: segmenter,
        labels=labels,
        cases=cases or FewCases(),
    )
