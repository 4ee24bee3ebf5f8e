"""Small figures for the model cards; pictures are of phantoms only."""

import csv
from pathlib import Path
from typing import Any

import numpy as np

from training.gallery import draw_gallery
from training.paths import WORK


def draw_figures(name: str, results: dict[str, Any], folder: Path) -> list[str]:
    """Draw what a model's card shows and give the file names."""
    import matplotlib

    matplotlib.use("Agg")
    made = [_curve(name, folder)]
    if name in ("clip", "classifier"):
        made.append(_reliability(results["reliability"], folder))
    if name == "segmenter":
        made.append(_overlays(folder))
    if results.get("gallery"):
        made.append(draw_gallery(results["gallery"], folder))
    return [path for path in made if path is not None]


def _save(figure: Any, path: Path) -> str:
    figure.savefig(path, dpi=70, bbox_inches="tight")
    path.chmod(0o644)
    return path.name


def _curve(name: str, folder: Path) -> str | None:
    from matplotlib.figure import Figure

    path = WORK / {"clip": "tower"}.get(name, name) / "curve.csv"
    if not path.exists():
        return None
    with path.open(encoding="utf-8", newline="") as handle:
        rows = [(float(row["step"]), float(row["loss"])) for row in csv.DictReader(handle)]
    steps, losses = np.array(rows).T
    width = max(1, len(losses) // 20)
    smooth = np.convolve(losses, np.ones(width) / width, mode="valid")
    figure = Figure(figsize=(4, 2.6))
    axis = figure.add_subplot()
    axis.plot(steps, losses, color="0.8")
    axis.plot(steps[width - 1 :], smooth)
    axis.set(xlabel="step", ylabel="training loss")
    return _save(figure, folder / "curve.png")


def _reliability(curves: dict[str, Any], folder: Path) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2, 3))
    axis = figure.add_subplot()
    axis.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for source, points in curves.items():
        axis.plot(*np.array(points).T, marker="o", markersize=3, label=source)
    axis.set(xlabel="probability given", ylabel="share present")
    axis.legend()
    return _save(figure, folder / "reliability.png")


def _overlays(folder: Path) -> str:
    """Draw the segmenter's masks on held-out phantoms, the worst first."""
    from PIL import Image

    from training.phantom_cache import Phantoms
    from training.segmenter_films import load_segmenter, phantom_films
    from training.segmenter_measures import heart_dice, lung_dice

    films = phantom_films(load_segmenter(), "test", 80)
    images = Phantoms("test", frontal_only=True).images
    order = np.argsort([lung_dice(film) + heart_dice(film) for film in films])
    tiles = []
    for index in [*order[:3], *order[-3:]]:
        picture = np.repeat(images[index][..., None], 3, 2).astype(np.float32)
        for channel, colour in enumerate(((90, 0, 0), (0, 90, 0), (0, 0, 110))):
            picture += (films[index].chance[channel] >= 0.5)[..., None] * np.array(colour, np.float32)
        tiles.append(np.clip(picture, 0, 255).astype(np.uint8)[::2, ::2])
    Image.fromarray(np.concatenate(tiles, 1)).convert("P", palette=Image.Palette.ADAPTIVE, colors=96).save(
        folder / "overlays.png", optimize=True
    )
    (folder / "overlays.png").chmod(0o644)
    return "overlays.png"
