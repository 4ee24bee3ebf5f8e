"""`overread models add` and `remove`."""

from pathlib import Path

import pytest
import yaml

from tests.cataloguing.conftest import write_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "published")


def test_a_model_is_added_listed_shown_checked_and_removed(overread, home: Path, folder: Path) -> None:
    said = overread("models", "add", "mine", folder)
    assert said.code == 0
    assert "classification: {backend: transformers, model: mine}" in said.out
    assert "overread models measure mine --data FOLDER" in said.out
    rows = {row["name"]: row for row in overread("models", "list", "--json").json}
    assert (rows["mine"]["family"], rows["mine"]["measured_here"]) == ("clip", "no")
    assert "measured   not here" in overread("models", "card", "mine").out
    assert "as when it was added" in overread("models", "check", "mine").out
    assert overread("models", "remove", "mine").code == 0
    assert list((home / "catalogue").iterdir()) == []
    assert (folder / "model.safetensors").is_file()


def test_other_files_than_when_it_was_added_fail_the_check(overread, folder: Path) -> None:
    overread("models", "add", "mine", folder)
    (folder / "tokenizer.json").write_text('{"a": 1}')
    said = overread("models", "check", "mine")
    assert said.code == 1
    assert "other files than when it was added" in said.out


def test_the_answer_as_json_says_what_it_is(overread, folder: Path) -> None:
    data = overread("models", "add", "mine", folder, "--json").json
    assert data["entry"]["licence"]["name"] == "MIT"
    assert (data["roles"], data["backends"], data["measured"]) == (["classification"], ["transformers", "vllm"], False)
    assert yaml.safe_load(Path(data["path"]).read_text())["digest"] == data["entry"]["digest"]


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".hidden", "Upper", "x" * 64, "a..b", "-x"])
def test_a_name_that_is_a_path_or_odd_is_refused(overread, home: Path, folder: Path, name: str) -> None:
    said = overread("models", "add", "--", name, folder)
    assert said.code == 2
    assert "a model's name has" in said.err
    assert not (home / "catalogue").exists()


@pytest.mark.parametrize("name", ["vlm", "segmenter", "profiles"])
def test_a_name_that_ships_is_taken_also_with_replace(overread, folder: Path, name: str) -> None:
    said = overread("models", "add", name, folder, "--replace")
    assert said.code == 2
    assert "ships with Overread" in said.err


def test_a_name_in_use_wants_to_be_replaced_by_word(overread, folder: Path) -> None:
    overread("models", "add", "mine", folder)
    assert "--replace" in overread("models", "add", "mine", folder).err
    assert overread("models", "add", "mine", folder, "--replace").code == 0
    assert "--replace" in overread("models", "add", "lingshu-7b", folder).err


def test_a_refused_model_leaves_nothing(overread, home: Path, folder: Path) -> None:
    (folder / "README.md").unlink()
    said = overread("models", "add", "mine", folder)
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert "--licence NAME --licence-url URL" in said.err
    assert not (home / "catalogue").exists()
    given = ("--licence", "Lab terms", "--licence-url", "https://example.org", "--no-commercial")
    assert overread("models", "add", "mine", folder, *given).code == 0


def test_an_entry_may_go_to_another_folder_which_is_then_to_be_set(overread, tmp_path: Path, folder: Path) -> None:
    said = overread("models", "add", "mine", folder, "--to", tmp_path / "ward")
    assert "catalogue_dir" in said.err
    rows = overread("-c", f"catalogue_dir={tmp_path / 'ward'}", "models", "list", "--json").json
    assert "mine" in {row["name"] for row in rows}


def test_weights_within_the_catalogue_are_refused(overread, home: Path) -> None:
    said = overread("models", "add", "mine", write_folder(home / "catalogue" / "mine"))
    assert said.code == 2
    assert "move them elsewhere" in said.err


@pytest.mark.parametrize("name", ["vlm", "lingshu-7b", "nobody", "../mine"])
def test_only_an_own_entry_is_removed(overread, name: str) -> None:
    said = overread("models", "remove", name)
    assert said.code == 2
    assert "no entry of your own catalogue" in said.err


def test_an_unknown_family_is_answered_with_the_known_ones(overread, folder: Path) -> None:
    assert "qwen2.5-vl" in overread("models", "add", "mine", folder, "--family", "gpt").err


def test_a_card_of_other_weights_shows(overread, home: Path, folder: Path) -> None:
    overread("models", "add", "mine", folder)
    (home / "catalogue" / "mine").mkdir()
    (home / "catalogue" / "mine" / "card.json").write_text('{"weights_digest": "0", "measured": "2026-11-27"}')
    assert "of other weights: it counts for nothing" in overread("models", "card", "mine").out
    overread("models", "remove", "mine")
    assert not (home / "catalogue" / "mine").exists()
