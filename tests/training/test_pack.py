"""A pack for a lent machine: what is in it, what is not, and that it comes out as it went in."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.needs import require

require("training")

from training.folds import TEST_FOLD, fold_of
from training.pack import joined, parted, picture_bytes, picture_of, unpack
from training.resolution import CACHED

ROOT = Path(__file__).parents[2]
FIELDS = ("id", "path", "source", "patient_id", "view", "findings", "No Finding", "licence_nc", "licence_sa")
FIELDS += ("extra", "boxes", "notes_text", "structures", "mask_kind", "heart_mask_path", "width", "height")


def patients(tested: bool) -> list[str]:
    return [name for n in range(60) if (fold_of(name := f"nih:{n}") == TEST_FOLD) is tested]


def picture(path: Path, size: tuple[int, int], seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    ramp = np.add.outer(np.arange(size[0]), np.arange(size[1])) * 255 // sum(size)
    Image.fromarray(((ramp + 20 * seed) % 256).astype(np.uint8)).save(path)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pack a small data folder in a process of its own; gives the folder with pack.npz."""
    folder = tmp_path_factory.mktemp("pack")
    data, cache = folder / "data", folder / "training" / "cache"
    films = [
        ("tested", patients(tested=True)[0], "0", "512"),
        ("teaches", patients(tested=False)[0], "0", "512"),
        ("forbidden", patients(tested=False)[1], "1", "512"),
        ("small", patients(tested=False)[2], "0", "64"),
    ]
    (data / "cxr").mkdir(parents=True)
    with (data / "cxr" / "manifest.csv").open("w", newline="") as handle:
        writer = csv.DictWriter(handle, FIELDS, restval="")
        writer.writeheader()
        for place, (name, patient, forbidden, side) in enumerate(films):
            row = {"id": name, "path": f"images/{name}.png", "source": "nih-cxr14", "patient_id": patient, "view": "PA"}
            licence = {"licence_nc": forbidden, "licence_sa": "0", "notes_text": "of a person", "No Finding": "1"}
            writer.writerow({**row, **licence, "width": side, "height": side})
            picture(data / "cxr" / "images" / f"{name}.png", (int(side), int(side)), place)
    records = []
    for number in range(12):
        records.append({"image_id": f"i{number}", "image": f"images/i{number}.jpg", "organ": "HEAD"})
        picture(data / "vqa" / "images" / f"i{number}.jpg", (90, 120), number)
    lines = "".join(json.dumps({**record, "question": "What?", "answer": "yes"}) + "\n" for record in records)
    (data / "vqa" / "vqa_rad.jsonl").write_text(lines)
    cache.mkdir(parents=True)
    drawn = np.random.default_rng(0).integers(0, 2, (4, CACHED, CACHED)).astype(np.uint8)
    np.savez(cache / "negatives.npz", images=drawn * 90, numbers=np.arange(4))
    phantoms = {"images": drawn * 200, "masks": drawn * 7, "findings": drawn[:, None, :64, :64].repeat(10, 1)}
    said = {"truths": np.array(["{}"] * 4), "frontal": np.ones(4, bool), "numbers": np.arange(200_000, 200_004)}
    np.savez(cache / "phantoms.npz", **phantoms, **said)
    environment = {**os.environ, "OVERREAD_DATA": str(data), "OVERREAD_TRAINING": str(folder / "training")}
    command = [sys.executable, "-m", "training.pack", str(folder / "pack.npz")]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr[-1500:]
    unpack(folder / "pack.npz", folder / "there", folder / "there" / "cache")
    return folder


def test_films_that_may_not_teach_have_no_picture_and_their_patients_stay_known(packed: Path) -> None:
    with (packed / "there" / "cxr" / "manifest.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert {row["id"] for row in rows} == {"teaches", "small", "tested"}
    assert [row["id"] for row in rows][2] == "tested"
    images = np.load(packed / "there" / "cache" / "real.npz")["images"]
    assert images.shape == (3, CACHED, CACHED)
    assert images[2].max() == 0
    assert min(images[0].std(), images[1].std()) > 20
    assert not any(row["notes_text"] for row in rows)


def test_pictures_come_back_nearly_and_masks_exactly(packed: Path) -> None:
    before, after = (np.load(packed / part / "cache" / "phantoms.npz") for part in ("training", "there"))
    rows = np.isin(before["numbers"], after["numbers"])
    assert 0 < len(after["numbers"]) <= 4
    assert np.array_equal(after["masks"][:, ::4, ::4], before["masks"][rows][:, ::4, ::4])
    assert np.array_equal(after["findings"], before["findings"][rows])
    film = picture_of(picture_bytes(np.arange(CACHED, dtype=np.uint8)[None].repeat(CACHED, 0)))
    assert np.abs(film.astype(int) - np.arange(CACHED)).mean() < 3


def test_questions_come_with_the_images_that_teach(packed: Path) -> None:
    lines = (packed / "there" / "vqa" / "vqa_rad.jsonl").read_text().splitlines()
    names = {json.loads(line)["image"] for line in lines}
    assert 0 < len(names) < 12
    assert all((packed / "there" / "vqa" / name).is_file() for name in names)
    assert len(list((packed / "there" / "vqa" / "images").iterdir())) == len(names)


def test_bytes_come_apart_as_they_were_joined() -> None:
    parts = [b"one", b"", b"three"]
    assert list(parted(*joined(parts))) == parts


def test_another_file_is_no_pack(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", images=np.zeros(3))
    with pytest.raises(ValueError, match="no pack"):
        unpack(tmp_path / "other.npz", tmp_path / "data", tmp_path / "cache")
    assert not (tmp_path / "data").exists()


def test_training_says_in_a_line_what_it_cannot_unpack(tmp_path: Path) -> None:
    pack = tmp_path / "pack.npz"
    pack.write_bytes(b"words")
    command = [sys.executable, "-m", "training.accelerated", "--pack", str(pack), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 1
    assert "cannot be unpacked" in done.stderr
    assert "Traceback" not in done.stderr
