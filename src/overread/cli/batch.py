"""`overread batch`: many cases, each up to its review."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from overread.cli import archive_options
from overread.cli.printing import counting, note, say
from overread.cli.read import Profile
from overread.cli.session import session_of
from overread.cli.stopping import STOPPED, ending_at_once, stopping
from overread.cli.totals_table import print_totals

if TYPE_CHECKING:
    from overread.batch.engine import Engine
    from overread.batch.summary import Summary, SummaryLine
    from overread.batch.work import Work
    from overread.settings import Settings


def batch(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for summary.jsonl and the cases.")],
    inputs: Annotated[
        list[Path] | None, typer.Argument(metavar="[INPUT]...", help="Files, zips, folders, lists of cases.")
    ] = None,
    from_pacs: archive_options.FromPacs = None,
    date: archive_options.Date = None,
    modality: archive_options.Modality = None,
    patient_id: archive_options.PatientId = None,
    accession: archive_options.Accession = None,
    keep_images: archive_options.KeepImages = None,
    priors: archive_options.Priors = None,
    prior_years: archive_options.PriorYears = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=0, max=64, help="Cases in flight, eight a core unless given; 0: others read."),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option("--processes", min=1, max=64, help="Of the local engine; else by cores, memory and cases."),
    ] = None,
    engine: Annotated[str, typer.Option("--engine", metavar="local|ray", help="Where cases are read.")] = "local",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the summary that is in --out.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be read and how long it will take; read nothing.")
    ] = False,
    profile: Profile = None,
) -> None:
    """Read many cases; each picture, DICOM study, zip or row of a list (CSV, JSONL, Parquet) is one.

    Or, with --from-pacs, each study that an archive finds: it is fetched when its turn comes. A list then names
    studies by accession or study_uid, each with its order or priority.
    They go through the queue of the store: 'overread worker' processes take cases of the batch as well.
    """
    settings = session_of(context).settings(profile=profile)
    from overread.batch.discovery import discover
    from overread.batch.engine import engine_named
    from overread.batch.processes import default_slots
    from overread.batch.summary import Summary
    from overread.errors import UsageError

    reading = engine_named(engine)
    if engine != "local":
        if processes is not None:
            raise UsageError("--processes is of the engine local; Ray's actors take 'ray.cases' cases each")
        processes = 1
    asked = archive_options.Asked(from_pacs, date, modality, patient_id, accession, keep_images, priors, prior_years)
    works = archive_options.found(settings, asked, inputs or ()) if asked.of(inputs or ()) else discover(inputs or ())
    slots = default_slots() if workers is None else workers
    if dry_run:
        _foretell(settings, works, out, slots)
        return
    with Summary(out / "summary.jsonl", resume=resume) as summary:
        caught = _run(settings, works, out, summary, slots, processes, reading)
    if caught:
        raise typer.Exit(STOPPED + caught)


def _foretell(settings: "Settings", works: "Sequence[Work]", out: Path, workers: int) -> None:
    from overread.batch.forecast import forecast
    from overread.batch.summary import lines_in
    from overread.cli.forecast_table import print_forecast
    from overread.store.home import open_home

    done = {line.input for line in lines_in(out / "summary.jsonl")}
    with closing(open_home(settings)) as home:
        print_forecast(forecast(works, done, home.reading_queue, settings, workers), workers)


def _run(
    settings: "Settings",
    works: "Sequence[Work]",
    out: Path,
    summary: "Summary",
    slots: int,
    processes: int | None,
    engine: "Engine",
) -> int:
    """Read the cases and print the table; gives the number of the signal that stopped it, or 0."""
    from overread.batch.mixture import mixture_of, told
    from overread.batch.processes import processes_for
    from overread.batch.runner import run_batch
    from overread.composition import open_room
    from overread.observing.energy import open_meter
    from overread.observing.spending import Spending
    from overread.settings import load_profile

    before = summary.done
    left = [work for work in works if work.name not in before]
    if len(left) < len(works):
        note(f"{len(works) - len(left)} cases are in the summary and are not read again")
    several = processes or processes_for(len(left), slots, load_profile(settings.profile, settings))
    if several > 1:
        note(f"{several} processes read {slots} cases at once; each loads the models first")
    with (
        stopping("the cases in flight are finished first") as stop,
        open_room(settings, watching=[spending := Spending()]) as room,
        ending_at_once(),
        open_meter() as meter,
        _bar(len(left)) as tick,
    ):
        totals = run_batch(
            room,
            works,
            out,
            summary,
            workers=slots,
            processes=several,
            spending=spending,
            stop=stop.event,
            progress=tick.advance,
            engine=engine,
            meter=meter,
        )
    print_totals(totals)
    for line in told(mixture_of(summary.lines)):
        say(line)
    for what, path in _written(summary, out):
        say(f"{what:<8} {path}")
    if stop.signal:
        note(f"stopped; {len(works) - len(summary.done)} cases are left, go on with --resume")
    return stop.signal


def _written(summary: "Summary", out: Path) -> Iterator[tuple[str, Path]]:
    """Write what is made of the summary, and name it all."""
    from overread.batch.columns import can_write, write_columns
    from overread.batch.overview import write_overview

    yield "summary", summary.path
    if can_write():
        write_columns(summary.lines, out / "summary.parquet")
        yield "columns", out / "summary.parquet"
    write_overview(summary.lines, out / "overview.html")
    yield "overview", out / "overview.html"


class _Tick:
    """The bar: how many cases are read, how fast, and how many were refused or failed, by why."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("cases", total=total)
        self._began = time.monotonic()
        self._done = 0
        self._lost: Counter[str] = Counter()

    def advance(self, line: "SummaryLine") -> None:
        """Count a case, and say at once of one that became no draft why."""
        self._done += 1
        why = line.reason or line.fault or line.status
        self._lost.update([why] if line.status in ("refused", "failed") else [])
        words = [f"cases, {60 * self._done / (time.monotonic() - self._began):.1f} a minute"]
        words += [f"{count} {why.replace('_', ' ')}" for why, count in self._lost.most_common()]
        self._progress.update(self._task, advance=1, description=", ".join(words))
        if line.status in ("refused", "failed"):
            self._progress.console.print(f"{line.input}: {line.status}, {line.reason or line.error}", markup=False)


@contextmanager
def _bar(total: int) -> Iterator[_Tick]:
    with counting() as progress:
        yield _Tick(progress, total)
