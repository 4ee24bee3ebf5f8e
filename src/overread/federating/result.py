"""What a training of several hospitals gives: heads, and how often they gave which score out of fold."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from overread.errors import ModelRefused
from overread.federating.discriminant import Heads
from overread.federating.plan import Plan
from overread.federating.sums import COUNTS
from overread.reasoning.vocabulary import LABELS
from overread.store.files import write_whole


class Result(NamedTuple):
    """Heads of all films, and the counts that measure those of the folds."""

    heads: Heads
    counts: NDArray[np.int64]
    """(LABELS, 2, BINS)."""
    sites: int
    weights_digest: str
    """Of the model that they belong to."""
    plan: Plan | None = None
    """Of the noise in all sums; None: they were exact."""


def write_result(result: Result, path: Path) -> None:
    """Write one file, the same for every hospital."""
    arrays = {"weight": result.heads.weight, "bias": result.heads.bias, "counts": result.counts}
    about = {"weights_digest": result.weights_digest, "sites": str(result.sites), "labels": json.dumps(LABELS)}
    if result.plan:
        about["plan"] = result.plan.model_dump_json()
    write_whole(path, save({name: np.ascontiguousarray(one) for name, one in arrays.items()}, metadata=about))


def read_result(path: Path) -> Result:
    """Read it; raises `ModelRefused` for anything else."""
    try:
        with safe_open(path, "np") as file:
            about = file.metadata() or {}
            heads = Heads(file.get_tensor("weight"), file.get_tensor("bias"))
            plan = Plan.model_validate_json(about["plan"]) if "plan" in about else None
            result = Result(heads, file.get_tensor("counts"), int(about["sites"]), about["weights_digest"], plan)
        same = json.loads(about["labels"]) == list(LABELS)
    except (OSError, SafetensorError, KeyError, ValueError):
        raise ModelRefused(f"{path.name} is no result of a training with others") from None
    shapes = result.counts.shape == COUNTS and heads.bias.shape == (len(LABELS),) == heads.weight.shape[:1]
    if not same or not shapes or result.counts.min() < 0 or result.counts.max() > 2**40:
        raise ModelRefused(f"{path.name} is of another version of this program, or damaged")
    return result
