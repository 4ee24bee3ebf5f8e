"""Folders of tiny random models, written once for all backend tests."""

from importlib import import_module
from pathlib import Path

import pytest

from tests.needs import require


def write(kind: str, factory: pytest.TempPathFactory) -> Path:
    """Write a tiny model; it is made with torch."""
    require("torch")
    written: Path = getattr(import_module("overread.testing.tiny_models"), f"write_{kind}")(
        factory.mktemp("models") / f"tiny-{kind}"
    )
    return written


@pytest.fixture(scope="session")
def tiny_vlm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write("vlm", tmp_path_factory)


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write("clip", tmp_path_factory)


@pytest.fixture(scope="session")
def tiny_segmenter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write("segmenter", tmp_path_factory)


@pytest.fixture(scope="session")
def tiny_classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write("classifier", tmp_path_factory)
