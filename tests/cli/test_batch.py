"""`overread batch` as a command."""

import json
from pathlib import Path

from PIL import Image

from overread.testing.phantoms import render, sample_recipe, to_display


def test_a_batch_prints_a_table_and_refuses_to_write_over_its_summary(overread, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    Image.fromarray(to_display(render(sample_recipe(2, view="PA"), 128))).save(folder / "a.png")
    (folder / "b.png").write_bytes(b"broken")
    said = overread("batch", folder, "--out", tmp_path / "out")
    assert said.code == 0
    assert "refused" in said.out
    assert "peak memory" in said.out
    lines = [json.loads(line) for line in (tmp_path / "out" / "summary.jsonl").read_text().splitlines()]
    assert {(line["input"], line["status"]) for line in lines} == {
        ("in/a.png", "awaiting_review"),
        ("in/b.png", "refused"),
    }
    assert overread("batch", folder, "--out", tmp_path / "out").code == 2
    assert overread("batch", folder, "--out", tmp_path / "out", "--resume").code == 0
    assert len((tmp_path / "out" / "summary.jsonl").read_text().splitlines()) == 2


def test_ray_is_not_built_yet_and_leaves_no_summary(overread, tmp_path: Path) -> None:
    said = overread("batch", tmp_path, "--out", tmp_path / "out", "--engine", "ray")
    assert said.code == 2
    assert "not built yet" in said.err
    assert not (tmp_path / "out").exists()


def test_a_wrong_input_leaves_no_summary_behind(overread, tmp_path: Path) -> None:
    assert overread("batch", tmp_path / "missing", "--out", tmp_path / "out").code == 2
    assert not (tmp_path / "out").exists()
