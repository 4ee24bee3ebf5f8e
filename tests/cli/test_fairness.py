"""`overread eval fairness` as an evaluation lead has it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

LABELS = """
from overread.backends.scripted import ScriptedLabels

class Described(ScriptedLabels):
    labels = ("Pleural Effusion",)

def build(spec, settings):
    return Described()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Films of which the scripted network sees the effusion, of women by its brightness and of men at random."""
    films = tmp_path / "films"
    films.mkdir()
    rng = np.random.default_rng(0)
    rows = ["path,patient_id,sex,age,Pleural Effusion,No Finding"]
    for number in range(60):
        woman, there = number % 2, number // 2 % 2
        bright = there if woman else int(rng.random() < 0.5)
        picture = rng.integers(0, 100, (64, 64))
        picture[40:56] += 120 * bright
        Image.fromarray(picture.astype(np.uint8)).save(films / f"Doe{number}.png")
        rows.append(f"Doe{number}.png,p{number},{'FM'[1 - woman]},{20 + number},{there},{1 - there}")
    (films / "labels.csv").write_text("\n".join(rows))
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    (tmp_path / "described.py").write_text(LABELS)
    roles = {
        "classifier": {"backend": str(tmp_path / "described.py"), "model": "labels"},
        "classification": {"backend": "scripted", "model": "embedding"},
    }
    (profiles / "mine.yaml").write_text(json.dumps({"describe": "d", "tools": ["classification"], "roles": roles}))
    return films


def test_the_command_writes_figures_page_and_plots_and_its_gate_fails(overread, folder: Path, tmp_path: Path) -> None:
    audit = ["-c", f"profiles_dir={folder.parent / 'profiles'}", "eval", "fairness", "--profile", "mine"]
    out = tmp_path / "out"
    said = overread(*audit, "--data", folder, "--out", out, "--max-gap", "0.1")
    assert said.code == 1
    assert "Pleural Effusion, sex: male: AUROC worse by" in said.out
    assert "Doe" not in said.out + said.err
    results = json.loads((out / "results.json").read_text())
    assert (results["films"], results["patients"], results["max_gap"]) == (60, 60, 0.1)
    assert (out / "pleural-effusion.png").read_bytes().startswith(b"\x89PNG")
    page = (out / "report.html").read_text()
    assert "sex: male" in page
    assert "data:image/png" in page
    assert "Doe" not in page
    assert overread(*audit, "--data", folder, "--out", out).code == 0


def test_what_cannot_be_audited_is_one_line(overread, folder: Path) -> None:
    audit = ["-c", f"profiles_dir={folder.parent / 'profiles'}", "eval", "fairness", "--profile", "mine"]
    assert "--data FOLDER" in overread(*audit).err
    table = folder / "labels.csv"
    plain = [",".join(line.split(",")[:2] + line.split(",")[4:]) for line in table.read_text().splitlines()]
    table.write_text("\n".join(plain))
    said = overread(*audit, "--data", folder)
    assert said.code == 2
    assert "nothing tells the films apart" in said.err
