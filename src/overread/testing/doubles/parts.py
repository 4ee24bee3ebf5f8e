"""The parts that tools are built from, every model a double unless one is given."""

from overread.backends.scripted import ScriptedChat, ScriptedEmbedding, ScriptedSegmentation
from overread.errors import SettingsError
from overread.ports import ChatBackend, EmbeddingBackend, Parts, SegmentationBackend
from overread.settings import Settings

REPORT = {"findings": ["The lungs are clear.", "No pleural effusion."], "impression": ["No acute abnormality."]}
ANSWER = {"answer": "cannot tell"}


def make_parts(
    *,
    report: ChatBackend | None = None,
    vqa: ChatBackend | None = None,
    classification: EmbeddingBackend | None = None,
    segmentation: SegmentationBackend | None = None,
    settings: Settings | None = None,
) -> Parts:
    """Wire one model per role; a role that is not one of the four is a `SettingsError`, as in a real profile."""
    chats = {"report": report or ScriptedChat({"": REPORT}), "vqa": vqa or ScriptedChat({"": ANSWER})}
    embedding, segmenter = classification or ScriptedEmbedding(), segmentation or ScriptedSegmentation()

    def chat(role: str) -> ChatBackend:
        if role not in chats:
            raise SettingsError(f"the double has no model for the role '{role}'")
        return chats[role]

    return Parts(
        settings=settings or Settings(),
        chat=chat,
        embedding=lambda role: embedding,
        segmentation=lambda role: segmenter,
    )
