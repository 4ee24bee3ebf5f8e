"""Boxes: average precision at IoU .5 and its mean over .5 to .95, and the best IoU of each reference box.

As in COCO (Lin et al., ECCV 2014) detections are matched by falling score, each reference box once; precision is
interpolated over every recall (Pascal VOC 2010), not at 101 points. One class of boxes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from overread.evals.metrics._metric import Floats, Given, Measured, Metric, MetricCard, Pair, averaged

CARD = MetricCard("boxes", "mAP and IoU of boxes", "boxes", "higher", "Lin et al., ECCV 2014; Everingham et al. 2010")
OVERLAPS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))


class Boxes:
    """How well boxes are found, and how well they fit."""

    card = CARD

    def missing(self) -> None:
        """Need nothing."""

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give the precisions over all images, and the mean of each image's best IoU; none without reference boxes."""
        overlaps = [iou(pair.reference, pair.candidate[:, :4]) for pair in pairs]
        tables = [_Found.of(pairs, overlaps, least) for least in OVERLAPS]
        best = [float(one.max(1, initial=0.0).mean()) if len(one) else None for one in overlaps]
        identity = "all-point interpolation, one class"

        def mean(weight: Floats) -> float:
            return float(np.mean([table.precision(weight) for table in tables]))

        return [
            Measured("AP at IoU .50", (), tables[0].precision, identity),
            Measured("mAP at IoU .50 to .95", (), mean, identity),
            averaged("Best IoU of reference boxes", best, "images without a reference box are unscored"),
        ]


class _Found(NamedTuple):
    """Detections of all images by falling score: their image, whether they hit, and the reference boxes of each."""

    image: NDArray[np.intp]
    hit: NDArray[np.bool_]
    wanted: Floats

    @classmethod
    def of(cls, pairs: Sequence[Pair], overlaps: Sequence[Floats], least: float) -> "_Found":
        rows = []
        for number, (pair, overlap) in enumerate(zip(pairs, overlaps, strict=True)):
            order = np.argsort(-pair.candidate[:, 4], kind="stable")
            hits = _matched(overlap[:, order], least)
            rows += [(float(pair.candidate[place, 4]), number, hit) for place, hit in zip(order, hits, strict=True)]
        rows.sort(key=lambda row: -row[0])
        return cls(
            np.asarray([row[1] for row in rows], np.intp),
            np.asarray([row[2] for row in rows], np.bool_),
            np.asarray([len(pair.reference) for pair in pairs], np.float64),
        )

    def precision(self, weight: Floats) -> float:
        """Give the area under interpolated precision over recall; NaN where nothing is to be found."""
        total = float(weight @ self.wanted)
        if not total:
            return float("nan")
        counts = weight[self.image]
        hits = np.cumsum(counts * self.hit)
        precise = hits / np.maximum(np.cumsum(counts), 1e-12)
        envelope = np.maximum.accumulate(precise[::-1])[::-1]
        return float((np.diff(hits, prepend=0.0) * envelope).sum() / total)


def iou(left: Floats, right: Floats) -> Floats:
    """Give the IoU (n, m) of boxes (n, 4) and (m, 4) by corners."""
    corner = np.maximum(left[:, None, :2], right[None, :, :2])
    other = np.minimum(left[:, None, 2:], right[None, :, 2:])
    both = np.prod(np.clip(other - corner, 0.0, None), axis=2)
    areas = [np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0.0, None), axis=1) for boxes in (left, right)]
    union = areas[0][:, None] + areas[1][None, :] - both
    return np.asarray(np.divide(both, union, out=np.zeros_like(both), where=union > 0), np.float64)


def _matched(overlap: Floats, least: float) -> list[bool]:
    """Say of each detection, in order, whether it is the first to hit its best free reference box."""
    free = np.ones(len(overlap), np.bool_)
    hits = []
    for column in overlap.T:
        open_to = np.where(free, column, -1.0)
        best = int(open_to.argmax()) if open_to.size else -1
        hit = best >= 0 and open_to[best] >= least
        if hit:
            free[best] = False
        hits.append(bool(hit))
    return hits


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return Boxes()
