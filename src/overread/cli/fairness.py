"""`overread eval fairness`: a profile's figures by sex, age, view and source, on labelled films."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from overread.cli.calibrate import tell_films
from overread.cli.printing import counting, print_json, print_table, say
from overread.errors import UsageError
from overread.settings import Settings

if TYPE_CHECKING:
    from overread.fairness.records import Audit, Figure, Measure

NAME = "fairness"
SHOWN: "dict[Measure, str]" = {
    "auroc": "AUROC",
    "sensitivity": "sens.",
    "false_positive": "called, healthy",
    "abstained": "no vote",
    "over_called": "p − share",
    "calibration_error": "cal. error",
}
MOST = 12
"""Gaps beyond the limit that are told on the terminal; the page has all."""


def run_fairness(
    settings: Settings,
    data: Path | None,
    split: str | None,
    limit: int | None,
    out: Path,
    max_gap: float | None,
    *,
    as_json: bool,
) -> None:
    """Audit the films of a folder; raises `Exit(1)` where a gap beyond `max_gap` was shown."""
    from overread.fairness.audit import audit
    from overread.fairness.page import write
    from overread.measuring.film import Wanted
    from overread.measuring.films import read_films
    from overread.settings import load_profile

    if data is None:
        raise UsageError("give the labelled films with --data FOLDER; docs/fairness.md says what it holds")
    films = read_films(data, Wanted(split=split, limit=limit))
    tell_films(films)
    profile = load_profile(settings.profile, settings)
    with counting() as progress:
        task = progress.add_task(NAME, total=None)
        done = audit(
            films,
            data.resolve().name,
            profile,
            settings,
            lambda at, total: progress.update(task, completed=at, total=total),
            max_gap,
        )
    page = write(done, out)
    print_json(done.model_dump(mode="json")) if as_json else _tell(done, page)
    if done.failed:
        raise typer.Exit(1)


def _tell(done: "Audit", page: Path | None) -> None:
    table = Table("label", "group", "n+", "n−", *SHOWN.values(), box=None, pad_edge=False)
    for row in done.rows:
        name = row.label if row.trait is None else ""
        cells = (_cell(row.of(measure)) for measure in SHOWN)
        table.add_row(name, row.name, *row.counted, *cells)
    print_table(table)
    for why, count in done.not_read.items():
        say(f"{count} not read: {why}")
    for trait, count in done.without.items():
        say(f"{count} films without {trait}")
    say(f"* differs from all films by p < 0.05, corrected for {done.gaps_tested} gaps (Holm); no * is no proof of none")
    if done.max_gap is not None:
        _tell_breaches(done, done.max_gap)
    say(f"{done.films} films of {done.patients} patients, profile {done.profile}", "bold")
    say(f"report  {page}")


def _tell_breaches(done: "Audit", most: float) -> None:
    for each in done.breaches[:MOST]:
        borne = "shown" if each.shown else "may be chance"
        what = f"{each.label}, {each.group}: {SHOWN[each.measure]} worse by {each.worse_by:.2f}"
        say(f"{what} (p {each.holm:.2g}, {borne})", "red" if each.shown else "dim")
    if len(done.breaches) > MOST:
        say(f"and {len(done.breaches) - MOST} more in the report", "dim")
    if not done.failed:
        say(f"no group was shown to be served worse by more than {most:g}", "green")


def _cell(figure: "Figure | None") -> str:
    if figure is None:
        return ""
    if figure.value is None:
        return "too few"
    mark = "*" if figure.gap is not None and figure.gap.holm < 0.05 else ""
    return f"{figure.value:.2f} ({figure.low:.2f}–{figure.high:.2f}){mark}"
