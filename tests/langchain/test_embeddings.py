"""An embedding backend behind LangChain's interface."""

import asyncio
import io

import numpy as np
import pytest
from langchain_core.vectorstores import InMemoryVectorStore
from PIL import Image

from overread.backends.scripted import ScriptedEmbedding
from overread.errors import Unreadable
from overread.langchain import OverreadEmbeddings
from overread.settings import Settings

PICTURE = np.arange(64, dtype=np.uint8).reshape(8, 8)


def png() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(PICTURE).save(stream, format="PNG")
    return stream.getvalue()


def test_texts_and_pictures_have_the_backends_own_vectors() -> None:
    backend = ScriptedEmbedding()
    ours = OverreadEmbeddings(backend)
    np.testing.assert_allclose(ours.embed_documents(["a", "b"]), backend.embed_texts(["a", "b"]))
    np.testing.assert_allclose(ours.embed_pictures([PICTURE, png()]), backend.embed_pictures([PICTURE, PICTURE]))
    assert asyncio.run(ours.aembed_pictures([PICTURE])) == ours.embed_pictures([PICTURE])


def test_bytes_that_are_no_picture_are_refused() -> None:
    with pytest.raises(Unreadable):
        OverreadEmbeddings(ScriptedEmbedding()).embed_pictures([b"GIF89a"])


def test_a_vector_store_of_langchain_finds_a_text_by_itself(scripted: Settings) -> None:
    store = InMemoryVectorStore(OverreadEmbeddings.of_role(settings=scripted))
    store.add_texts(["a large effusion", "clear lungs"])
    assert [found.page_content for found in store.similarity_search("clear lungs", k=1)] == ["clear lungs"]
