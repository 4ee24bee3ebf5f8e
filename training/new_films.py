"""NIH's films of patients that taught no model, and the cards of models that are measured on them."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.imaging.letterbox import letterbox
from training.card_pages import readme
from training.cards import digests
from training.data import Row, manifest, read_gray
from training.folds import teaching
from training.paths import data_root
from training.resolution import SIZE

WITHIN = "nih-cxr14"
WHERE = "nih-cxr14, patients that taught nothing"


def new_rows() -> list[Row]:
    """Give the test part's films at 512 px, frontal as all of NIH's, in an order by a hash of their names.

    Their patients taught neither what 0.1.0 shipped, nor the CLIP and the VLM since, nor the trunk that teaches those.
    """
    rows = manifest()
    fresh = [rows[i] for i in teaching(rows, "test") if rows[i].source == WITHIN]
    return sorted(fresh, key=lambda row: hashlib.sha256(row.id.encode()).digest())


def canvases(rows: list[Row]) -> NDArray[np.uint8]:
    """Give the films (n, SIZE, SIZE) at the size of CLIP and VLM."""
    return np.stack([letterbox(read_gray(data_root() / "cxr" / row.fields["path"]), SIZE).pixels for row in rows])


def write_anew(card: dict[str, Any], folder: Path) -> None:
    """Write card.json and README.md of a model whose weights stay; its pictures stay as well."""
    card["digests"] = digests(folder)
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    pictures = [path.name for path in sorted(folder.glob("*.png"))]
    (folder / "README.md").write_text(readme(card, pictures), encoding="utf-8")
