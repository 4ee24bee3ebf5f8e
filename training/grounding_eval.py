"""Measure the boxes that the VLM gives of findings against the phantoms' own."""

import random
import re
from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.facts import Facts
from training.measures import interval
from training.questions import Asked, box
from training.vlm_data import template
from training.writer import Writer, parsed

BOX = re.compile(r"\d{1,2}( \d{1,2}){3}")
BOX_HIT = 0.3
EACH = 24


def overlap(said: str, true: str) -> float:
    """Give intersection over union of two boxes as the model writes them; 0 where either is no box."""
    if not (BOX.fullmatch(said) and BOX.fullmatch(true)):
        return 0.0
    a, b = ([int(edge) for edge in text.split()] for text in (said, true))
    sides = [max(0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1)]
    areas = [max(0, box[2] - box[0]) * max(0, box[3] - box[1]) for box in (a, b)]
    union = sum(areas) - sides[0] * sides[1]
    return sides[0] * sides[1] / union if union else 0.0


def grounding(writer: Writer, images: NDArray[np.uint8], facts: list[Facts]) -> dict[str, Any]:
    """Ask for the box of each label in up to 24 films that show it: the share that overlaps the true box enough.

    `images` (n, SIZE, SIZE) has one for each of `facts`.
    """
    draw = random.Random(7)
    asked: list[Asked] = []
    index: list[int] = []
    for label in sorted({name for item in facts for name in item.boxes}):
        films = [number for number, item in enumerate(facts) if label in item.boxes]
        for number in draw.sample(films, min(len(films), EACH)):
            asked.append(box(facts[number], label, draw))
            index.append(number)
    answers = writer.write(images[index], [template("vqa").render(question=item.question) for item in asked], 24)
    hits: dict[str, list[float]] = defaultdict(list)
    for item, text in zip(asked, answers, strict=True):
        hits[str(item.label)].append(float(overlap(str(parsed(text, "answer")), item.answer) >= BOX_HIT))
    return {label: interval(values) for label, values in hits.items()}
