"""In-process models compute with few threads, and the threads sleep while they wait."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from overread.backends._threads import SMALL, cores, sleep_at_barriers, threads_for
from overread.backends.transformers import build
from overread.ports import EmbeddingBackend
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture
from tests.needs import require


@pytest.fixture
def threads() -> Iterator[None]:
    """Leave the process with as many threads as before."""
    require("torch")
    import torch

    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_small_model_has_one_thread_a_large_one_the_cores_and_a_setting_comes_first() -> None:
    assert threads_for(SMALL, None) == 1
    assert threads_for(SMALL + 1, None) == cores() >= 1
    assert threads_for(SMALL, 3) == threads_for(2 * SMALL, 3) == 3


@pytest.mark.usefixtures("threads")
def test_each_model_computes_with_its_own_number_of_threads(tiny_clip: Path) -> None:
    import torch

    for wanted, expected in ((2, 2), (None, 1), (3, 3), (None, 1)):
        model = build(ModelSpec(backend="transformers", model=str(tiny_clip)), Settings(torch_threads=wanted))
        assert isinstance(model, EmbeddingBackend)
        model.embed_pictures([make_picture()])
        assert torch.get_num_threads() == expected


@pytest.mark.parametrize(("given", "expected"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_sleep_unless_the_environment_says_otherwise(
    given: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", given or "")
    if given is None:
        monkeypatch.delenv("OMP_WAIT_POLICY")
    sleep_at_barriers()
    assert os.environ["OMP_WAIT_POLICY"] == expected
