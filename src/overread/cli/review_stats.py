"""`overread review stats`: what readers did with the drafts, and the models against what was signed."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from overread.cli.printing import note, plain, print_json, print_table, say
from overread.cli.read import AsJson
from overread.cli.session import session_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overread.oversight.facts import CaseFacts
    from overread.oversight.figures import Figures
    from overread.oversight.stats import Stats
    from overread.store.home import Home


def stats(
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DAY", help="First day of decision (YYYY-MM-DD, UTC).")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DAY", help="Last day of decision.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write stats.html, JSON and CSV there.")
    ] = None,
    films: Annotated[
        bool, typer.Option("--films", help="With --out: films and signed labels too, for 'overread calibrate'.")
    ] = False,
    phantoms: Annotated[bool, typer.Option("--phantoms", help="Of synthetic phantoms instead of patients.")] = False,
    as_json: AsJson = False,
) -> None:
    """Figures of the signed cases: accepted, edited, time to sign, rubber stamps, models against what was signed."""
    from overread.errors import UsageError
    from overread.oversight.collecting import Collector, Window
    from overread.oversight.stats import stats_of
    from overread.store.home import open_home

    if films and out is None:
        raise UsageError("--films goes with --out DIR: films are written there")
    end = _day("--until", until)
    window = Window(_day("--since", since), end + timedelta(days=1) if end else None, phantoms)
    settings = session_of(context).settings()
    if settings.database is None and not settings.home.is_dir():
        raise UsageError("nothing was read on this machine yet; there is nothing to count")
    with closing(open_home(settings)) as home:
        facts = Collector(home).facts(window)
        figures = stats_of(facts, window, datetime.now(UTC))
        print_json(figures.model_dump(mode="json")) if as_json else _tell(figures)
        if out is not None:
            counted = [each for each in facts if each.synthetic == phantoms]
            for path in _written(home, counted, figures, out, films):
                note(path) if as_json else say(path)


def _written(home: "Home", facts: "Sequence[CaseFacts]", figures: "Stats", out: Path, films: bool) -> Iterator[str]:
    from overread.oversight.exports import write_films, write_stats

    yield from map(str, write_stats(figures, facts, out))
    if films:
        count, gone = write_films(facts, out / "films", home.pictures)
        more = f", {gone} not kept any more" if gone else ""
        yield f"{out / 'films'} ({count} films{more}): overread calibrate {out / 'films'}"


def _day(option: str, text: str | None) -> datetime | None:
    from overread.errors import UsageError

    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"{option} {text}: give a day as YYYY-MM-DD") from None


def _tell(figures: "Stats") -> None:
    say(f"{figures.all.cases} decided cases of {figures.of}, {figures.all.signed} of them signed", "bold")
    if figures.left_out:
        other, option = ("phantoms", "--phantoms") if figures.of == "patients" else ("patients", "no --phantoms")
        say(f"{figures.left_out} of {other} left out ({option} counts them)")
    if not figures.all.cases:
        return
    _readers((figures.all, *figures.readers, *figures.profiles))
    _actions(figures)
    _models(figures)
    for suspicion in figures.suspicions:
        say(f"rubber stamp? {suspicion.reader}: {suspicion.message}", "yellow")
    for drift in figures.monitor.drifts:
        say(f"drift: {drift.words}", "yellow")
    if not figures.monitor.drifts:
        say(f"no drift in {figures.monitor.tests} comparisons of at least {figures.fewest} cases on both sides")


def _readers(groups: "Sequence[Figures]") -> None:
    head = (
        "of",
        "cases",
        "accepted",
        "edited",
        "rejected",
        "unchanged",
        "time to sign",
        "too fast",
        "with a reason",
        "in a row",
    )
    table = Table(*head, box=None, pad_edge=False)
    for row in groups:
        done = row.statements
        shares = (done.accepted, done.edited, done.rejected, row.untouched)
        shown = (*(share.words for share in shares), row.seconds_to_sign.words, row.too_fast.words, row.hurried.words)
        table.add_row(plain(row.name), str(row.cases), *shown, str(row.longest_run))
    print_table(table)


def _actions(figures: "Stats") -> None:
    table = Table("section or finding", "accepted", "edited", "rejected", box=None, pad_edge=False)
    for row in (*figures.all.sections, *figures.all.findings):
        table.add_row(row.name, row.accepted.words, row.edited.words, row.rejected.words)
    say()
    print_table(table)


def _models(figures: "Stats") -> None:
    head = ("label", "voter", "said the opposite", "sensitivity", "specificity", "PPV")
    table = Table(*head, box=None, pad_edge=False)
    for row in sorted(figures.monitor.overall, key=lambda rates: (rates.label, rates.voter)):
        shares = (row.disagreement, row.sensitivity, row.specificity, row.ppv)
        table.add_row(row.label, row.voter, *(share.words for share in shares))
    say()
    print_table(table)
