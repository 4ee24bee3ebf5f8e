"""Write the page: markup, style, script and data in one file."""

import base64
import io
import json
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from overread._version import __version__
from overread.evals.reporting._view import View
from overread.ports import Picture

SIDE = 160
"""Pixels of the longer side of a sample's picture."""


def write_page(view: View, path: Path) -> None:
    """Write one HTML file that asks for nothing beyond itself."""
    pages = Environment(loader=PackageLoader("overread.evals", "templates"), autoescape=True, undefined=StrictUndefined)
    text = pages.get_template("page.html.jinja").render(
        view=view, version=__version__, style=_asset("page.css"), script=_asset("page.js"), data=_inside_script(view)
    )
    path.write_text(text, encoding="utf-8")


def address_of(picture: Picture) -> str:
    """Give a picture [rows, columns] as the data address of a small JPEG."""
    image = Image.fromarray(picture)
    image.thumbnail((SIDE, SIDE))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=70)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def png_address(picture: Picture) -> str:
    """Give a picture [rows, columns] as the data address of a PNG, every pixel of it."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def _asset(name: str) -> Markup:
    return Markup((files("overread.evals") / "templates" / name).read_text(encoding="utf-8"))


def _inside_script(view: View) -> Markup:
    """Give the data as JSON that no text in it can end: `<` stands as an escape."""
    text = json.dumps(view.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
