"""Figures of many drafts, each a ratio of sums, with intervals over patients."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.reasoning.vocabulary import LABELS
from training.draft_eval.counts import EDITS, Counts
from training.measures import Figure, resampled

A_DRAFT = "drafts"
RATIOS: Mapping[str, tuple[str, str]] = {
    "studies without a draft": ("without a draft", "studies"),
    "decisions a draft": ("decisions", A_DRAFT),
    "present a draft": ("present", A_DRAFT),
    "present, share true": ("present true", "present known"),
    "present and false, a draft": ("present false", A_DRAFT),
    "possible a draft": ("uncertain", A_DRAFT),
    "possible, share true": ("uncertain true", "uncertain known"),
    "absent a draft": ("absent", A_DRAFT),
    "absent, share true": ("absent true", "absent known"),
    "supported a draft, of known labels": ("supported", A_DRAFT),
    "supported, share wrong (bound: wrong_at_most)": ("supported false", "supported known"),
    "not assessed a draft": ("not_assessed", A_DRAFT),
    "'nothing acute', share of drafts": ("nothing acute", A_DRAFT),
    "'nothing acute', share true": ("nothing acute true", "nothing acute"),
    "alerts true, a draft": ("alerts true", A_DRAFT),
    "alerts false, a draft": ("alerts false", A_DRAFT),
    "alerts missing, a draft": ("alerts missing", A_DRAFT),
    "conflicts open a draft": ("conflicts open", A_DRAFT),
    "drafts with a conflict open": ("with a conflict open", A_DRAFT),
    "normal drafts with a conflict open": ("normal with a conflict open", "normal drafts"),
    "edits a draft": ("edits", A_DRAFT),
    **{f"edits a draft: {kind}": (kind, A_DRAFT) for kind in EDITS},
}
"""Figure to its numerator and denominator, sums over the studies. Shares are of findings whose label is known."""
BY_LABEL = {
    "recall": ("recalled", "positive"),
    "true where said": ("said rightly", "said"),
}
"""Present or possible: of the studies known to have the label, and of those said to that are known."""


def figures(rows: Sequence[Counts], patients: Sequence[str]) -> dict[str, Figure]:
    """Give every figure of a set of studies with its interval."""
    table = _Table(rows, patients)
    return {name: table.ratio(*pair) for name, pair in RATIOS.items()}


def by_label(rows: Sequence[Counts], patients: Sequence[str]) -> dict[str, dict[str, Figure]]:
    """Give recall and precision of each label that a study is known to have, or said to have."""
    table = _Table(rows, patients)
    found = {
        label: {name: table.ratio(f"{label}: {top}", f"{label}: {bottom}") for name, (top, bottom) in BY_LABEL.items()}
        for label in LABELS
    }
    return {label: pair for label, pair in found.items() if any(one["of"] for one in pair.values())}


def changes(before: Sequence[Counts], now: Sequence[Counts], patients: Sequence[str]) -> dict[str, Figure]:
    """Give how much each figure changed on the same studies, the interval over patients that are drawn for both."""
    old, new = _Table(before, patients), _Table(now, patients)
    return {name: new.ratio(*pair, less=old) for name, pair in RATIOS.items()}


class _Table:
    """Counts (n studies) as columns."""

    def __init__(self, rows: Sequence[Counts], patients: Sequence[str]) -> None:
        self._rows = rows
        self._draws = list(resampled(np.array(patients)))

    def ratio(self, top: str, bottom: str, less: "_Table | None" = None) -> Figure:
        """Give a ratio of sums with its interval, or how much larger it is than that of another table.

        `of` is the denominator's sum; the value is None where that is zero.
        """
        both = [(self.column(top), self.column(bottom))]
        both += [(less.column(top), less.column(bottom))] if less else []
        value = _difference(both, np.arange(len(self._rows)))
        drawn = np.array([_difference(both, chosen) for chosen in self._draws])
        known = drawn[~np.isnan(drawn)]
        figure: Figure = {"value": _or_none(value), "of": float(both[0][1].sum())}
        if not np.isnan(value):
            low, high = np.quantile(known, [0.025, 0.975])
            figure |= {"low": _or_none(low), "high": _or_none(high)}
        return figure

    def column(self, key: str) -> NDArray[np.float64]:
        """Give what each study counts of something."""
        if key == "without a draft":
            return self.column("studies") - self.column(A_DRAFT)
        return np.array([row.get(key, 0.0) for row in self._rows])


def _difference(pairs: Sequence[tuple[NDArray[Any], NDArray[Any]]], chosen: NDArray[np.int64]) -> float:
    """Give the first ratio of sums, less the second where there is one; NaN where a denominator is zero."""
    ratios = [
        float(top[chosen].sum() / bottom[chosen].sum()) if bottom[chosen].sum() else np.nan for top, bottom in pairs
    ]
    return ratios[0] - ratios[1] if len(ratios) > 1 else ratios[0]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
