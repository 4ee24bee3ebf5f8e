"""Read a file as any other that comes in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from overread.records import Study
from tests.imaging.conftest import Reader

Reads = Callable[[Path], Study]


@pytest.fixture(name="studied")
def _studied() -> Reads:
    return lambda path: Reader().read(path).study
