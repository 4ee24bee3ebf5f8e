"""The parts that tools are built from, every model a double unless one is given."""

from overread.backends.scripted import ScriptedChat, ScriptedEmbedding, ScriptedSegmentation
from overread.errors import RoleUnfilled
from overread.ports import ChatBackend, EmbeddingBackend, LabelBackend, Parts, SegmentationBackend
from overread.settings import Settings

REPORT = {"findings": ["The lungs are clear.", "No pleural effusion."], "impression": ["No acute abnormality."]}
ANSWER = {"answer": "cannot tell"}


def make_parts(
    *,
    report: ChatBackend | None = None,
    vqa: ChatBackend | None = None,
    classification: EmbeddingBackend | None = None,
    segmentation: SegmentationBackend | None = None,
    classifier: LabelBackend | None = None,
    settings: Settings | None = None,
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
    )
