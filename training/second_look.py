"""Measure whether a second look pays: a closer one at a place, or one lung against the mirror image of the other.

    python -m training.second_look

The VLM is asked whether a label is there, of the whole picture and of a crop around where the classifier sees the
label most (`--only zoom`), in pictures that have it and in as many that have not: balanced accuracy of either, and the
difference with its interval over patients. The side that the mirror tells is held against that of the classifier's
highest place (`--only sides`, `training.mirrored`). Phantoms are of the test split, films NIH's of patients that taught
nothing. Nothing of this is in the product: docs/training.md has what it gave.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.imaging.letterbox import letterbox
from overread.reasoning.questions import ask_about
from overread.records import Region
from overread.tools._places import region_of
from training.measures import resampled
from training.mirrored import side_figures, sides
from training.paths import RESULTS
from training.placed import Plane
from training.resolution import SIZE
from training.seen import ZOOMED, Seen, boxed_on_one_side, phantoms, placed, real, segmented
from training.vlm_data import template
from training.writer import Writer, parsed

PADDING = 1.5
"""Width and height of the crop, in those of the region."""
LEAST = 0.25
"""Part of the picture's longer side that a crop has at least: a nodule alone shows no lung around it."""
WORDS = 24


@dataclass(frozen=True)
class Pair:
    """A question about a picture, answered from the whole and from the crop; no answer counts as no."""

    patient: str
    truth: bool
    whole: bool
    zoomed: bool


def crop(picture: NDArray[np.uint8], region: Region) -> NDArray[np.uint8]:
    """Give the part of a picture [rows, columns] around a region: PADDING times as large, inside the picture."""
    least = LEAST * max(picture.shape)
    rows = _span(region.y, region.height, least, picture.shape[0])
    columns = _span(region.x, region.width, least, picture.shape[1])
    return picture[rows, columns]


def _span(start: int, length: int, least: float, whole: int) -> slice:
    """Give the pixels of one axis, moved into the picture where they reach over its edge."""
    wanted = min(whole, round(max(PADDING * length, least)))
    first = round(start + length / 2 - wanted / 2)
    first = min(max(first, 0), whole - wanted)
    return slice(first, first + wanted)


def pairs(writer: Writer, pictures: Sequence[Seen], label: str, each: int) -> list[Pair]:
    """Ask about a label in up to `each` pictures that have it and as many that have not."""
    having = [seen for seen in pictures if seen.known.get(label) is True][:each]
    lacking = [seen for seen in pictures if seen.known.get(label) is False][: len(having)]
    shown = [(seen, region) for seen in (*having, *lacking) if (region := _place(seen, label))]
    views = [seen.picture for seen, _ in shown] + [crop(seen.picture, region) for seen, region in shown]
    prompt = template("vqa").render(question=ask_about(label).text)
    texts = writer.write(np.stack([letterbox(view, SIZE).pixels for view in views]), [prompt] * len(views), WORDS)
    said = [str(parsed(text, "answer")).strip().lower() == "yes" for text in texts]
    return [
        Pair(seen.patient, seen.known[label], whole, zoomed)
        for (seen, _), whole, zoomed in zip(shown, said, said[len(shown) :], strict=False)
    ]


def _place(seen: Seen, label: str) -> Region | None:
    return region_of(seen.places[label], seen.picture.shape, sided=False)


def balanced(truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> float:
    """Give the mean of sensitivity and specificity, 0 to 1; both kinds of truth must be there."""
    return float((said[truth].mean() + 1 - said[~truth].mean()) / 2)


def zoom_figures(found: Sequence[Pair]) -> dict[str, Any]:
    """Give both balanced accuracies, sensitivities and specificities, and the gain with its interval over patients."""
    truth = np.array([pair.truth for pair in found])
    whole, zoomed = np.array([pair.whole for pair in found]), np.array([pair.zoomed for pair in found])
    draws = [rows for rows in resampled(np.array([pair.patient for pair in found])) if 0 < truth[rows].mean() < 1]
    gains = [balanced(truth[rows], zoomed[rows]) - balanced(truth[rows], whole[rows]) for rows in draws]
    low, high = np.quantile(gains, [0.025, 0.975])
    differ = whole != zoomed
    return {
        "positive": int(truth.sum()),
        "negative": int((~truth).sum()),
        "whole": [round(value, 3) for value in _rates(truth, whole)],
        "zoomed": [round(value, 3) for value in _rates(truth, zoomed)],
        "gain": [round(float(v), 3) for v in (balanced(truth, zoomed) - balanced(truth, whole), low, high)],
        "zoomed right where they differ": [int((zoomed == truth)[differ].sum()), int(differ.sum())],
    }


def _rates(truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> tuple[float, float, float]:
    return balanced(truth, said), float(said[truth].mean()), float(1 - said[~truth].mean())


def main() -> None:
    """Measure both and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phantoms", type=int, default=300, help="test phantoms to ask about")
    parser.add_argument("--films", type=int, default=30, help="films with a label asked about, and without")
    parser.add_argument("--only", choices=("sides", "zoom"), help="measure one of the two")
    options = parser.parse_args()
    start = time.process_time()
    results: dict[str, Any] = {}
    if options.only != "zoom":
        measure_sides(results)
    if options.only != "sides":
        measure_zoom(results, options.phantoms, options.films)
    results["processor seconds"] = round(time.process_time() - start)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "second_look.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(results["processor seconds"], "processor seconds")


def measure_sides(results: dict[str, Any]) -> None:
    """Add what is told of sides, of all test phantoms and boxed films with a sided label on one side."""
    drawn = list(placed([seen for seen in phantoms() if seen.sides]))
    _mirror(results, "phantoms, exact lungs", drawn, [seen.lungs for seen in drawn if seen.lungs])
    _mirror(results, "phantoms, segmented lungs", drawn, segmented(seen.picture for seen in drawn))
    boxed = list(placed(boxed_on_one_side()))
    _mirror(results, "films, segmented lungs", boxed, [seen.lungs for seen in boxed if seen.lungs])


def measure_zoom(results: dict[str, Any], drawn: int, films: int) -> None:
    """Add what the VLM answers of the whole and of the crop, of the first phantoms and of some films of each label."""
    writer = Writer()
    _zoom(results, "phantoms", writer, list(placed(phantoms()[:drawn])), drawn)
    _zoom(results, "films", writer, list(placed(real(films))), films)


def _mirror(results: dict[str, Any], where: str, pictures: Sequence[Seen], lungs: Sequence[Sequence[Plane]]) -> None:
    for label, told in sides(pictures, lungs).items():
        _keep(results, f"side, {where}: {label}", side_figures(told))


def _zoom(results: dict[str, Any], where: str, writer: Writer, pictures: Sequence[Seen], each: int) -> None:
    together: list[Pair] = []
    for label in ZOOMED:
        found = pairs(writer, pictures, label, each)
        together += found
        _keep(results, f"zoom, {where}: {label}", zoom_figures(found))
    _keep(results, f"zoom, {where}: all", zoom_figures(together))


def _keep(results: dict[str, Any], name: str, figures: dict[str, Any]) -> None:
    results[name] = figures
    print(name, figures, flush=True)


if __name__ == "__main__":
    main()
