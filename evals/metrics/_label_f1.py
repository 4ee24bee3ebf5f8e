"""F1 of labels that a labeler reads in both reports: of each label, over all together, and by how it is said."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from overread.errors import UsageError
from overread.evals._label_sets import FIVE, FOURTEEN
from overread.evals.metrics._metric import Figure, Floats, Measured

Uncertain = Literal["absent", "present", "left_out"]
Truths = NDArray[np.bool_]
Read = Mapping[str, int | None]
"""Label to 1 present, 0 absent, -1 uncertain, None not mentioned."""
FEWEST = 5
"""Reports in which a label is present or said to be, that its own figure takes."""
UNCERTAIN = "how an uncertain label counts: absent, present or left_out (of its report's decisions)"


def uncertain_of(options: Mapping[str, str], default: Uncertain) -> Uncertain:
    """Read the option `uncertain`; raises `UsageError` for another word."""
    given = options.get("uncertain", default)
    for known in get_args(Uncertain):
        if given == known:
            return known  # type: ignore[no-any-return]
    raise UsageError(f"uncertain={given}: there are {', '.join(get_args(Uncertain))}")


def measured(
    truth: Sequence[Read], said: Sequence[Read], uncertain: Uncertain, identity: str, prefix: str
) -> Iterator[Measured]:
    """Give micro and macro F1 over 14 and over 5 labels, agreement of the three values, and the F1 of each label.

    What is not mentioned is absent. A label that is present on neither side has no F1 and is left out of the mean.
    """
    identity = f"{identity}, uncertain {uncertain.replace('_', ' ')}"
    table = _Table.of(truth, said, uncertain)
    for name, labels in (("14", FOURTEEN), ("5", FIVE)):
        own = [FOURTEEN.index(label) for label in labels]
        samples = table.samples(own)
        yield Measured(f"{prefix} micro F1-{name}", samples, table.micro(own), identity)
        yield Measured(f"{prefix} macro F1-{name}", (), table.macro(own), identity)
    yield _agreement(truth, said, identity, prefix)
    for place, label in enumerate(FOURTEEN):
        if int(table.there[:, place].sum()) >= FEWEST:
            yield Measured(f"{prefix} F1 {label}", (), table.micro([place]), identity)


class _Table:
    """Of each report (n) and label (14) whether it is a hit, or wrong."""

    def __init__(self, hits: Truths, wrong: Truths) -> None:
        self.hits, self.wrong = hits, wrong
        self.there = hits | wrong

    @classmethod
    def of(cls, truth: Sequence[Read], said: Sequence[Read], uncertain: Uncertain) -> "_Table":
        left, right = _values(truth), _values(said)
        counts = np.ones(left.shape, np.bool_)
        if uncertain == "left_out":
            counts = (left != -1) & (right != -1)
        present = (1, -1) if uncertain == "present" else (1,)
        is_there, is_said = np.isin(left, present), np.isin(right, present)
        return cls(counts & is_there & is_said, counts & (is_there ^ is_said))

    def samples(self, own: list[int]) -> tuple[float | None, ...]:
        """Give each report's own F1; None where nothing is present on either side."""
        hits, wrong = self.hits[:, own].sum(1), self.wrong[:, own].sum(1)
        return tuple(float(2 * a / (2 * a + b)) if a + b else None for a, b in zip(hits, wrong, strict=True))

    def micro(self, own: list[int]) -> Figure:
        hits, wrong = self.hits[:, own].sum(1), self.wrong[:, own].sum(1)
        return lambda weight: _f1(float(weight @ hits), float(weight @ wrong))

    def macro(self, own: list[int]) -> Figure:
        hits, wrong = self.hits[:, own].astype(float), self.wrong[:, own].astype(float)

        def figure(weight: Floats) -> float:
            each = [_f1(*pair) for pair in zip(weight @ hits, weight @ wrong, strict=True)]
            known = [value for value in each if not np.isnan(value)]
            return float(np.mean(known)) if known else float("nan")

        return figure


def _agreement(truth: Sequence[Read], said: Sequence[Read], identity: str, prefix: str) -> Measured:
    """Give the share of labels mentioned on either side of which both say the same: present, absent or uncertain."""
    pairs = [[(a[label], b[label]) for label in FOURTEEN] for a, b in zip(truth, said, strict=True)]
    spoken = [[pair for pair in row if pair != (None, None)] for row in pairs]
    same = np.asarray([sum(a == b for a, b in row) for row in spoken], np.float64)
    of = np.asarray([len(row) for row in spoken], np.float64)
    samples = tuple(float(a / b) if b else None for a, b in zip(same, of, strict=True))

    def ratio(weight: Floats) -> float:
        return float(weight @ same / (weight @ of)) if weight @ of else float("nan")

    return Measured(f"{prefix} three-valued agreement", samples, ratio, identity)


def _values(read: Sequence[Read]) -> NDArray[np.intp]:
    return np.asarray([[row[label] or 0 for label in FOURTEEN] for row in read], np.intp).reshape(-1, len(FOURTEEN))


def _f1(hits: float, wrong: float) -> float:
    return 2 * hits / (2 * hits + wrong) if hits or wrong else float("nan")
