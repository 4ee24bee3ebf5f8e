"""Which patients a model never sees: three folds, each left out by one of the classifier's three networks.

The first fold tests the CLIP and the VLM, which the other two teach.

The networks go on from one that 0.1.0 shipped, which the films of then had taught: what is said of those patients is
not counted, and calibrates nothing.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from training.data import Row
from training.splits import Split

COUNT = 3
TEST_FOLD = 0
"""Its patients test the CLIP and the VLM: the classifier's trunk that teaches the tower has not seen them."""
HELD_SHARE = 0.15
"""Of the other folds' new patients: they calibrate and decide what is chosen, and teach nothing."""
LEFT_OUT: Final = "left out"
"""Films of the test fold whose patients had taught a model before: they neither teach nor test."""
Part = Split | Literal["left out"]


def fold_of(patient_id: str) -> int:
    """Assign a patient to a fold, 0 to COUNT - 1, by a hash fixed before any training; never changes."""
    return int(hashlib.sha256(f"overread-folds-1:{patient_id}".encode()).hexdigest(), 16) % COUNT


def parts_of(rows: Sequence[Row]) -> list[Part]:
    """Say what each film of the whole manifest is to the CLIP and the VLM; by patient, and never changes.

    Validation and test films are of patients that taught none of the models before, from which these go on.
    """
    before = taught_the_start(rows)
    return [_part_of(row.fields["patient_id"], row.fields["patient_id"] in before) for row in rows]


def teaching(rows: Sequence[Row], part: Split = "train") -> list[int]:
    """List the films of a part (rows of the whole manifest) that a shipped model may learn from."""
    return [i for i, (row, of) in enumerate(zip(rows, parts_of(rows), strict=True)) if row.trainable and of == part]


def _part_of(patient_id: str, before: bool) -> Part:
    if fold_of(patient_id) == TEST_FOLD:
        return LEFT_OUT if before else "test"
    digest = hashlib.sha256(f"overread-held-1:{patient_id}".encode()).digest()
    held = int.from_bytes(digest[:8], "big") / 2**64 < HELD_SHARE
    return "val" if held and not before else "train"


def taught_the_start(rows: Iterable[Row]) -> frozenset[str]:
    """Name the patients with a film that taught the network which these networks go on from."""
    return frozenset(row.fields["patient_id"] for row in rows if taught_before(row))


def taught_before(row: Row) -> bool:
    """Say whether a film taught the models of 0.1.0."""
    return row.trainable and row.split == "train" and _was_there(row)


def _was_there(row: Row) -> bool:
    """Say whether a film was among the data of 0.1.0: at the size that it has, or (`replaces_id`) at 64 px."""
    if row.source == "nih-cxr14-128px":
        return False
    extra = json.loads(row.fields["extra"] or "{}")
    return row.source != "nih-cxr14" or "via" not in extra or "replaces_id" in extra
