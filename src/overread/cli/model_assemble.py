"""`overread models assemble`: one folder of a published checkpoint and the parts that it stands on."""

from pathlib import Path
from typing import Annotated

import typer

from overread.cli.printing import print_json, say, working
from overread.cli.read import AsJson


def assemble(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="medclip or minigpt-4.")],
    weights: Annotated[Path, typer.Option("--weights", metavar="FILE", help="The published checkpoint.")],
    vision: Annotated[
        Path, typer.Option("--vision", metavar="FOLDER", help="The vision tower's folder; of minigpt-4: a BLIP-2.")
    ],
    text: Annotated[
        Path,
        typer.Option("--text", metavar="FOLDER", help="Folder of the text tower; of minigpt-4: a Vicuna or Llama."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="The new folder, for 'models add'.")],
    as_json: AsJson = False,
) -> None:
    """Write a folder that 'models add' takes, of a checkpoint in its authors' own format; nothing is downloaded."""
    from overread.cataloguing.assembling import PartsOfModel
    from overread.cataloguing.assembling import assemble as write

    with working("Assembling"):
        write(kind, PartsOfModel(weights, vision, text), out)
    if as_json:
        print_json({"kind": kind, "path": str(out.absolute())})
        return
    say(f"written  {out}")
    say(f"next     overread models add NAME {out} --licence NAME --licence-url URL")
