"""`overread imagine`: synthetic chest radiographs from words, with their truth."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overread.cli.printing import note, print_json, say, working
from overread.cli.read import AsJson
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.imagining.written import Written

MOST_SEEDS = 80_000
KEPT = "truth.json"


def imagine(
    words: Annotated[
        str, typer.Argument(metavar="WORDS", help='What the picture shows: "large right pneumothorax, ETT too deep".')
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the pictures, one folder each.")],
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, max=MOST_SEEDS, help="Another seed, another patient.")
    ] = 0,
    count: Annotated[int, typer.Option("--count", metavar="N", min=1, max=1000, help="So many pictures.")] = 1,
    pipeline: Annotated[
        Path | None,
        typer.Option(
            "--pipeline", metavar="PATH", help="A diffusers pipeline's folder instead; truth is then unknown."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make synthetic chest radiographs of words, for tests and teaching; they are marked in pixels and header."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out}: is a file; name a folder")
    with working("Drawing"):
        made = _by_pipeline(words, out, seed, count, pipeline) if pipeline else _by_recipe(words, out, seed, count)
    if as_json:
        print_json({"pictures": [_told(each) for each in made]})
        return
    for each in made:
        say(str(each.image), "bold")
        say(f"    truth {each.truth}" + (f" · preview {each.preview}" if each.preview else ""))
        for lot in each.drawn_by_lot:
            say(f"    not said, so drawn by lot: {lot}", "dim")
    note("Synthetic, and marked so in pixels and header: for tests and teaching.")


def _by_recipe(words: str, out: Path, seed: int, count: int) -> "list[Written]":
    from overread.imagining.asked import asked_of
    from overread.imagining.planned import planned
    from overread.imagining.written import write

    asked = asked_of(words)
    # All are planned before the first is written: what cannot be drawn leaves nothing behind.
    plans = [planned(asked, seed, index) for index in range(count)]
    return [write(asked, plan, seed, index, _folder(out, index)) for index, plan in enumerate(plans)]


def _by_pipeline(words: str, out: Path, seed: int, count: int, folder: Path) -> "list[Written]":
    from overread.imagining.pipeline import Pipeline
    from overread.imagining.written_unknown import write_unknown

    made = Pipeline.of_folder(folder)
    return [
        write_unknown(made.image(words, seed + index), words, seed + index, _folder(out, index), made)
        for index in range(count)
    ]


def _folder(out: Path, index: int) -> Path:
    return out / f"{index + 1:03d}"


def _told(written: "Written") -> dict[str, Any]:
    import json

    return {
        "image": str(written.image),
        "truth_file": str(written.truth),
        "preview": str(written.preview) if written.preview else None,
        **json.loads(written.truth.read_text(encoding="utf-8")),
    }
