"""An environment that asks for tracing by another company's server changes nothing once a room is open."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from langsmith import utils

from overread.composition import open_room
from overread.settings import Settings
from overread.tracing import SWITCHES


@pytest.fixture
def asked_for_tracing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in SWITCHES:
        monkeypatch.setenv(name, "true")
    utils.get_env_var.cache_clear()  # type: ignore[attr-defined]
    assert utils.tracing_is_enabled()
    yield
    utils.get_env_var.cache_clear()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("asked_for_tracing")
def test_a_room_is_not_traced_whatever_the_environment_says(tmp_path: Path) -> None:
    with open_room(Settings(home=tmp_path, profile="scripted")):
        assert not utils.tracing_is_enabled()
