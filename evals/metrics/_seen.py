"""What a metric sees: its scores of the pairs with a known answer, by what was changed in them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from overread.evals.metrics._fitness import known_pairs
from overread.evals.metrics._metric import Metric, NotScored


class Seen(BaseModel):
    """The mean score of each kind of change; None where a kind was not scored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    name: str
    means: dict[str, float | None]
    """`identical` and `paraphrase` say the same as the reference; the others do not."""


def seen(metrics: Sequence[Metric]) -> Iterator[Seen]:
    """Score the known pairs by each metric of text that is here; a judge that is not fit gives nothing."""
    known = tuple(known_pairs())
    for metric in metrics:
        if metric.card.kind != "text" or metric.missing():
            continue
        measured = metric.measure([one.pair for one in known])
        for one in () if isinstance(measured, NotScored) else measured:
            by_change: dict[str, list[float | None]] = defaultdict(list)
            for pair, score in zip(known, one.samples, strict=bool(one.samples)):
                by_change[pair.change].append(score)
            if by_change:
                yield Seen(metric=metric.card.name, name=one.name, means=_means(by_change))


def _means(by_change: Mapping[str, Sequence[float | None]]) -> dict[str, float | None]:
    scored = {change: [value for value in values if value is not None] for change, values in by_change.items()}
    return {change: round(sum(values) / len(values), 4) if values else None for change, values in scored.items()}
