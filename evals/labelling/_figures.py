"""Figures of labels: how scores rank, and what is called present, label by label and together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from overread.evals._intervals import clustered
from overread.evals._label_sets import FIVE
from overread.evals._ranking import auroc
from overread.evals.answering._result import Figure, Voice
from overread.evals.benchmarks._item import Item, Labels, Report
from overread.evals.labelling._readers import Spoken, labels_of
from overread.reasoning.vocabulary import LABELS

Floats = NDArray[np.float64]
FEWEST = 5
"""Positives, and negatives, that a figure of a label takes."""
PRESENT = 1.0


def truth_of(item: Item) -> dict[str, bool]:
    """Give what is known to be there and not there; uncertain labels are left out.

    Of a report it is what the rule labeler reads in it; what it does not mention is not there.
    """
    if isinstance(item.gold, Labels):
        return {label: value == 1 for label, value in item.gold.values.items() if value != -1}
    if isinstance(item.gold, Report):
        read = labels_of(f"{item.gold.findings} {item.gold.impression}")
        return {label: value == PRESENT for label, value in read.items() if value in (0.0, PRESENT)}
    raise TypeError(f"an item of the kind {item.gold.kind} has no labels")


def figures(voice: Voice, items: Sequence[Item], spoken: Mapping[str, Spoken]) -> Iterator[Figure]:
    """Give AUROC of a classifier's scores, F1, precision and recall of what others call present, of each label.

    Only items that were spoken of count. The means are over labels that have a figure each (macro), and F1 also over
    all decisions together (micro).
    """
    told = [item for item in items if spoken[item.id].fate == "answered"]
    truths = {item.id: truth_of(item) for item in told}
    ranked = voice.system == "classification"
    tables = list(tables_of(told, truths, spoken).values())
    for table in tables:
        for measure, figure in (("AUROC", table.area),) if ranked else table.measures:
            yield from _figure(voice, table.label, measure, figure, table.clusters)
    for name, own in (("all labels", tables), ("five labels", [table for table in tables if table.label in FIVE])):
        if len(own) > 1:
            yield from _together(voice, name, own, told, ranked=ranked)


class Clustered(Protocol):
    """An item, or what is kept of one."""

    @property
    def id(self) -> str:
        """Name it."""

    @property
    def cluster(self) -> str:
        """Name its image, case or patient."""


class Scored(Protocol):
    """What was said of an item's labels."""

    @property
    def scores(self) -> Mapping[str, float]:
        """Map each label that was spoken of to a figure, 0 to 1."""


class Table:
    """One label over the items that know it: truth, score and place among all items."""

    def __init__(
        self, label: str, truth: NDArray[np.bool_], score: Floats, place: NDArray[np.intp], clusters: list[str]
    ):
        self.label = label
        self.truth = truth
        self.score = score
        self.place = place
        self.clusters = clusters
        said = score == PRESENT
        self.hits, self.false, self.missed = truth & said, ~truth & said, truth & ~said

    @classmethod
    def of(
        cls,
        label: str,
        items: Sequence[Clustered],
        truths: Mapping[str, Mapping[str, bool]],
        spoken: Mapping[str, Scored],
    ) -> "Table | None":
        """Give the table of a label, None where it is not spoken of or too few know it."""
        rows = [
            (truths[item.id][label], spoken[item.id].scores[label], number, item.cluster)
            for number, item in enumerate(items)
            if label in truths[item.id] and label in spoken[item.id].scores
        ]
        truth = np.asarray([row[0] for row in rows], np.bool_)
        if min(truth.sum(), (~truth).sum()) < FEWEST:
            return None
        score, place = np.asarray([row[1] for row in rows]), np.asarray([row[2] for row in rows], np.intp)
        return cls(label, truth, score, place, [row[3] for row in rows])

    @property
    def measures(self) -> tuple[tuple[str, Callable[[Floats], float]], ...]:
        """Name what is told of decisions."""
        return (("F1", self.f1), ("precision", self.precision), ("recall", self.recall))

    def area(self, weight: Floats) -> float:
        """Give the area under the ROC curve."""
        return auroc(self.truth, self.score, weight)

    def f1(self, weight: Floats) -> float:
        """Give the harmonic mean of precision and recall; NaN where nothing is there and nothing was said."""
        hits = (weight * self.hits).sum()
        total = 2 * hits + (weight * (self.false | self.missed)).sum()
        return float(2 * hits / total) if total else float("nan")

    def precision(self, weight: Floats) -> float:
        """Give the share of what was called present that is."""
        said = (weight * (self.hits | self.false)).sum()
        return float((weight * self.hits).sum() / said) if said else float("nan")

    def recall(self, weight: Floats) -> float:
        """Give the share of what is present that was called so."""
        there = (weight * (self.hits | self.missed)).sum()
        return float((weight * self.hits).sum() / there) if there else float("nan")


def _together(
    voice: Voice, name: str, tables: Sequence[Table], items: Sequence[Item], *, ranked: bool
) -> Iterator[Figure]:
    clusters = [item.cluster for item in items]
    yield from _figure(voice, name, "macro AUROC" if ranked else "macro F1", macro(tables, ranked), clusters)
    if not ranked:
        yield from _figure(voice, name, "micro F1", micro(tables), clusters)


def tables_of(
    items: Sequence[Clustered], truths: Mapping[str, Mapping[str, bool]], spoken: Mapping[str, Scored]
) -> dict[str, Table]:
    """Give the table of each label that is spoken of and that enough items know."""
    found = {label: Table.of(label, items, truths, spoken) for label in LABELS}
    return {label: table for label, table in found.items() if table is not None}


def macro(tables: Sequence[Table], ranked: bool) -> Callable[[Floats], float]:
    """Give the mean AUROC, or F1, over labels that have one, as a figure of item weights."""

    def figure(weight: Floats) -> float:
        each = [(table.area if ranked else table.f1)(weight[table.place]) for table in tables]
        known = [value for value in each if not np.isnan(value)]
        return float(np.mean(known)) if known else float("nan")

    return figure


def micro(tables: Sequence[Table]) -> Callable[[Floats], float]:
    """Give the F1 over all decisions together, as a figure of item weights."""

    def figure(weight: Floats) -> float:
        hits = sum(float((weight[table.place] * table.hits).sum()) for table in tables)
        wrong = sum(float((weight[table.place] * (table.false | table.missed)).sum()) for table in tables)
        return 2 * hits / (2 * hits + wrong) if hits or wrong else float("nan")

    return figure


def _figure(
    voice: Voice, part: str, measure: str, figure: Callable[[Floats], float], clusters: Sequence[str]
) -> Iterator[Figure]:
    """Give a figure, or none where there is none: the precision of a label that was never called present."""
    value, low, high = clustered(figure, clusters)
    if not np.isnan(value):
        yield Figure(
            voice=voice.name,
            part=part,
            measure=measure,
            value=round(value, 4),
            low=round(low, 4),
            high=round(high, 4),
            items=len(clusters),
            clusters=len(set(clusters)),
            answered=len(clusters),
        )
