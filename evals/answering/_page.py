"""The page of a benchmark run: figures, and every sample with its picture, to be opened without a network."""

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from overread.evals.answering._pictures import Album
from overread.evals.answering._result import BenchmarkResult
from overread.evals.benchmarks._item import Item
from overread.ports import Picture

SIDE = 112
"""Pixels of the longer side of a sample's picture."""


def write_page(result: BenchmarkResult, pictures: Mapping[str, str], out: Path) -> None:
    """Write `results.json` and `report.html`; `pictures` maps a sample's id to the address of its picture."""
    (out / "results.json").write_text(result.model_dump_json(indent=1), encoding="utf-8")
    pages = Environment(loader=PackageLoader("overread.evals", "templates"), autoescape=True, undefined=StrictUndefined)
    shown = sorted(set(pictures.values()))
    place = {address: number for number, address in enumerate(shown)}
    numbered = {sample: place[address] for sample, address in pictures.items()}
    text = pages.get_template("benchmark.html.jinja").render(result=result, shown=shown, numbered=numbered)
    (out / "report.html").write_text(text, encoding="utf-8")


def small_pictures(items: Sequence[Item], album: Album) -> dict[str, str]:
    """Give each item the address of its first picture, small; an item without one has none."""
    found = {}
    for item in items:
        pictures = album.of(item).pictures
        if pictures:
            found[item.id] = _address(pictures[0])
    return found


def _address(picture: Picture) -> str:
    image = Image.fromarray(picture)
    image.thumbnail((SIDE, SIDE))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=70)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
