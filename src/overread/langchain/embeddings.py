"""Any embedding backend of Overread as LangChain embeddings: texts, and pictures in the same space."""

from collections.abc import Sequence
from typing import Self

from langchain_core.embeddings import Embeddings
from langchain_core.runnables.config import run_in_executor

from overread.composition import parts_of
from overread.langchain._pictures import decode_picture
from overread.ports import EmbeddingBackend, Picture
from overread.settings import Limits, Settings, load_profile, load_settings
from overread.tracing import trace_nothing


class OverreadEmbeddings(Embeddings):
    """A CLIP-like model: unit vectors, the dot product of two is their cosine. Raises `Unavailable` of the backend."""

    def __init__(self, backend: EmbeddingBackend, limits: Limits | None = None) -> None:
        trace_nothing()
        self.backend = backend
        self.limits = limits or Limits()

    @classmethod
    def of_role(cls, role: str = "classification", settings: Settings | None = None) -> Self:
        """Give the model that the profile names for a role; raises `SettingsError` when it names none that embeds."""
        known = settings or load_settings()
        return cls(parts_of(load_profile(known.profile, known), known).embedding(role))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed texts in their order; a text beyond the model's length is cut."""
        vectors: list[list[float]] = self.backend.embed_texts(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """Embed one text just as `embed_documents` does: the model has no prompt for queries."""
        return self.embed_documents([text])[0]

    def embed_pictures(self, pictures: Sequence[Picture | bytes]) -> list[list[float]]:
        """Embed pictures in their order: arrays [rows, columns] of uint8 as shown, or the bytes of PNG or JPEG files.

        Raises `Unreadable` for bytes that are no picture.
        """
        shown = [decode_picture(item, self.limits) if isinstance(item, bytes) else item for item in pictures]
        vectors: list[list[float]] = self.backend.embed_pictures(shown).tolist()
        return vectors

    async def aembed_pictures(self, pictures: Sequence[Picture | bytes]) -> list[list[float]]:
        """Embed pictures as `embed_pictures` does, in a thread of the default executor."""
        return await run_in_executor(None, self.embed_pictures, pictures)
