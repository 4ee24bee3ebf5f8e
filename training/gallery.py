"""Failure galleries of the cards: the held-out phantoms that a model got most wrong, with what is true and was said."""

from pathlib import Path
from textwrap import fill, shorten
from typing import Any

import numpy as np

from training.facts import Facts
from training.phantom_cache import Phantoms

MOST = 6
WIDTH, LONGEST = 46, 130


def truth_of(facts: Facts) -> str:
    """Write a phantom's findings in a few words."""
    parts = []
    for finding in facts.findings:
        words = (finding.severity, finding.laterality, finding.zone, finding.device, finding.position)
        detail = " ".join(word.replace("_", " ") for word in words if word)
        parts.append(f"{finding.label} ({detail})" if detail else finding.label)
    return "; ".join(parts) or "normal"


def draw_gallery(failures: list[dict[str, Any]], folder: Path) -> str:
    """Draw {number, truth, said} of up to six phantoms as gallery.png and give its name."""
    from matplotlib.figure import Figure

    phantoms = Phantoms("test", frontal_only=True)
    place = {int(number): index for index, number in enumerate(phantoms.numbers)}
    figure = Figure(figsize=(9, 7.4))
    for axis, item in zip(figure.subplots(2, MOST // 2).flat, failures[:MOST], strict=False):
        axis.imshow(phantoms.images[place[item["number"]]], cmap="gray", vmin=0, vmax=255)
        axis.set_xticks([])
        axis.set_yticks([])
        lines = (f"true: {item['truth']}", f"said: {item['said']}")
        said = "\n".join(fill(shorten(line, LONGEST, placeholder=" …"), WIDTH) for line in lines)
        axis.set_xlabel(said, fontsize=7, loc="left")
    path = folder / "gallery.png"
    figure.tight_layout()
    figure.savefig(path, dpi=75)
    path.chmod(0o644)
    return path.name


def worst(losses: np.ndarray) -> list[int]:
    """Give the places of the greatest losses, the greatest first."""
    return [int(index) for index in np.argsort(losses)[::-1][:MOST]]
