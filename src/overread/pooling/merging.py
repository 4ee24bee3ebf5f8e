"""Add the hospitals' counts, and measure and calibrate on the sum as `overread calibrate` does on films."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from overread.errors import ModelRefused
from overread.measuring.card import Maker, composed
from overread.measuring.tables import Seen, Tables, add_scores
from overread.pooling.share import SHAPE, Counts, Histogram, Share, middles

COMMAND = "overread pool merge"


def merge(shares: Sequence[Share]) -> list[tuple[dict[str, Any], Tables]]:
    """Measure and calibrate each model on the sum of the shares; give its card and what that rests on.

    Calibration, threshold and figures of a fold rest on the other folds. Films are dealt into them, not patients, whom
    counts do not tell apart. Raises `ModelRefused` for shares that do not belong together.
    """
    require_together(shares)
    sums: dict[tuple[str, str, str], Counts] = defaultdict(lambda: np.zeros(SHAPE, np.int64))
    given: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in (one for share in shares for one in share.histograms):
        sums[one.key] = sums[one.key] + _words(one)
        given[one.key] += 1
    models = {one.weights_digest: one for share in shares for one in share.histograms}
    return [_measured(model, sums, given, shares) for model in models.values()]


def require_together(shares: Sequence[Share]) -> None:
    """Raise `ModelRefused` for one share alone, one given twice, or masked ones that are not all there."""
    if len(shares) < 2 or len({share.model_dump_json() for share in shares}) != len(shares):
        raise ModelRefused("give two shares at least, each once")
    masks = [share.masked for share in shares]
    if not any(masks):
        return
    sites = {mask.sites for mask in masks if mask}
    there = sorted(mask.site for mask in masks if mask)
    if len(sites) != 1 or None in masks or there != list(next(iter(sites))):
        wanted = ", ".join(sorted({name for names in sites for name in names}))
        raise ModelRefused(f"masked shares are added all or none: of each site one ({wanted})")
    if len({frozenset(one.key for one in share.histograms) for share in shares}) != 1:
        raise ModelRefused("masked shares must count the same labels of the same weights; one of them does not")


def _words(one: Histogram) -> Counts:
    """Give counts (SHAPE), negative ones as they wrap round modulo 2**64."""
    wrapped = [count % 2**64 for count in one.counts]
    return np.asarray(wrapped, np.uint64).astype(np.int64).reshape(SHAPE)


def _measured(
    model: Histogram,
    sums: Mapping[tuple[str, str, str], Counts],
    given: Mapping[tuple[str, str, str], int],
    shares: Sequence[Share],
) -> tuple[dict[str, Any], Tables]:
    tables, prevalence, films = Tables(), dict[str, float](), 0
    for (digest, voter, label), counts in sums.items():
        seen = films_of(counts)
        if digest != model.weights_digest or not seen.truth.size:
            continue
        films = max(films, seen.truth.size)
        add_scores(tables, voter, label, seen, f"{given[digest, voter, label]} sites ({seen.truth.size} films)")
        if label in tables.trust.get(voter, {}):
            prevalence.setdefault(label, round(float(seen.truth.mean()), 4))
    return _card(model, tables, prevalence, films, shares), tables


def films_of(counts: Counts) -> Seen:
    """Give a film for each count (SHAPE), its score the middle of its bin, each of a patient of its own."""
    truth, where = np.repeat(np.indices(SHAPE).reshape(2, -1), consistent(counts).ravel(), axis=1)
    chances = 1.0 / (1.0 + np.exp(-middles()[where]))
    return Seen(truth.astype(np.bool_), chances, np.arange(truth.size, dtype=np.intp))


def consistent(counts: Counts) -> Counts:
    """Give counts (rows, bins) without negative ones: each row is lowered by what keeps its sum, and cut at 0.

    Norm-Sub of Wang et al. (NDSS 2020). Cutting alone would make a film of every other empty cell's noise. Rows without
    a negative count stay as they are.
    """
    return np.stack([_consistent(row) if row.min() < 0 else row for row in counts])


def _consistent(row: Counts) -> Counts:
    wanted = max(0, int(row.sum()))
    falling = np.sort(row)[::-1]
    lowered = (np.cumsum(falling) - wanted) / np.arange(1, row.size + 1)
    kept = np.flatnonzero(falling > lowered)
    return np.rint(np.maximum(row - lowered[kept[-1]], 0)).astype(np.int64) if kept.size else np.zeros_like(row)


def _card(
    model: Histogram, tables: Tables, prevalence: Mapping[str, float], films: int, shares: Sequence[Share]
) -> dict[str, Any]:
    digests = sorted(hashlib.sha256(share.model_dump_json().encode()).hexdigest() for share in shares)
    data = {
        "digest": hashlib.sha256("\n".join(digests).encode()).hexdigest(),
        "films": films,
        "read": films,
        "patients": None,
        "not_read": {},
        "left_out": {},
        "rows": {},
        "sites": len(shares),
        "epsilon": [share.epsilon for share in shares],
        "masked": shares[0].masked is not None,
    }
    return composed(Maker(COMMAND, model.model), model.backend, model.weights_digest, data, prevalence, tables)
