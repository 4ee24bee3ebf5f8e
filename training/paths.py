"""Where training reads from and writes to."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.resolution import GRID, SHIPPED_GRID

ROOT = Path(__file__).resolve().parent.parent
WORK = Path(os.environ.get("OVERREAD_TRAINING", ROOT / ".training")) / ("" if GRID == SHIPPED_GRID else f"grid{GRID}")
"""Caches, checkpoints and results, of another grid in a folder below; one outside the checkout outlives it."""
MODELS = ROOT / "models"
RESULTS = WORK / "results"


def data_root() -> Path:
    """Give the data folder: the environment's OVERREAD_DATA, else ../shared/data beside the checkout."""
    return Path(os.environ.get("OVERREAD_DATA", ROOT.parent / "shared" / "data"))


def work(*parts: str) -> Path:
    """Give a path under the git-ignored work folder, its parent made."""
    path = WORK.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def save_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write an .npz file whole or not at all: a cache that was cut off would be taken for a finished one."""
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, **arrays)  # type: ignore[arg-type]
    partial.replace(path)
