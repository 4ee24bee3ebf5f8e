"""`overread models`: which weights are there, what their cards say, whether they are whole; others join them."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from overread.cli.model_add import add, remove
from overread.cli.model_assemble import assemble
from overread.cli.model_export import export
from overread.cli.model_measure import measure
from overread.cli.printing import complain, print_json, print_table, say, working
from overread.cli.read import AsJson, Profile
from overread.cli.session import session_of

Name = Annotated[str, typer.Argument(metavar="NAME", help="A model, as 'models list' names it.")]


def build() -> typer.Typer:
    """Build the group `models`."""
    app = typer.Typer(
        help="Models: which there are, their cards, whether they are whole; add and measure others'.",
        no_args_is_help=True,
    )
    app.command("list")(list_models)
    app.command("card")(card)
    app.command("check")(check)
    app.command("add")(add)
    app.command("remove")(remove)
    app.command("measure")(measure)
    app.command("export")(export)
    app.command("assemble")(assemble)
    return app


def list_models(context: typer.Context, as_json: AsJson = False) -> None:
    """List the models that ship with their weights, and those of the catalogue with their terms and profiles."""
    from overread.cli import catalogue

    settings = session_of(context).settings()
    rows = [_row(folder) for folder in shipped()]
    others = catalogue.rows(settings, {row["name"] for row in rows})
    if as_json:
        print_json([*rows, *others])
        return
    table = Table("model", "architecture", "MB", "weights", "card", box=None, pad_edge=False)
    for row in rows:
        card_there = "yes" if row["card"] else "missing"
        table.add_row(row["name"], row["architecture"], f"{row['bytes'] / 1e6:.1f}", row["digest"][:12], card_there)
    print_table(table)
    say()
    catalogue.print_listed(others)


def shipped() -> list[Path]:
    """Give the folders of the models that ship."""
    from overread import weights

    return sorted(path.parent for path in weights.SHIPPED.glob("*/config.json"))


def _row(folder: Path) -> dict[str, Any]:
    from overread import weights

    return {
        "name": folder.name,
        "architecture": ", ".join(weights.config(folder).get("architectures") or ["unknown"]),
        "bytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        "digest": weights.digest(folder),
        "card": (folder / "card.json").is_file(),
    }


def card(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Print a model's card: data, licences, held-out figures, failure modes; of a catalogued one terms and memory."""
    from overread import weights
    from overread.cli import catalogue
    from overread.serving.catalogue import known

    settings = session_of(context).settings()
    entries = {entry.name: entry for entry in known(settings)}
    if name in entries and name not in {path.name for path in shipped()}:
        if as_json:
            print_json(entries[name].model_dump(mode="json"))
        else:
            catalogue.print_card(entries[name], settings)
        return
    folder = weights.folder(name)
    if as_json:
        print_json(weights.card(folder))
        return
    readme = folder / "README.md"
    if readme.is_file():
        from rich.markdown import Markdown

        Console().print(Markdown(readme.read_text(encoding="utf-8")))
    else:
        print_json(weights.card(folder))


def check(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Models; all when none is named.")
    ] = None,
    profile: Profile = None,
) -> None:
    """Check that models are whole: files present, digest as in the card, and that each loads and answers."""
    settings = session_of(context).settings(profile=profile)
    from overread.cli.model_check import check_model, check_roles

    with working("Checking the models"):
        results = [check_model(name, settings) for name in names or [folder.name for folder in shipped()]]
        results += check_roles(settings, names or ())
    bad = [result for result in results if result.problem]
    for result in results:
        say(f"{'FAIL' if result.problem else 'ok':5}{result.what}  {result.problem or result.detail}")
    if not results:
        complain("no model is there; 'models' of this installation is empty")
    if bad or not results:
        raise typer.Exit(1)
