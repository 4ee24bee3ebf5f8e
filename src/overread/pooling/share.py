"""What a hospital gives: how often each raw score was given to films with and without a label, and nothing else."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError, model_validator

from overread._version import __version__
from overread.errors import ModelRefused
from overread.measuring.profile import Calibration
from overread.measuring.tables import Seen
from overread.records import Record
from overread.tools._measured_here import logit_of

BINS = 64
REACH = 8.0
"""Log odds from -REACH to REACH are counted in BINS of equal width; what lies beyond counts in the outermost."""
SHAPE = (2, BINS)
"""Without and with the label, by score."""
CELLS = 2 * BINS
COARSE = 4
"""Bins that are counted as one, in one of their middle, under noise: each cell has its own, and empty ones as well."""
LARGEST_FILE = 64_000_000

Counts = NDArray[np.int64]


class Histogram(Record):
    """The films of one label as one voter scored them; `counts` (2, bins) flattened."""

    model: str
    backend: str
    weights_digest: str
    voter: str
    label: str
    counts: tuple[int, ...] = Field(min_length=CELLS, max_length=CELLS)

    @property
    def key(self) -> tuple[str, str, str]:
        """Tell which histograms may be added: of the same weights, voter and label."""
        return self.weights_digest, self.voter, self.label


class Masked(Record):
    """Whose shares take the masks off each other: names of public keys."""

    site: str
    sites: tuple[str, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _of_them(self) -> "Masked":
        if self.site not in self.sites or list(self.sites) != sorted(set(self.sites)):
            raise ValueError("a share is of one of its sites, each named once, in order")
        return self


class Share(Record):
    """Everything that leaves a hospital."""

    share: Literal[1] = 1
    """Version of this form."""
    program: str = __version__
    epsilon: float | None = Field(default=None, gt=0)
    """What all histograms together tell of one patient at most (differential privacy); None: exact counts."""
    masked: Masked | None = None
    histograms: tuple[Histogram, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> "Share":
        keys = [one.key for one in self.histograms]
        if len(set(keys)) != len(keys):
            raise ValueError("a histogram is there twice")
        if self.masked is None and self.epsilon is None and any(min(one.counts) < 0 for one in self.histograms):
            raise ValueError("a count is below 0")
        return self


def share_of(done: Calibration, epsilon: float | None = None) -> Share:
    """Count what was measured; with `epsilon`, one film a patient and label, with noise.

    Noise is discrete Laplace (Ghosh, Roughgarden and Sundararajan, SIAM J. Comput. 41, 2012): a patient is in one cell
    of each of h histograms, so that scale h / epsilon in every cell makes the whole share epsilon-private.
    Raises `ModelRefused` where no model that gives scores was measured.
    """
    voices = [
        (model, voter, label, seen)
        for model in done.models
        for voter, labels in model.results.tables.seen.items()
        for label, seen in labels.items()
    ]
    if not voices:
        raise ModelRefused("no model that gives scores was measured: there is nothing to share")
    source = np.random.default_rng()
    return Share(
        epsilon=epsilon,
        histograms=tuple(
            Histogram(
                model=model.player.name,
                backend=model.player.card.backend,
                weights_digest=model.player.card.weights_digest,
                voter=voter,
                label=label,
                counts=tuple(counted(seen, source, epsilon and epsilon / len(voices)).ravel().tolist()),
            )
            for model, voter, label, seen in voices
        ),
    )


def counted(seen: Seen, source: np.random.Generator, epsilon: float | None) -> Counts:
    """Count the films (SHAPE) of one label; with `epsilon` this histogram alone is that private."""
    counts = np.zeros(SHAPE, np.int64)
    if epsilon is None:
        np.add.at(counts, (seen.truth.astype(int), bins_of(seen.value)), 1)
        return counts
    kept = np.unique(seen.patient, return_index=True)[1]
    middle = COARSE // 2
    np.add.at(counts, (seen.truth[kept].astype(int), bins_of(seen.value[kept]) // COARSE * COARSE + middle), 1)
    counts[:, middle::COARSE] += _laplace(source, epsilon)
    return counts


def _laplace(source: np.random.Generator, epsilon: float) -> Counts:
    """Draw the difference of two geometric variables for each cell: P(k) proportional to exp(-epsilon |k|)."""
    stop = -np.expm1(-epsilon)
    shape = (2, BINS // COARSE)
    return np.asarray(source.geometric(stop, shape) - source.geometric(stop, shape), np.int64)


def bins_of(chances: NDArray[np.float64]) -> NDArray[np.intp]:
    """Give the bin (n,) of raw probabilities (n,)."""
    logits = np.asarray([logit_of(chance) for chance in chances], np.float64)
    return np.clip((logits + REACH) / (2 * REACH) * BINS, 0, BINS - 1).astype(np.intp)


def middles() -> NDArray[np.float64]:
    """Give the log odds (BINS,) at the middle of each bin."""
    return np.linspace(-REACH, REACH, BINS, endpoint=False, dtype=np.float64) + REACH / BINS


def read_shares(paths: Sequence[Path]) -> list[Share]:
    """Read the hospitals' files; raises `ModelRefused` for one that is no share, by its name and the reason."""
    return [_read(path) for path in paths]


def _read(path: Path) -> Share:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ModelRefused(f"{path.name} is larger than any share; give files that 'calibrate --share' wrote")
        data: Mapping[str, object] = json.loads(path.read_text(encoding="utf-8"))
        return Share.model_validate(data)
    except OSError as error:
        raise ModelRefused(f"{path.name} cannot be read ({error.strerror})") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ModelRefused(f"{path.name} is no share: {where}: {first['msg']}") from None
    except ValueError:
        raise ModelRefused(f"{path.name} is no share: it is not JSON") from None
