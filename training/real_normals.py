"""How often heads that only phantoms taught call a finding on real films that have none.

A head above `silence.MOST` is silent on real films: the product gives no score of it there. Films: NIH's, labelled No
Finding, 512 px, frontal, of patients that taught nothing below the heads either.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data import LABELS
from training.measures import interval
from training.silence import PHANTOMS_ONLY


def false_positives(
    labels: NDArray[np.float32], said: Mapping[str, NDArray[Any]], spec: Mapping[str, Any]
) -> dict[str, Any]:
    """Give, for each label that phantoms alone taught, the share of normal films that its head calls.

    `labels` (n, labels) are those of real films, `said` has 1 or 0 of each film (n,) by label.
    """
    normal = labels[:, LABELS.index("No Finding")] == 1
    return {
        item["name"]: interval(said[item["name"]][normal].tolist())
        for item in spec["labels"]
        if item["taught_by"] == PHANTOMS_ONLY
    }
