"""`overread models measure`: what a model is worth on films of one's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from overread.cli.printing import counting, note, print_json, print_table, say
from overread.cli.read import AsJson
from overread.cli.session import session_of

Name = Annotated[str, typer.Argument(metavar="NAME", help="A model, as 'models list' names it.")]


def measure(
    context: typer.Context,
    name: Name,
    data: Annotated[
        Path, typer.Option("--data", metavar="FOLDER", help="Labelled films: manifest.csv, or labels.csv, and images.")
    ],
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, metavar="N", help="Most films; one of each patient first.")
    ] = None,
    split: Annotated[
        str | None, typer.Option("--split", metavar="NAME", help="Only rows with this in the column 'split'.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="Only rows with this in the column 'source'.")
    ] = None,
    backend: Annotated[
        str | None, typer.Option("--backend", metavar="NAME", help="What runs it; else this process.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Folder of the card; else beside its entry.")
    ] = None,
    beside: Annotated[bool, typer.Option("--beside", help="Write card.json beside the weights as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure a model on your own labelled films and write its card; its votes count by it from then on."""
    settings = session_of(context).settings()
    from overread.cataloguing.own_entries import require_own_name
    from overread.measuring.card import write_beside, write_card
    from overread.measuring.film import Wanted
    from overread.measuring.model import Order
    from overread.measuring.model import measure as run
    from overread.serving.catalogue import folder_of

    require_own_name(name)
    order = Order(name, data, Wanted(split, source, limit), backend)
    with _bar(name) as progress:
        card = run(order, settings, progress)
    own = settings.own_catalogue / name
    path, page = write_card(card, out or own)
    if beside:
        write_beside(card, folder_of(name, settings))
    if as_json:
        print_json(card)
    else:
        _tell(card)
        say(f"card       {path}")
        say(f"page       {page}")
    if out is not None and out.absolute() != own.absolute():
        note(f"figures are read from {own}: without --out they count")


@contextmanager
def _bar(name: str) -> Iterator[Callable[[int, int], None]]:
    with counting() as progress:
        task = progress.add_task(f"Measuring {name}", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _tell(card: dict[str, Any]) -> None:
    data = card["data"]
    say(f"{data['read']} of {data['films']} films read")
    for why, count in data["not_read"].items():
        say(f"  {count} not read: {why}")
    table = Table("as", "label", "balanced accuracy", "AUROC", "95 % interval", "+ / −", box=None, pad_edge=False)
    for voter, labels in card["trust"].items():
        for label, entry in labels.items():
            area = card["figures"][voter][label].get("auroc")
            told = (f"{area['value']:.2f}", f"{area['low']:.2f} to {area['high']:.2f}") if area else ("–", "–")
            kinds = f"{entry['positive']} / {entry['negative']}"
            table.add_row(voter, label, f"{entry['balanced_accuracy']:.2f}", *told, kinds)
    for structure, entry in card["masks"].items():
        table.add_row(
            "Dice",
            structure,
            f"{entry['value']:.2f}",
            "–",
            f"{entry['low']:.2f} to {entry['high']:.2f}",
            f"{entry['n']}",
        )
    if table.row_count:
        print_table(table)
    for voter, labels in card["not_measured"].items():
        say(f"not measured as {voter}: {', '.join(labels)} (fewer than ten positives or negatives)")
