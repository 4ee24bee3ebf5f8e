"""Model folders are found, named by their content, and missing ones say so."""

from pathlib import Path

import pytest

from overread import weights
from overread.errors import Unavailable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text('{"architectures": ["CLIPModel"]}')
    (tmp_path / "model.safetensors").write_bytes(b"0123")
    return tmp_path


def test_the_digest_follows_the_weights_and_not_the_documents(folder: Path) -> None:
    first = weights.digest(folder)
    assert len(first) == 64
    (folder / "README.md").write_text("A model.")
    (folder / "card.json").write_text("{}")
    assert weights.digest(folder) == first
    (folder / "model.safetensors").write_bytes(b"01234")
    assert weights.digest(folder) != first


def test_a_path_is_taken_and_a_missing_name_says_what_to_do(folder: Path) -> None:
    assert weights.folder(str(folder)) == folder
    with pytest.raises(Unavailable, match="overread models list"):
        weights.folder("no-such-model")


def test_the_message_of_a_missing_path_tells_only_its_last_name() -> None:
    with pytest.raises(Unavailable) as caught:
        weights.folder("/home/someone/private/vlm")
    assert "someone" not in str(caught.value)


@pytest.mark.parametrize("content", ["[]", "{", b"\xff\xfe{"])
def test_damaged_json_is_unavailable(folder: Path, content: str | bytes) -> None:
    data = content.encode() if isinstance(content, str) else content
    (folder / "card.json").write_bytes(data)
    with pytest.raises(Unavailable, match=r"card\.json"):
        weights.card(folder)


def test_what_is_not_there_is_none(folder: Path) -> None:
    assert weights.beside(folder, "quality.json") is None
