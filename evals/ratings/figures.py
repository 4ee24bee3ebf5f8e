"""What the readers' answers come to: errors and preference by system, agreement, with intervals over cases."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from pydantic import BaseModel, ConfigDict

from overread.evals._intervals import clustered
from overread.evals._report_errors import ERRORS, WEIGHTS
from overread.evals.metrics._metric import Figure, Floats
from overread.evals.ratings.agreement import coded, cohen, fleiss
from overread.evals.ratings.answers import Rating
from overread.evals.ratings.form import Item, Key

FEWEST = 2
"""Items, rated by all, that agreement takes."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RatedFigure(_Frozen):
    """One figure with its 95 % interval over clusters of items."""

    of: str
    """System, or the readers that are compared."""
    measure: str
    value: float
    low: float
    high: float
    items: int
    readers: int


class RatedResult(_Frozen):
    """What the readers' answers come to."""

    form: str
    readers: tuple[str, ...]
    figures: tuple[RatedFigure, ...]
    undefined: tuple[str, ...]
    """Agreement that has no figure: everybody always said the same."""
    comments: tuple[str, ...]


def figures_of(ratings: Sequence[Rating], key: Key) -> RatedResult:
    """Count errors and preferences by system, and how far readers agree."""
    items = {item.number: item for item in key.items}
    told = [*_errors(ratings, items, key), *_preference(ratings, items, key), *_agreement(ratings, items)]
    with_words = [rating for rating in ratings if rating.comment and rating.report == "A"]
    comments = [f"item {one.item}, {one.reader}: {one.comment}" for one in with_words]
    return RatedResult(
        form=key.form,
        readers=tuple(sorted({rating.reader for rating in ratings})),
        figures=tuple(figure for figure in told if not np.isnan(figure.value)),
        undefined=tuple(f"{figure.measure}, {figure.of}" for figure in told if np.isnan(figure.value)),
        comments=tuple(comments),
    )


def _errors(ratings: Sequence[Rating], items: Mapping[int, Item], key: Key) -> Iterator[RatedFigure]:
    for system in key.systems:
        own = [rating for rating in ratings if items[rating.item].systems[rating.report] == system]
        if not own:
            continue
        for weight in WEIGHTS:
            each = np.asarray([sum(one.counts[f"{weight}_{kind}"] for kind in ERRORS) for one in own], np.float64)
            yield _figure(system, f"{weight} errors a report", _mean(each), own, items)
            for kind in ERRORS:
                of_kind = np.asarray([one.counts[f"{weight}_{kind}"] for one in own], np.float64)
                yield _figure(system, f"{weight} {kind.replace('_', ' ')}", _mean(of_kind), own, items)
        free = np.asarray([not one.significant for one in own], np.float64)
        yield _figure(system, "share without a significant error", _mean(free), own, items)


def _preference(ratings: Sequence[Rating], items: Mapping[int, Item], key: Key) -> Iterator[RatedFigure]:
    own = [rating for rating in ratings if rating.report == "A" and rating.preference]
    if not own:
        return
    for system in key.systems:
        chosen = np.asarray([_chosen(one, items) == system for one in own], np.float64)
        yield _figure(system, "share preferred", _mean(chosen), own, items)
    same = np.asarray([one.preference == "same" for one in own], np.float64)
    yield _figure("neither", "share without preference", _mean(same), own, items)


def _chosen(rating: Rating, items: Mapping[int, Item]) -> str:
    letters = {str(letter): system for letter, system in items[rating.item].systems.items()}
    return letters.get(rating.preference, "neither")


def _agreement(ratings: Sequence[Rating], items: Mapping[int, Item]) -> Iterator[RatedFigure]:
    """Compare readers on what each said of the same report, and of the same choice."""
    said: dict[str, dict[tuple[int, str], str]] = defaultdict(dict)
    chose: dict[str, dict[tuple[int, str], str]] = defaultdict(dict)
    for one in ratings:
        said[one.reader][one.item, one.report] = "yes" if one.significant else "no"
        if one.preference and one.report == "A":
            chose[one.reader][one.item, "A"] = _chosen(one, items)
    for name, answers in (("any significant error", said), ("preference", chose)):
        readers = sorted(answers)
        for pair in combinations(readers, 2):
            yield from _kappa(f"Cohen's kappa, {name}", pair, answers, items)
        if len(readers) > 2:
            yield from _kappa(f"Fleiss' kappa, {name}", tuple(readers), answers, items)


def _kappa(
    measure: str,
    readers: Sequence[str],
    answers: Mapping[str, Mapping[tuple[int, str], str]],
    items: Mapping[int, Item],
) -> Iterator[RatedFigure]:
    shared = sorted(set.intersection(*(set(answers[reader]) for reader in readers)))
    if len({item for item, _ in shared}) < FEWEST:
        return
    codes = coded([[answers[reader][place] for reader in readers] for place in shared])
    kappa: Callable[..., float] = cohen if len(readers) == 2 else fleiss
    clusters = [items[item].cluster for item, _ in shared]
    value, low, high = clustered(lambda weight: kappa(codes, weight), clusters)
    yield RatedFigure(
        of=" and ".join(readers),
        measure=measure,
        value=round(value, 4),
        low=round(low, 4),
        high=round(high, 4),
        items=len({item for item, _ in shared}),
        readers=len(readers),
    )


def _figure(of: str, measure: str, figure: Figure, own: Sequence[Rating], items: Mapping[int, Item]) -> RatedFigure:
    value, low, high = clustered(figure, [items[one.item].cluster for one in own])
    return RatedFigure(
        of=of,
        measure=measure,
        value=round(value, 4),
        low=round(low, 4),
        high=round(high, 4),
        items=len({one.item for one in own}),
        readers=len({one.reader for one in own}),
    )


def _mean(values: Floats) -> Figure:
    return lambda weight: float(weight @ values / weight.sum()) if weight.sum() else float("nan")
