"""Patient-disjoint splits, fixed before any training by a hash of the patient's identifier."""

import hashlib
from typing import Literal

Split = Literal["train", "val", "test"]
SALT = "overread-splits-1"


def split_of(patient_id: str) -> Split:
    """Assign a patient (or, for VQA-RAD, an image) to train 70 %, val 10 % or test 20 %; never changes."""
    digest = hashlib.sha256(f"{SALT}:{patient_id}".encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64
    if position < 0.70:
        return "train"
    return "val" if position < 0.80 else "test"
