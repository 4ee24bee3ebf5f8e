"""Choose from what ratio of extents on a finding has grown, measure that on other pairs, and write it into heads.json.

    python -m training.growth_eval [LABEL ...]

Pairs are of phantoms (`overread.testing.phantoms.pairs`): one finding grows, stays or shrinks while position, turn and
projection differ. Cuts are chosen on CHOSEN pairs a label and measured on MEASURED others, of other patients; only
pairs count whose finding the network calls in both pictures, as the product compares no others. No film tells a size:
on films nothing is measured, and no extent is compared there.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from overread.backends.transformers import build
from overread.evals._intervals import wilson
from overread.imaging.registration import align
from overread.ports import Picture, PlacingBackend, SegmentationBackend
from overread.reasoning.opinions import CARDIOTHORACIC_RATIO
from overread.settings import ModelSpec, Settings
from overread.testing.phantoms import PhantomRecipe, render, to_display
from overread.testing.phantoms.pairs import CHANGING, Course, sample_pair
from overread.tools._chest_measures import measure_chest
from overread.tools._growth import extent, growth_ratio
from overread.tools._heads import heads_beside
from overread.tools._masks import organ_mask
from overread.tools.segmentation import STRUCTURES
from training.cards import rewrite_card
from training.paths import MODELS, RESULTS

FIRST = 3_000_000
"""Number of the first pair: of patients that taught nothing."""
CHOSEN, MEASURED = 36, 48
COURSES: tuple[Course, ...] = ("increased", "unchanged", "decreased")
CUTS = (*(round(1.02 + 0.01 * step, 2) for step in range(20)), *(round(1.25 + 0.05 * step, 2) for step in range(60)))
BY_RATIO = frozenset({"Cardiomegaly"})
"""Labels whose map does not grow with them: by it .71 (.57 to .82) of 48 courses of a heart were right."""


class Pair(NamedTuple):
    """One pair as the models see it."""

    course: Course
    ratio: float
    called: bool
    """Whether the network calls the label in both pictures."""


class Eyes:
    """The segmenter and the classifier as the product has them."""

    def __init__(self) -> None:
        self.segmenter: SegmentationBackend = _model("segmenter")
        self.classifier: PlacingBackend = _model("classifier")
        heads = heads_beside(self.classifier.card)
        self.thresholds = {head.name: head.threshold for head in heads.labels} if heads else {}

    def pair(self, number: int, label: str, course: Course) -> Pair | None:
        """See one pair; None where the lungs cannot be laid over each other."""
        drawn = sample_pair(number, label=label, course=course)
        then, now = (_picture(recipe) for recipe in (drawn.then, drawn.now))
        called = all(self.classifier.score_labels(picture)[label] >= self.thresholds[label] for picture in (then, now))
        ratio = self._by_ratio(then, now) if label in BY_RATIO else self._by_map(then, now, label)
        return None if ratio is None else Pair(course, ratio, called)

    def _by_ratio(self, then: Picture, now: Picture) -> float | None:
        old, new = (self._ratio(picture) for picture in (then, now))
        return new / old if new and old else None

    def _by_map(self, then: Picture, now: Picture, label: str) -> float | None:
        alignment = align(self.lungs(then), self.lungs(now))
        places = [self.classifier.score_and_place(picture).place for picture in (then, now)]
        if alignment is None or places[0] is None or places[1] is None:
            return None
        return growth_ratio(extent(places[1](label)), extent(places[0](label)), alignment.growth)

    def _ratio(self, picture: Picture) -> float | None:
        maps = self.segmenter.segment(picture)
        masks = {name: organ_mask(maps[name], 0.5) for name in STRUCTURES}
        found = measure_chest({name: mask for name, mask in masks.items() if mask.any()}, None).measured
        return next((one.figure.value for one in found if one.figure.name == CARDIOTHORACIC_RATIO), None)

    def lungs(self, picture: Picture) -> NDArray[np.bool_]:
        """Draw both lungs as one mask [rows, columns], as the product draws them."""
        maps = self.segmenter.segment(picture)
        return organ_mask(maps["right_lung"], 0.5) | organ_mask(maps["left_lung"], 0.5)


def right(pairs: Sequence[Pair], cut: float) -> int:
    """Count the pairs whose course a cut tells."""
    return sum(_course(pair.ratio, cut) == pair.course for pair in pairs)


def chosen(pairs: Sequence[Pair]) -> float:
    """Give the cut that tells most pairs, the middle one of equals."""
    counts = [right(pairs, cut) for cut in CUTS]
    best = [cut for cut, count in zip(CUTS, counts, strict=True) if count == max(counts)]
    return best[len(best) // 2]


def measured(pairs: Sequence[Pair], cut: float) -> dict[str, float | int]:
    """Give the share of right courses with its 95 % interval (Wilson)."""
    count, hits = len(pairs), right(pairs, cut)
    interval = wilson(hits, count)
    share = hits / count if count else 0.0
    return {"right": round(share, 4), "low": round(interval[0], 4), "high": round(interval[1], 4), "count": count}


def main() -> None:
    """Measure labels, print the table and write it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("labels", nargs="*", default=CHANGING, help="all of them by default")
    eyes, table = Eyes(), {}
    for label in parser.parse_args().labels:
        first = FIRST + CHANGING.index(label) * (CHOSEN + MEASURED)
        pairs = list(_pairs(eyes, label, range(first, first + CHOSEN + MEASURED)))
        mine = [pair for pair in pairs[:CHOSEN] if pair and pair.called]
        others = [pair for pair in pairs[CHOSEN:] if pair and pair.called]
        if mine and others:
            cut = chosen(mine)
            by = "ratio" if label in BY_RATIO else "map"
            table[label] = {"by": by, "cut": cut, "phantom": measured(others, cut)}
            print(label, table[label], flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "growth.json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    write(table)


def write(table: Mapping[str, Mapping[str, Any]]) -> None:
    """Write each label's cut and figures into heads.json, and all of them into the card."""
    path = MODELS / "classifier" / "heads.json"
    spec = json.loads(path.read_text(encoding="utf-8"))
    for item in spec["labels"]:
        if item["name"] in table:
            item["growth"] = table[item["name"]]
    path.write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")
    rewrite_card("classifier")


def _pairs(eyes: Eyes, label: str, numbers: Sequence[int]) -> Iterator[Pair | None]:
    for number in tqdm(numbers, desc=label):
        yield eyes.pair(number, label, COURSES[number % len(COURSES)])


def _model(name: str) -> Any:
    return build(ModelSpec(backend="transformers", model=name), Settings())


def _course(ratio: float, cut: float) -> Course:
    return "increased" if ratio >= cut else "decreased" if ratio <= 1 / cut else "unchanged"


def _picture(recipe: PhantomRecipe) -> Picture:
    return to_display(render(recipe))


if __name__ == "__main__":
    main()
