"""Logistic heads from noised sums: at the coordinator, who sees nothing else.

Steepest descent with momentum over all patients at once; the second half of the way is averaged (Polyak). The way is
as long as noise allows, and not longer: over it the noise in the heads adds up, and what is not learned by then is
shrunk away as by a ridge. `training.federated_eval` measures.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.federating.discriminant import Heads
from overread.federating.patient_sums import BIAS, CELLS, COUNTED, GRADIENT, HALVES, LIGHT, Frame, counts_from
from overread.federating.plan import Plan, scale_of
from overread.federating.result import Result
from overread.federating.sums import COUNTS, Floats
from overread.pooling.merging import consistent
from overread.pooling.share import BINS
from overread.reasoning.trust import FEWEST
from overread.reasoning.vocabulary import LABELS

START = -2.0
"""Log odds of a finding before anything is learned: most are rare."""
MOMENTUM = 0.8
REACH = 3.0
"""Length of the way, in patients times the root of rho: chosen on the films that `training.federated_eval` measures."""
LONGEST = 4000.0
SPREAD = 24.0
"""Heads are brought to this norm, so that their scores fill the cells that they are counted in."""
SURE = 2.0
"""Standard deviations of noise by which a label's films have to be more than the fewest."""


class Descent:
    """Take the sums of a plan in order, and give what the next is asked with."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.releases = plan.releases()
        self.taken = 0
        self.patients = 1.0
        self.frame = Frame.about(np.zeros(1))
        self.trained = self.moving = self.passed = np.zeros(0)
        self.counts: Floats | None = None

    def take(self, total: Floats) -> list[NDArray[Any]]:
        """Take the next sum, over patients' norm."""
        ask = self.releases[self.taken].ask
        self.taken += 1
        if ask == "means":
            self._begin(total)
        elif ask == "gradient":
            self._step(total)
        else:
            self.counts = counts_from(total)
            return []
        if self.releases[self.taken].ask == "counts":
            return list(self.halves())
        return [self.frame.mean, self.trained]

    def halves(self) -> Heads:
        """Give the heads of each half: (HALVES, LABELS, d) and (HALVES, LABELS)."""
        norm = np.linalg.norm(self.passed[..., :-1], axis=-1, keepdims=True)
        return Heads(*self.frame.heads(self.passed * SPREAD / np.maximum(norm, 1e-12)))

    def result(self, sites: int, weights_digest: str) -> Result:
        """Give heads, and the counts of labels of which enough films were counted for all noise."""
        if self.counts is None:
            raise ValueError("the sums are not all taken")
        noise = scale_of(self.releases[-1].rho, self.plan.honest) * sites**0.5
        sure = SURE * noise * CELLS**0.5 * COUNTED / np.array([LIGHT, 1.0])
        measured = (self.counts.sum(2) >= FEWEST + sure).all(1)
        counts = np.zeros(COUNTS, np.int64)
        wide = BINS // CELLS
        for label in np.flatnonzero(measured):
            counts[label, :, wide // 2 :: wide] = consistent(np.rint(self.counts[label]).astype(np.int64))
        # Not brought to the norm again: what both halves learned keeps its size, and noise that they do not share goes.
        heads = Heads(*(part.mean(0) for part in self.halves()))
        return Result(heads, counts, sites, weights_digest, self.plan)

    def _begin(self, total: Floats) -> None:
        count, mean = total[0] * 2**0.5, total[1:] * 2**0.5
        self.patients = max(float(count), 1.0)
        mean = mean / self.patients
        self.frame = Frame.about(mean / max(1.0, float(np.linalg.norm(mean))))
        self.trained = np.zeros((HALVES, len(LABELS), mean.size + 1))
        self.trained[..., -1] = START / BIAS
        self.moving, self.passed = np.zeros_like(self.trained), np.zeros_like(self.trained)

    def _step(self, total: Floats) -> None:
        rounds, each = self.plan.rounds, self.patients / HALVES
        told = rounds * self.releases[self.taken - 1].rho
        length = min(REACH * each * told**0.5, LONGEST)
        gradient = total.reshape(self.trained.shape) * GRADIENT / each
        self.moving = MOMENTUM * self.moving + gradient
        self.trained = self.trained + length / rounds * (1.0 - MOMENTUM) * self.moving
        if self.taken - 1 > rounds // 2:  # the first sum was of means
            self.passed = self.passed + self.trained
