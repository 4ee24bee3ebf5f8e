"""`overread models` and `overread doctor`."""

import hashlib
import json
from pathlib import Path

import pytest

from overread.cli.model_check import check_folder, check_roles
from overread.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model's folder with the files that make it whole."""
    for name, content in {"config.json": "{}", "model.safetensors": "weights", "README.md": "# card"}.items():
        (tmp_path / name).write_text(content)
    digest = hashlib.sha256(b"weights").hexdigest()
    (tmp_path / "card.json").write_text(json.dumps({"digests": {"model.safetensors": digest}}))
    return tmp_path


def test_a_whole_folder_passes(folder: Path) -> None:
    assert check_folder(folder).problem is None


def test_other_weights_than_the_card_names_are_found(folder: Path) -> None:
    (folder / "model.safetensors").write_text("other weights")
    assert "model.safetensors: not what the card names" in (check_folder(folder).problem or "")


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert "model.safetensors missing" in (check_folder(folder).problem or "")


def test_the_roles_of_a_profile_load_and_answer(overread) -> None:
    said = overread("models", "check")
    assert "role segmentation" in said.out
    assert "role vqa" in said.out


def test_the_classifier_answers_when_it_is_named(tmp_path: Path) -> None:
    roles = {
        "classifier": {"backend": "scripted", "model": "labels"},
        "segmentation": {"backend": "scripted", "model": "segmentation"},
    }
    (tmp_path / "two.yaml").write_text(json.dumps({"describe": "d", "tools": [], "roles": roles}))
    (check,) = check_roles(Settings(profile="two", profiles_dir=tmp_path), ("labels",))
    assert (check.what, check.problem) == ("role classifier", None)
    assert "Cardiomegaly" in check.detail


def test_an_unknown_model_has_no_card(overread) -> None:
    said = overread("models", "card", "nobody")
    assert said.code == 1
    assert "models list" in said.err


def test_the_doctor_names_every_part_and_needs_no_torch_for_the_scripted_profile(overread) -> None:
    said = overread("doctor")
    assert said.code == 0
    for part in ("python", "home", "disk", "openjpeg"):
        assert part in said.out


def test_the_doctor_finds_a_home_that_cannot_be_made(overread, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = overread("-c", f"home={tmp_path / 'file' / 'home'}", "doctor")
    assert said.code == 1
