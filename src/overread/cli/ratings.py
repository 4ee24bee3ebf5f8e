"""`overread ratings`: a page on which readers rate reports, and what their answers come to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from overread.cli.printing import print_json, print_table, say
from overread.cli.read import AsJson
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.evals.ratings.figures import RatedResult


def build() -> typer.Typer:
    """Register its commands."""
    app = typer.Typer(help="Let readers rate reports, blinded, and count what they said.", no_args_is_help=True)
    app.command("form")(form)
    app.command("read")(read)
    return app


def form(
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULTS.json...", help="Of overread score: one, or two to compare.")
    ],
    name: Annotated[
        list[str] | None, typer.Option("--name", metavar="NAME", help="Name of each system. The folder's without it.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Most items.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="For the order of items, and which report is A.")] = 0,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for form.html and key.json.")] = Path(
        "out/ratings"
    ),
) -> None:
    """Make a page for readers and the key that opens the blinding."""
    from overread.evals.ratings.form import FORM, KEY, make_form, read_results

    if len(results) > 2:
        raise UsageError("give one results.json, or two to compare")
    names = name or [path.resolve().parent.name for path in results]
    if len(names) != len(results):
        raise UsageError("give --name once for each results.json")
    key = make_form([(one, read_results(path)) for one, path in zip(names, results, strict=True)], out, seed, limit)
    say(f"{len(key.items)} items  {out / FORM}")
    say(f"keep from the readers  {out / KEY}", "bold")


def read(
    ratings: Annotated[list[Path], typer.Argument(metavar="FILE.csv...", help="What readers saved.")],
    key: Annotated[Path | None, typer.Option("--key", metavar="FILE", help="The key.json of the form.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count errors and preferences with 95 % intervals over cases, and how far the readers agree."""
    from overread.evals.ratings.answers import read_key, read_ratings
    from overread.evals.ratings.figures import figures_of

    if key is None:
        raise UsageError("give --key FILE, the key.json that overread ratings form wrote beside the page")
    opened = read_key(key)
    result = figures_of(read_ratings(ratings, opened), opened)
    print_json(result.model_dump(mode="json")) if as_json else _tell(result)


def _tell(result: "RatedResult") -> None:
    table = Table("of", "measure", "value (95 %)", "items", "readers", box=None, pad_edge=False)
    for row in result.figures:
        value = f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"
        table.add_row(Text(row.of), Text(row.measure), value, str(row.items), str(row.readers))
    print_table(table)
    for absent in result.undefined:
        say(f"no figure: {absent} (everybody always said the same)", "dim")
    for comment in result.comments:
        say(comment)
