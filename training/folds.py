"""Which patients a network of the classifier never sees: three folds, each left out by one of three networks.

The networks go on from one that 0.1.0 shipped, which the films of then had taught: what is said of those patients is
not counted, and calibrates nothing.
"""

import hashlib
import json
from collections.abc import Iterable

from training.data import Row

COUNT = 3


def fold_of(patient_id: str) -> int:
    """Assign a patient to a fold, 0 to COUNT - 1, by a hash fixed before any training; never changes."""
    return int(hashlib.sha256(f"overread-folds-1:{patient_id}".encode()).hexdigest(), 16) % COUNT


def taught_the_start(rows: Iterable[Row]) -> frozenset[str]:
    """Name the patients with a film that taught the network which these networks go on from."""
    return frozenset(
        row.fields["patient_id"] for row in rows if row.trainable and row.split == "train" and _was_there(row)
    )


def _was_there(row: Row) -> bool:
    """Say whether a film was among the data of 0.1.0: at the size that it has, or (`replaces_id`) at 64 px."""
    if row.source == "nih-cxr14-128px":
        return False
    extra = json.loads(row.fields["extra"] or "{}")
    return row.source != "nih-cxr14" or "via" not in extra or "replaces_id" in extra
