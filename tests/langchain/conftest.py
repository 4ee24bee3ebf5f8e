"""A phantom study and settings of the scripted models, for everything that LangChain calls."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from langsmith import utils

from overread.settings import Settings, load_settings
from overread.testing.phantoms import sample_recipe, write_study


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks of LangChain's conformance kit; the plug-ins that bring them are switched off in `addopts`."""
    for mark in ("benchmark: a timed test of the kit, run once here", "vcr: a recorded call of the kit"):
        config.addinivalue_line("markers", mark)


@pytest.fixture(scope="session")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one DICOM file; its patient has a name that may appear nowhere."""
    folder = tmp_path_factory.mktemp("phantom") / "study"
    write_study(folder, sample_recipe(3, view="PA", flipped=False), size=256)
    return folder


@pytest.fixture
def scripted(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path / "home", profile="scripted")


@pytest.fixture
def tracing_on() -> Iterator[None]:
    """An environment that asks for LangSmith's tracing, and a LangSmith that has already read it."""
    before = dict(os.environ)
    os.environ.update(LANGSMITH_TRACING_V2="true", LANGCHAIN_TRACING_V2="true", LANGSMITH_API_KEY="not-a-key")
    utils.get_env_var.cache_clear()  # type: ignore[attr-defined]
    assert utils.tracing_is_enabled()
    yield
    os.environ.clear()
    os.environ.update(before)
    utils.get_env_var.cache_clear()  # type: ignore[attr-defined]
