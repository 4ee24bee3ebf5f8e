"""Rendering goes on from what is there."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.needs import require

require("training")

from training.paths import ROOT


def rendered(folder: Path, count: int) -> tuple[dict[str, np.ndarray], str]:
    command = [sys.executable, "-m", "training.phantom_cache", "--count", str(count), "--shared", str(count)]
    command += ["--first", "0", "--negatives", "0", "--workers", "1"]
    given = {**os.environ, "OVERREAD_TRAINING": str(folder)}
    ended = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=True)
    with np.load(folder / "cache" / "phantoms.npz") as cache:
        return {name: cache[name] for name in cache.files}, ended.stderr


def test_phantoms_that_were_rendered_before_are_kept_and_only_the_others_made(tmp_path: Path) -> None:
    first, _ = rendered(tmp_path, 2)
    more, told = rendered(tmp_path, 3)
    assert more["numbers"].tolist() == [0, 1, 2]
    assert "1/1" in told
    assert "3/3" not in told
    assert np.array_equal(more["images"][:2], first["images"])
    again, told = rendered(tmp_path, 3)
    assert told == ""
    assert np.array_equal(again["images"], more["images"])
