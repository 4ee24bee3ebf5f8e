"""Tables of the figures: in the terminal, and as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from training.draft_eval.figures import RATIOS
from training.measures import Figure

Results = Mapping[str, Any]
Rows = list[list[str]]
NONE = "–"
WIDEST = 220


def tables(
    results: Results, changed: Mapping[str, Mapping[str, Figure]], before: Results | None
) -> list[tuple[str, Rows]]:
    """Give each table with its title: header row first."""
    found = []
    for kind, whole in results["sets"].items():
        title = f"{kind}: {whole['studies']} studies of {whole['patients']} patients, {whole['normal']} of them normal"
        found.append((title, _by_variant(whole["variants"])))
        found.append((f"{kind}, by label (present or possible, the whole program)", _by_label(whole["labels"])))
        if before is not None and kind in changed:
            found.append((f"{kind}, before and now", _compared(before["sets"][kind], whole, changed[kind])))
    found.append(("seconds", _seconds(results["seconds"])))
    return found


def markdown(found: Sequence[tuple[str, Rows]], made: Mapping[str, Any]) -> str:
    """Give the page of all tables."""
    lines = ["# Drafts, held against what is known", ""]
    lines += [f"- {name}: {value}" for name, value in made.items()]
    lines += ["", "95 % intervals over patients, in brackets; findings whose label is unknown count nothing."]
    for title, rows in found:
        lines += ["", f"## {title}", "", _line(rows[0]), _line(["---"] * len(rows[0]))]
        lines += [_line(row) for row in rows[1:]]
    return "\n".join(lines) + "\n"


def show(found: Sequence[tuple[str, Rows]]) -> None:
    """Print all tables."""
    console = Console()
    if not console.is_terminal:
        console.width = WIDEST
    for title, rows in found:
        table = Table(*rows[0], title=title, title_justify="left")
        for row in rows[1:]:
            table.add_row(*row)
        console.print(table)


def said(figure: Figure | None, *, signed: bool = False) -> str:
    """Write a figure with its interval."""
    if figure is None or figure["value"] is None:
        return NONE
    form = "{:+.2f}" if signed else "{:.2f}"
    return f"{form.format(figure['value'])} ({form.format(figure['low'])} to {form.format(figure['high'])})"


def _by_variant(variants: Mapping[str, Any]) -> Rows:
    names = list(variants)
    return [["figure", *names], *([figure, *(said(variants[name].get(figure)) for name in names)] for figure in RATIOS)]


def _by_label(labels: Mapping[str, Mapping[str, Figure]]) -> Rows:
    rows = [["label", "studies with it", "recall", "said and known", "true where said"]]
    for label, pair in labels.items():
        recall, right = pair["recall"], pair["true where said"]
        rows.append([label, f"{recall['of']:.0f}", said(recall), f"{right['of']:.0f}", said(right)])
    return rows


def _compared(before: Results, now: Results, changed: Mapping[str, Figure]) -> Rows:
    old, new = before["variants"]["whole"], now["variants"]["whole"]
    rows = [["figure", "before", "now", "change"]]
    return rows + [
        [name, said(old.get(name)), said(new.get(name)), said(changed.get(name), signed=True)] for name in RATIOS
    ]


def _seconds(seconds: Mapping[str, float]) -> Rows:
    return [["stage", "seconds"], *([stage, f"{value:.0f}"] for stage, value in seconds.items())]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
