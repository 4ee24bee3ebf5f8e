"""`overread calibrate` as an operator has it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Films of which the scripted network tells an effusion, a profile with it, and a table with faults."""
    folder = tmp_path / "site"
    folder.mkdir()
    rng = np.random.default_rng(0)
    rows = ["path,Pleural Effusion,Edema,Gout"]
    for number in range(22):
        picture = rng.integers(0, 160, (64, 64))
        picture[40:56] += 60 * (number % 2)
        Image.fromarray(picture.astype(np.uint8)).save(folder / f"Doe{number}.png")
        rows.append(f"Doe{number}.png,{number % 2},{int(number < 4)},0")
    (folder / "broken.png").write_bytes(b"no picture")
    rows += ["gone.png,1,,", "Doe0.png,0,1,", "broken.png,1,0,"]
    (folder / "labels.csv").write_text("\n".join(rows))
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    roles = {"classifier": {"backend": "scripted", "model": "labels"}}
    (profiles / "mine.yaml").write_text(json.dumps({"describe": "d", "tools": [], "roles": roles}))
    return folder


def test_a_site_is_told_what_counts_what_is_too_few_and_what_was_wrong(overread, home: Path, site: Path) -> None:
    said = overread("-c", f"profiles_dir={site.parent / 'profiles'}", "calibrate", site, "--profile", "mine")
    assert said.code == 0
    (row,) = [line.split() for line in said.out.splitlines() if line.startswith("labels")]
    assert row[-1] == "states"
    assert "Edema: too few (4 positives, 19 negatives)" in said.out
    assert "1 not read by labels" in said.out
    for fault in ("image not there (row 24)", "the same film again (row 25)", "'Gout' is no label", "no patient"):
        assert said.err.count(fault) == 1
    assert "Doe" not in said.out + said.err
    assert str(home / "catalogue" / "labels" / "card.json") in said.out.replace("\n", "")


def test_the_answer_as_json_holds_the_cards(overread, site: Path) -> None:
    said = overread("-c", f"profiles_dir={site.parent / 'profiles'}", "calibrate", site, "--profile", "mine", "--json")
    (card,) = said.json["models"]
    assert card["prevalence"] == {"Pleural Effusion": pytest.approx(12 / 23, abs=1e-4)}
    assert json.loads((Path(said.json["files"][-1])).read_text()) == card
    assert said.json["too_few"] == {"Edema": "too few (4 positives, 19 negatives)"}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("path,Gout\nDoe0.png,1\n", "has no column of a label"),
        ("path,Edema\nDoe0.png,1\nDoe1.png,1\n", "Edema too few (2 positives, 0 negatives)"),
        ("path,Edema\nDoe0.png,perhaps\n", "row 2, column 'Edema'"),
        ("path,Edema\ngone.png,1\n", "1 image not there"),
        ("film,Edema\n", "no column 'path'"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_2(overread, home: Path, site: Path, table: str, told: str) -> None:
    other = site.parent / "other.csv"
    other.write_text(table)
    said = overread("calibrate", site, "--labels", other)
    assert said.code == 2
    assert told in said.err.splitlines()[-1]
    assert not (home / "catalogue").exists()


def test_two_hospitals_share_counts_that_only_their_sum_can_be_read_of(overread, site: Path, tmp_path: Path) -> None:
    keys = [tmp_path / f"{name}.key" for name in "ab"]
    homes = [tmp_path / f"home-{name}" for name in "ab"]
    options = ("-c", f"profiles_dir={site.parent / 'profiles'}", "-c")
    for home, key in zip(homes, keys, strict=True):
        assert overread(*options, f"home={home}", "pool", "key", key).code == 0
    shares = [tmp_path / f"{name}.json" for name in "ab"]
    for home, share in zip(homes, shares, strict=True):
        asked = ("calibrate", site, "--profile", "mine", "--share", share, "--site", keys[0], "--site", keys[1])
        said = overread(*options, f"home={home}", *asked)
        assert said.code == 0
        assert "Doe" not in share.read_text()
        assert not (home / "pool.key").exists()
    said = overread(*options, f"home={homes[0]}", "pool", "merge", *shares, "--json")
    (card,) = said.json["models"]
    assert (card["made_by"], card["data"]["sites"]) == ("overread pool merge", 2)
    assert card["trust"]["classification.network"]["Pleural Effusion"]["positive"] == 22
    assert "2 sites" in (homes[0] / "catalogue" / "labels" / "README.md").read_text()
    assert overread(*options, f"home={homes[0]}", "pool", "merge", shares[0]).code == 2


def test_how_a_share_is_written_is_refused_without_a_share(overread, site: Path) -> None:
    said = overread("calibrate", site, "--epsilon", "1")
    assert said.code == 2
    assert "--share" in said.err
