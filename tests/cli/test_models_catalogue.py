"""The catalogue in `overread models list` and `overread models card`."""

import json
from pathlib import Path

import yaml


def test_the_list_names_what_ships_and_what_is_catalogued_with_its_terms(overread) -> None:
    said = overread("models", "list")
    assert said.code == 0
    (lingshu,) = [line for line in said.out.splitlines() if line.startswith("lingshu-7b")]
    assert lingshu.split() == [
        "lingshu-7b", "qwen2.5-vl", "on", "vLLM", "MIT", "yes", "no", "16.58", "no", "gpu-24gb,", "gpu-80gb,",
        "gpu-80gb-medgemma",
    ]  # fmt: skip
    assert [line.split()[0] for line in said.out.splitlines() if line.startswith(("vlm ", "clip "))] == ["clip", "vlm"]


def test_the_list_as_json_has_a_row_for_each_model(overread) -> None:
    rows = {row["name"]: row for row in overread("models", "list", "--json").json}
    assert rows["vlm"]["digest"]
    assert rows["medgemma-1.5-4b"]["gated"] is True
    assert rows["txrv-pspnet"]["commercial"] is False
    assert rows["biomedclip"]["runs"] == "in process"


def test_a_catalogued_card_says_terms_memory_and_who_uses_it(overread) -> None:
    said = overread("models", "card", "medgemma-1.5-4b")
    assert said.code == 0
    assert "https://developers.google.com/health-ai-developer-foundations/terms" in said.out
    assert 'accepted_terms = ["medgemma-1.5-4b"]' in said.out
    assert "8.60 GB weights" in said.out
    assert "profiles   gpu-80gb-medgemma" in said.out


def test_a_catalogued_card_as_json_is_the_entry(overread) -> None:
    entry = overread("models", "card", "lingshu-7b", "--json").json
    assert entry["source"] == "lingshu-medical-mllm/Lingshu-7B"
    assert entry["need"]["kv_per_token"] == 57_344


def test_a_model_that_ships_keeps_its_own_card(overread) -> None:
    assert "failures" in overread("models", "card", "vlm", "--json").json


def test_an_operators_entries_and_profiles_are_listed_too(overread, tmp_path: Path) -> None:
    shipped = overread("models", "card", "llava-1.5-7b", "--json").json
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({key: shipped[key] for key in shipped if key != "name"}))
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    roles = {"vqa": {"backend": "vllm", "model": "mine"}}
    (profiles / "ward.yaml").write_text(json.dumps({"describe": "d", "tools": [], "roles": roles}))
    options = ("-c", f"catalogue_dir={tmp_path}", "-c", f"profiles_dir={profiles}")
    rows = {row["name"]: row for row in overread(*options, "models", "list", "--json").json}
    assert rows["mine"]["profiles"] == ["ward"]


def test_a_damaged_entry_is_one_line(overread, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("family: gpt")
    said = overread("-c", f"catalogue_dir={tmp_path}", "models", "list")
    assert said.code != 0
    assert said.err.count("\n") == 1
    assert "mine.yaml is not valid" in said.err
