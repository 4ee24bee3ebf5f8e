"""Folders of tiny random models, written once for all backend tests."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tests.needs import require


def writers() -> ModuleType:
    """Give the writers of tiny models, which are made with torch."""
    require("torch")
    return import_module("overread.testing.tiny_models")


@pytest.fixture(scope="session")
def tiny_vlm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = writers().write_vlm(tmp_path_factory.mktemp("models") / "tiny-vlm")
    return path


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = writers().write_clip(tmp_path_factory.mktemp("models") / "tiny-clip")
    return path


@pytest.fixture(scope="session")
def tiny_segmenter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = writers().write_segmenter(tmp_path_factory.mktemp("models") / "tiny-segmenter")
    return path


@pytest.fixture(scope="session")
def tiny_classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = writers().write_classifier(tmp_path_factory.mktemp("models") / "tiny-classifier")
    return path
