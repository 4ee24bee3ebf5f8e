"""The secret behind patients' keys: made once, whole; a damaged one is refused and never replaced by itself."""

from pathlib import Path

import pytest

from overread.errors import StoreError
from overread.store.home import KEY_BYTES, Home


def test_the_key_is_made_once_and_nothing_is_left_beside_it(any_home: Home) -> None:
    key = any_home.key
    assert len(key) == KEY_BYTES
    assert any_home.key == key
    assert not list(any_home.root.glob("tmp*"))


@pytest.mark.parametrize("left", [0, 7, 31])
def test_a_key_that_was_cut_off_is_refused_and_left(any_home: Home, left: int) -> None:
    path: Path = any_home.root / "patient.key"
    path.write_bytes(any_home.key[:left])
    with pytest.raises(StoreError, match=f"damaged: {left} bytes in place of 32; take it from the backup"):
        _ = any_home.key
    assert path.stat().st_size == left
