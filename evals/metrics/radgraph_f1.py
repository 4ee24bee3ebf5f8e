"""RadGraph F1 (Jain et al. 2021; Delbrouck et al. 2022): entities and relations of both reports, as sets.

From annotations that RadGraph made before (JSON: id of a report to what `RadGraph` gave for it), or by the `radgraph`
package from a checkpoint on this machine. `simple` is entities with their kind, `partial` also whether they have a
relation, `complete` also the relations themselves. A report without entities on one side scores 0, as there.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from overread.errors import UsageError
from overread.evals.metrics._metric import Given, Measured, Metric, MetricCard, Pair, averaged, not_installed

CARD = MetricCard(
    name="radgraph_f1",
    title="RadGraph F1",
    kind="text",
    better="higher",
    source="Jain et al., NeurIPS 2021; Delbrouck et al., EMNLP 2022",
    needs="annotations of both sides, or the radgraph package and its checkpoint",
    options={
        "references": "JSON file of annotations of the references, by id",
        "candidates": "JSON file of annotations of the candidates, by id",
        "model": "folder that holds radgraph-xl/, the unpacked checkpoint",
    },
)
MODEL = "radgraph-xl"


class Entity(BaseModel):
    """One entity as RadGraph writes it."""

    model_config = ConfigDict(frozen=True)

    tokens: str
    label: str
    relations: tuple[tuple[str, str], ...] = ()
    """Kind, and the key of the other entity."""


class Annotation(BaseModel):
    """What RadGraph found in one report; what else it writes is left alone."""

    model_config = ConfigDict(frozen=True)

    entities: Annotated[Mapping[str, Entity], Field(default_factory=dict)]


_FILE = TypeAdapter(dict[str, Annotation])


class RadGraphF1:
    """The mean over reports."""

    card = CARD

    def __init__(self, given: Given) -> None:
        options = given.checked(CARD)
        self._files = [Path(options[side]) for side in ("references", "candidates") if side in options]
        self._model = Path(options["model"]) if "model" in options else None

    def missing(self) -> str | None:
        """Say what is not here."""
        if len(self._files) == 2:
            return next((f"{path.name} is not there" for path in self._files if not path.is_file()), None)
        if self._model is None:
            return (
                "needs -o radgraph_f1.references=FILE and -o radgraph_f1.candidates=FILE with annotations, or"
                " -o radgraph_f1.model=DIR with a checkpoint; none is downloaded"
            )
        if not (self._model / MODEL / "weights.th").is_file():
            return f"the folder of radgraph_f1.model holds no {MODEL}/weights.th"
        return not_installed("radgraph", package="radgraph")

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give the three F1; a report without an annotation is unscored."""
        truth, said = self._annotations(pairs)
        identity = "cached annotations" if self._files else f"radgraph package, {MODEL}"
        found = []
        for name, facts in LEVELS.items():
            scores = [_score(truth.get(pair.id), said.get(pair.id), facts) for pair in pairs]
            found.append(averaged(f"RadGraph F1, {name}", scores, identity))
        return found

    def _annotations(self, pairs: Sequence[Pair]) -> list[dict[str, Annotation]]:
        if self._files:
            return [_read(path) for path in self._files]
        from radgraph import RadGraph

        graph = RadGraph(model_type=MODEL, model_cache_dir=str(self._model), tokenizer_cache_dir=str(self._model))
        sides = [[pair.reference for pair in pairs], [pair.candidate for pair in pairs]]
        return [_of(pairs, graph(texts)) for texts in sides]


def _read(path: Path) -> dict[str, Annotation]:
    try:
        return _FILE.validate_python(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, ValidationError):
        raise UsageError(f"{path.name} is no JSON of RadGraph annotations by id") from None


def _of(pairs: Sequence[Pair], found: Mapping[str, Any]) -> dict[str, Annotation]:
    return {pair.id: Annotation.model_validate(found[str(place)]) for place, pair in enumerate(pairs)}


def _simple(entities: Mapping[str, Entity]) -> frozenset[tuple[object, ...]]:
    return frozenset((one.tokens.lower(), one.label) for one in entities.values())


def _partial(entities: Mapping[str, Entity]) -> frozenset[tuple[object, ...]]:
    return frozenset((one.tokens.lower(), one.label, bool(one.relations)) for one in entities.values())


def _complete(entities: Mapping[str, Entity]) -> frozenset[tuple[object, ...]]:
    alone = {(one.tokens.lower(), one.label) for one in entities.values() if not one.relations}
    related = {
        (one.tokens.lower(), one.label, kind, entities[other].tokens.lower())
        for one in entities.values()
        for kind, other in one.relations
    }
    return frozenset(alone | related)


Facts = Callable[[Mapping[str, Entity]], frozenset[tuple[object, ...]]]
LEVELS: Mapping[str, Facts] = {"simple": _simple, "partial": _partial, "complete": _complete}


def _score(truth: Annotation | None, said: Annotation | None, facts: Facts) -> float | None:
    if truth is None or said is None:
        return None
    left, right = facts(truth.entities), facts(said.entities)
    return 2 * len(left & right) / (len(left) + len(right)) if left and right else 0.0


def build(given: Given) -> Metric:
    """Give the metric."""
    return RadGraphF1(given)
