"""`overread models export`: graphs of ONNX, for machines without torch."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import print_json, say, working
from overread.cli.read import AsJson
from overread.cli.session import session_of
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.ports import Picture

TINY = ("segmenter", "clip", "classifier")
PICTURES = (".png", ".jpg", ".jpeg")


def export(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Models; else those of the profile 'tiny'.")
    ] = None,
    films: Annotated[
        Path | None, typer.Option("--films", metavar="FOLDER", help="Compare on its PNG and JPEG too, 50 at most.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Where; else <home>/models/onnx, where it is used.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write models as ONNX in float32, compared with torch; the profile 'tiny' reads with them, without torch."""
    settings = session_of(context).settings()
    from overread.cataloguing.exporting import export as write

    pictures = _pictures(films) if films else []
    done = []
    for name in names or TINY:
        with working(f"Exporting {name}"):
            done.append(write(name, settings, pictures, out))
        if not as_json:
            told = done[-1]["compared"]
            say(
                f"{name}  differs from torch by {told['largest']:.1e} at most ({told['tolerance']:.0e} is allowed), "
                f"{told['phantoms']} phantoms and {told['films']} films"
            )
            say(f"  {done[-1]['path']}")
    if as_json:
        print_json(done)


def _pictures(folder: Path) -> "list[Picture]":
    import numpy as np
    from PIL import Image

    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)[:50]
    if not found:
        raise UsageError("--films: there is no PNG or JPEG in this folder")
    return [np.asarray(Image.open(path).convert("L")) for path in found]
