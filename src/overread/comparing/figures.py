"""What came of it, counted by study and label, with intervals over patients."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from overread.comparing.said import Said
from overread.comparing.studies import Known
from overread.evals._intervals import clustered

Floats = NDArray[np.float64]
COUNTED = ("there", "stated", "stated_right", "named", "named_right", "decided", "decided_wrong", "denied", "asked")
COUNTED_SIDES = ("sided", "sides_right")
COUNTED_WORDS = ("sentences", "uncited", "studies")


class Figure(BaseModel):
    """A figure with its 95 % interval, and the agent's minus it on the same studies."""

    model_config = ConfigDict(frozen=True)

    value: float | None
    """None where there is nothing to count."""
    low: float | None = None
    high: float | None = None
    agent_better_by: float | None = None
    """The agent's value minus this one's; None of the agent itself."""
    better_low: float | None = None
    better_high: float | None = None


@dataclass(frozen=True)
class Measure:
    """One figure of the table."""

    name: str
    what: str
    of: Callable[[Mapping[str, float]], float]


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _f1(right: float, said: float, there: float) -> float:
    return _share(2 * right, said + there)


MEASURES = (
    Measure("F1", "present as stated, micro", lambda n: _f1(n["stated_right"], n["stated"], n["there"])),
    Measure("F1 with possible", "present or possible, micro", lambda n: _f1(n["named_right"], n["named"], n["there"])),
    Measure("decided", "share of known labels stated or denied", lambda n: _share(n["decided"], n["asked"])),
    Measure("wrong", "share of those that are wrong", lambda n: _share(n["decided_wrong"], n["decided"])),
    Measure("denied", "share of what is there that is denied", lambda n: _share(n["denied"], n["there"])),
    Measure("false a study", "stated and not there", lambda n: _share(n["stated"] - n["stated_right"], n["studies"])),
    Measure("sides", "share of named sides that are right", lambda n: _share(n["sides_right"], n["sided"])),
    Measure("uncited", "share of sentences that name no evidence", lambda n: _share(n["uncited"], n["sentences"])),
)


def counts(known: Known, said: Said) -> dict[str, float]:
    """Count one study: over labels whose truth is known, over sides that are known, over sentences."""
    found = dict.fromkeys((*COUNTED, *COUNTED_SIDES, *COUNTED_WORDS), 0.0)
    for label, there in known.labels.items():
        word = said.words.get(label)
        status = word.status if word else None
        stated, named = status == "present", status in ("present", "uncertain")
        found["asked"] += 1
        found["there"] += there
        found["stated"] += stated
        found["stated_right"] += stated and there
        found["named"] += named
        found["named_right"] += named and there
        found["decided"] += status in ("present", "absent")
        found["decided_wrong"] += (stated and not there) or (status == "absent" and there)
        found["denied"] += status == "absent" and there
        if word and stated and there and word.sides and known.sides.get(label):
            found["sided"] += 1
            found["sides_right"] += word.sides == known.sides[label]
    return {**found, "sentences": float(said.sentences), "uncited": float(said.uncited), "studies": 1.0}


def figures(
    studies: Sequence[Known], by_system: Mapping[str, Sequence[Said]], agent: str, seed: int = 0
) -> dict[str, dict[str, Figure]]:
    """Give each system's figures; differences to the agent are taken on the same draws of patients."""
    patients = [study.patient for study in studies]
    tables = {
        name: [counts(study, one) for study, one in zip(studies, said, strict=True)] for name, said in by_system.items()
    }
    found: dict[str, dict[str, Figure]] = {}
    for name, rows in tables.items():
        own = None if name == agent else rows
        found[name] = {measure.name: _figure(measure, tables[agent], own, patients, seed) for measure in MEASURES}
    return found


def _figure(
    measure: Measure,
    agent: Sequence[Mapping[str, float]],
    other: Sequence[Mapping[str, float]] | None,
    patients: Sequence[str],
    seed: int,
) -> Figure:
    shown = agent if other is None else other
    value = _interval(lambda weights: measure.of(_summed(shown, weights)), patients, seed)
    if value is None:
        return Figure(value=None)
    figure = Figure(value=value[0], low=value[1], high=value[2])
    if other is None:
        return figure
    apart = _interval(
        lambda weights: measure.of(_summed(agent, weights)) - measure.of(_summed(other, weights)), patients, seed
    )
    if apart is None:
        return figure
    return figure.model_copy(
        update={"agent_better_by": apart[0], "better_low": apart[1], "better_high": apart[2]},
    )


def _summed(rows: Sequence[Mapping[str, float]], weights: Floats) -> dict[str, float]:
    names = rows[0].keys()
    table = np.array([[row[name] for name in names] for row in rows])
    return dict(zip(names, map(float, weights @ table), strict=True))


def _interval(
    figure: Callable[[Floats], float], patients: Sequence[str], seed: int
) -> tuple[float, float, float] | None:
    value, low, high = clustered(figure, patients, seed)
    if np.isnan(value):
        return None
    return round(value, 4), round(low, 4), round(high, 4)
