"""Folders of tiny random models, written once for all backend tests."""

from pathlib import Path

import pytest

from overread.testing import tiny_models


@pytest.fixture(scope="session")
def tiny_vlm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.write_vlm(tmp_path_factory.mktemp("models") / "tiny-vlm")


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.write_clip(tmp_path_factory.mktemp("models") / "tiny-clip")


@pytest.fixture(scope="session")
def tiny_segmenter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.write_segmenter(tmp_path_factory.mktemp("models") / "tiny-segmenter")


@pytest.fixture(scope="session")
def tiny_classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.write_classifier(tmp_path_factory.mktemp("models") / "tiny-classifier")
