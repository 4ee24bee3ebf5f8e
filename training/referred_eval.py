"""Measure what words refer to, `overread tool segmentation --text`, against exact truth and against radiologists.

    python -m training.referred_eval phantoms 40
    python -m training.referred_eval films 31
    python -m training.referred_eval print

Each phantom is asked for an organ or a zone, and for a finding: in turn one that is there, the same on the other side,
and one that is not there. An organ is right by a mask with an intersection over union of 0.5 (RIGHT); a finding that is
there by a box that overlaps its own at all, one that is not there, or not on that side, by none. Beside it a baseline
without eyes: the half of the picture that the words name, and for every finding the box of the true lung on that side.
Real films have outlines of the lungs by radiologists, which stop at the heart: what the drawn cardiomediastinum covers
counts for nothing. Only films whose licence kept them out of training are asked. Answers are kept one by one.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overread.composition import open_room
from overread.evals._intervals import clustered, weighted_mean, wilson
from overread.grounding import Grounded, ground
from overread.imagining.asked import asked_of
from overread.imagining.planned import planned
from overread.reading_room import ReadingRoom
from overread.reasoning.zones import DOME
from overread.records import Region
from overread.settings import load_settings
from overread.standalone import admit
from overread.testing.phantoms import Phantom, render, to_dicom
from overread.tools._masks import bounding_box
from training.data import manifest
from training.paths import WORK, data_root, work

Plane = NDArray[np.bool_]
RIGHT = 0.5
SIZE = 512
PATIENCE = 3600.0
"""Seconds a tool may take: a machine at work elsewhere is no wrong answer."""
FINDINGS = (("large", "pneumothorax"), ("large", "effusion"), ("large", "consolidation"))
ANSWERS = WORK / "results" / "referred.jsonl"


@dataclass(frozen=True)
class Asked:
    """One phrase of one picture, and what came of it."""

    source: str
    picture: str
    kind: str
    words: str
    status: str
    right: bool
    baseline_right: bool
    overlap: float | None
    """Intersection over union with the truth, 0 where there was no answer; None where nothing is there."""
    baseline_overlap: float | None


def overlap(one: Plane, other: Plane, ignore: Plane | None = None) -> float:
    """Give intersection over union of masks; pixels to ignore count for neither."""
    kept = np.ones_like(one) if ignore is None else ~ignore
    union = int(((one | other) & kept).sum())
    return int((one & other & kept).sum()) / union if union else 0.0


def boxed(shape: tuple[int, int], region: Region | None) -> Plane:
    """Fill a box; None: nothing."""
    plane = np.zeros(shape, bool)
    if region is not None:
        plane[region.y : region.y + region.height, region.x : region.x + region.width] = True
    return plane


def half(shape: tuple[int, int], words: str) -> Plane:
    """Give the side that words name, the patient's, of a picture hung as usual; all of it where they name none."""
    plane = np.ones(shape, bool)
    if "left" in words:
        plane[:, : shape[1] // 2] = False
    elif "right" in words:
        plane[:, shape[1] // 2 :] = False
    return plane


def organ(found: Grounded, truth: Plane, words: str, source: str, picture: str, ignore: Plane | None = None) -> Asked:
    """Compare a mask with the truth."""
    got = 0.0 if found.mask is None else overlap(found.mask, truth, ignore)
    blind = overlap(half((truth.shape[0], truth.shape[1]), words), truth, ignore)
    kind = "zone" if "zone" in words else "heart" if "heart" in words else "lung"
    return Asked(source, picture, kind, words, found.status, got >= RIGHT, blind >= RIGHT, got, blind)


def finding(found: Grounded, truth: Plane | None, lung: Plane, kind: str, words: str, picture: str) -> Asked:
    """Compare a box with the one around a finding; `truth` None: it is not there, or not where the words put it."""
    shape = (lung.shape[0], lung.shape[1])
    if truth is None:
        return Asked("phantom", picture, kind, words, found.status, found.region is None, False, None, None)
    wanted = boxed(shape, bounding_box(truth))
    got, blind = overlap(boxed(shape, found.region), wanted), overlap(boxed(shape, bounding_box(lung)), wanted)
    return Asked("phantom", picture, kind, words, found.status, got > 0, blind > 0, got, blind)


def organ_truth(phantom: Phantom, words: str) -> Plane:
    """Give the true mask of an organ, or of a third of a lung as `overread.grounding` cuts it."""
    if "heart" in words:
        return phantom.masks["heart"]
    side, zone = words.split()[:2]
    mask = phantom.masks[f"{side}_lung_full"]
    box = bounding_box(mask)
    if zone not in ("upper", "lower") or box is None:
        return mask
    third, kept = DOME * box.height / 3, np.zeros_like(mask)
    rows = slice(0, round(box.y + third)) if zone == "upper" else slice(round(box.y + 2 * third), None)
    kept[rows] = mask[rows]
    return kept


def phantoms(room: ReadingRoom, folder: Path, first: int, count: int) -> Iterator[Asked]:
    """Ask two phrases of each of `count` phantoms, from number `first` on."""
    organs = ("left lung", "right upper zone", "heart", "right lung", "left lower zone")
    for index in range(first, first + count):
        side, other = ("left", "right") if index // 3 % 2 else ("right", "left")
        size, noun = FINDINGS[index // 6 % 3]
        recipe = planned(asked_of(f"{size} {side} {noun}"), 0, index).recipe
        phantom, name, image = render(recipe, SIZE), f"phantom {index}", folder / f"{index}.dcm"
        to_dicom(phantom).save_as(image, enforce_file_format=True)
        admitted = admit(room, [image], gated=False)
        words = organs[index % len(organs)]
        yield organ(ground(room, admitted, words), organ_truth(phantom, words), words, "phantom", name)
        kind = ("there", "other side", "not there")[index % 3]
        absent = FINDINGS[(index // 6 + 1) % 3][1]
        phrase = {"there": f"{noun} on the {side}", "other side": f"{noun} on the {other}", "not there": absent}[kind]
        truth = phantom.masks[recipe.findings[0].key] if kind == "there" else None
        lung = phantom.masks[f"{side}_lung_full"]
        yield finding(ground(room, admitted, phrase), truth, lung, kind, phrase, name)


def films(room: ReadingRoom, first: int, count: int) -> Iterator[Asked]:
    """Ask for both lungs of real films, each by its own phrase."""
    root = data_root() / "cxr"
    rows = [row for row in manifest() if not row.trainable and _has_lungs(row.fields["structures"])]
    for row in rows[first : first + count]:
        drawn = json.loads(row.fields["structures"])
        admitted = admit(room, [root / row.fields["path"]], gated=False)
        planes = {name: _mask(root / drawn[name]) for name in ("left_lung", "right_lung", "cardiomediastinum")}
        for side in ("left", "right"):
            found = ground(room, admitted, f"{side} lung")
            truth = planes[f"{side}_lung"]
            yield organ(
                found, truth, f"{side} lung", "film", row.fields["patient_id"], planes["cardiomediastinum"] & ~truth
            )


def _has_lungs(structures: str) -> bool:
    return {"left_lung", "right_lung", "cardiomediastinum"} <= set(json.loads(structures or "{}"))


def _mask(path: Path) -> Plane:
    with Image.open(path) as drawn:
        return np.asarray(drawn.convert("L")) > 0


def table(answers: Sequence[Asked]) -> str:
    """Print each kind: how many, the share that was right, the overlap, the baseline's; 95 % intervals."""
    lines = ["| what | phrases | right | baseline right | overlap | baseline overlap |", "|---|---|---|---|---|---|"]
    for source, kind in sorted({(each.source, each.kind) for each in answers}):
        mine = [each for each in answers if (each.source, each.kind) == (source, kind)]
        cells = [
            _share(mine, lambda each: each.right),
            _share(mine, lambda each: each.baseline_right),
            _mean(mine, lambda each: each.overlap),
            _mean(mine, lambda each: each.baseline_overlap),
        ]
        lines.append(f"| {source}, {kind} | {len(mine)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _share(answers: Sequence[Asked], of: Callable[[Asked], bool]) -> str:
    right = sum(map(of, answers))
    if len({each.picture for each in answers}) == len(answers):
        low, high = wilson(right, len(answers))
        return f"{right / len(answers):.2f} ({low:.2f} to {high:.2f})"
    return _mean(answers, lambda each: float(of(each)))


def _mean(answers: Sequence[Asked], of: Callable[[Asked], float | None]) -> str:
    known = [(each.picture, value) for each in answers if (value := of(each)) is not None]
    if not known:
        return "–"
    figure = weighted_mean(np.asarray([value for _, value in known], np.float64))
    value, low, high = clustered(figure, [picture for picture, _ in known])
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def main(what: str, count: int = 0) -> None:
    """Ask, answer by answer into a file that a later call goes on with; or print the table."""
    lines = ANSWERS.read_text().splitlines() if ANSWERS.is_file() else []
    done: list[dict[str, Any]] = [json.loads(line) for line in lines]
    if what == "print":
        print(table([Asked(**each) for each in done]))
        return
    # Two phrases a picture.
    first = sum((each["source"] == "phantom") == (what == "phantoms") for each in done) // 2
    work("results", "referred.jsonl")
    with (
        tempfile.TemporaryDirectory() as scratch,
        ANSWERS.open("a") as kept,
        open_room(load_settings(home=Path(scratch) / "home", tool_seconds=PATIENCE)) as room,
    ):
        folder = Path(scratch)
        each = phantoms(room, folder, first, count) if what == "phantoms" else films(room, first, count)
        for answer in each:
            kept.write(json.dumps(asdict(answer)) + "\n")
            kept.flush()


if __name__ == "__main__":
    main(sys.argv[1], *(int(each) for each in sys.argv[2:3]))
