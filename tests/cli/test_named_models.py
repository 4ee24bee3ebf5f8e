"""Models that the surveys name are put together, added, and asked in the roles that they play."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.needs import require

require("torch")

from overread.testing.tiny_families import medclip, minigpt_4

TERMS = ("--licence", "MIT", "--licence-url", "https://spdx.org/licenses/MIT")
PROFILE = "describe: One added model.\ntools: [{tool}]\nroles:\n  {role}: {{backend: transformers, model: mine}}\n"


def assembled(overread, kind: str, parts: dict[str, Path], out: Path) -> None:
    places = [text for name, path in parts.items() for text in (f"--{name}", path)]
    said = overread("models", "assemble", kind, *places, "--out", out)
    assert said.code == 0, said.err
    assert overread("models", "add", "mine", out, *TERMS).code == 0


def films(folder: Path) -> Path:
    """Write ten films with and ten without an effusion, of as many patients."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    rows = ["path,patient_id,Pleural Effusion"]
    for number in range(20):
        picture = rng.integers(0, 160, (96, 96)) + 90 * (number % 2) * (np.arange(96)[:, None] > 60)
        Image.fromarray(picture.astype(np.uint8)).save(folder / f"{number}.png")
        rows.append(f"{number}.png,p{number},{number % 2}")
    (folder / "manifest.csv").write_text("\n".join(rows))
    return folder


def test_a_medclip_is_measured_in_its_role_and_scores_a_film_then(overread, home: Path, tmp_path: Path) -> None:
    assembled(overread, "medclip", medclip.write_parts(tmp_path / "parts"), tmp_path / "medclip")
    data = films(tmp_path / "films")
    said = overread("models", "measure", "mine", "--data", data, "--json")
    assert said.code == 0, said.err
    assert said.json["films"]["measured"] if "films" in said.json else said.json
    (tmp_path / "own.yaml").write_text(PROFILE.format(tool="classification", role="classification"))
    option = ("-c", f"profiles_dir={tmp_path}")
    said = overread(*option, "tool", "classification", data / "1.png", "--profile", "own", "--json")
    (item,) = said.json["evidence"]
    assert (item["payload"]["label"], item["payload"]["method"]) == ("Pleural Effusion", "zero_shot")


def test_a_minigpt_4_answers_a_question_and_has_no_vote(overread, home: Path, phantom: Path, tmp_path: Path) -> None:
    assembled(overread, "minigpt-4", minigpt_4.write_parts(tmp_path / "parts", seed=1), tmp_path / "minigpt-4")
    (tmp_path / "own.yaml").write_text(PROFILE.format(tool="vqa", role="vqa"))
    option = ("-c", f"profiles_dir={tmp_path}")
    said = overread(*option, "ask", phantom, "What does the picture show?", "--profile", "own", "--json")
    assert said.code == 0, said.err
    assert said.json["answer"]


@pytest.mark.parametrize("kind", ["radfm", "medvill"])
def test_a_kind_that_is_not_put_together_here_is_refused_with_those_that_are(
    overread, home: Path, tmp_path: Path, kind: str
) -> None:
    said = overread(
        "models", "assemble", kind, "--weights", "w.bin", "--vision", ".", "--text", ".", "--out", tmp_path / "new"
    )
    assert said.code == 2
    assert "medclip, minigpt-4" in said.err
