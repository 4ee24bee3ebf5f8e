"""`overread prognosis`: an outcome measured on a site's own films and records, and a head of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table as Printed

from overread.cli.printing import counting, print_json, print_table, say
from overread.cli.read import AsJson, Profile
from overread.cli.session import session_of
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.prognosis.table import Table
    from overread.prognosis.time_outcome import TimeCard
    from overread.settings import Settings
    from overread.tools._outlook_heads import Card, Interval


def prognosis(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Films, and a table (CSV) of what became of whom.")],
    outcome: Annotated[str, typer.Option("--outcome", metavar="COLUMN", help="Column of 1 and 0.")],
    horizon: Annotated[
        str | None, typer.Option("--horizon", metavar="WORDS", help="Within which time, as '30 days'.")
    ] = None,
    time: Annotated[
        str | None,
        typer.Option("--time", metavar="COLUMN", help="Days to the outcome, or to the end of follow-up without it."),
    ] = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="FILE", help="The table, where it lies elsewhere.")
    ] = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Measure an outcome of your own patients: record, picture and both, by cross-validation; and make a head of it."""
    settings = session_of(context).settings(profile=profile)
    from overread.prognosis.outcome import measure_outcome, require_plots, write
    from overread.prognosis.table import LONGEST, read
    from overread.settings import load_profile

    if not 0 < len(outcome) <= LONGEST or len(horizon or "") > LONGEST:
        raise UsageError(f"name outcome and horizon in at most {LONGEST} characters: the draft quotes them")
    if time is not None:
        _measure_time(read(folder, outcome, labels, time), time, horizon, settings, as_json=as_json)
        return
    require_plots()
    table = read(folder, outcome, labels)
    with counting() as progress:
        task = progress.add_task("Prognosis", total=None)
        done = measure_outcome(
            table,
            horizon,
            load_profile(settings.profile, settings),
            settings,
            lambda what, at, total: progress.update(task, description=what, completed=at, total=total),
        )
    place = write(done, settings.home)
    if as_json:
        print_json({**done.card.model_dump(mode="json"), "unmet": done.card.unmet, "folder": str(place)})
    else:
        _tell(done.card, place)


def _measure_time(table: "Table", time: str, horizon: str | None, settings: "Settings", *, as_json: bool) -> None:
    from overread.prognosis.time_outcome import days_of, measure_time, write_time
    from overread.settings import load_profile

    days = days_of(horizon)
    with counting() as progress:
        task = progress.add_task("Prognosis", total=None)
        card = measure_time(
            table,
            time,
            days,
            load_profile(settings.profile, settings),
            settings,
            lambda what, at, total: progress.update(task, description=what, completed=at, total=total),
        )
    place = write_time(card, settings.home)
    if as_json:
        print_json({**card.model_dump(mode="json"), "folder": str(place)})
    else:
        _tell_time(card, place)


def _tell_time(card: "TimeCard", place: Path) -> None:
    say(f"{card.outcome}: {card.with_outcome} of {card.patients} patients, {card.films} films", "bold")
    say(f"by {card.horizon_days} days: {card.by_horizon} with it, {card.beyond_horizon} followed beyond without it")
    for why, count in card.left_out.items():
        if count:
            say(f"  {count} left out: {why}")
    printed = Printed("way", "C-index", "Uno's", "Brier", "cal. error", "C less record's", box=None, pad_edge=False)
    for one in card.measured:
        cells = (_cell(one.harrell), _cell(one.uno), _cell(one.brier), f"{one.calibration_error:.2f}", _cell(one.gain))
        printed.add_row(one.arm, *cells)
    print_table(printed)
    say(f"Brier of saying the share of everybody: {card.brier_of_share:.3f}")
    fields = ", ".join(f"{field.words} ({1 - field.missing:.0%} known)" for field in card.fields)
    say(f"record: {fields or 'no field that half of the films have'}")
    say("a time is measured only: no head of it speaks in a case")
    say(str(place))


def _tell(card: "Card", place: Path) -> None:
    say(f"{card.outcome}: {card.with_outcome} of {card.patients} patients, {card.films} films", "bold")
    for why, count in card.left_out.items():
        if count:
            say(f"  {count} left out: {why}")
    printed = Printed("way", "AUROC", "Brier", "cal. error", "AUROC less record's", box=None, pad_edge=False)
    for one in card.measured:
        printed.add_row(one.arm, _cell(one.auroc), _cell(one.brier), f"{one.calibration_error:.2f}", _cell(one.gain))
    print_table(printed)
    say(f"Brier of saying the share of everybody: {card.brier_of_share:.3f}")
    fields = ", ".join(f"{field.words} ({1 - field.missing:.0%} known)" for field in card.fields)
    say(f"record: {fields or 'no field that half of the films have'}")
    say(f"in use: {card.in_use}" + ("" if card.in_use != "record" else "; the picture was not shown to add to it"))
    for why in card.unmet:
        say(f"it does not speak: {why}", "red")
    say(str(place))


def _cell(figure: "Interval | None") -> str:
    return "" if figure is None else f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
