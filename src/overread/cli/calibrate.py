"""`overread calibrate`: what every model of a profile is worth on a site's own films, and how each is to be read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from overread.cli.printing import complain, counting, note, print_json, print_table, say
from overread.cli.read import AsJson, Profile
from overread.cli.session import session_of

if TYPE_CHECKING:
    from overread.measuring.film import Films
    from overread.measuring.profile import Calibration
    from overread.settings import Settings

HEAD = ("model", "as", "label", "n+", "n−", "AUROC", "95 % interval", "sens.", "spec.", "PPV", "NPV", "verdict")


def calibrate(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Films, and a table (CSV) or a signed report (.txt) beside each.")
    ],
    profile: Profile = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="FILE", help="The table, where it lies elsewhere.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, metavar="N", help="Most films; one of each patient first.")
    ] = None,
    share: Annotated[
        Path | None,
        typer.Option("--share", metavar="FILE", help="Also write counts of scores, for 'overread pool merge'."),
    ] = None,
    epsilon: Annotated[
        float | None,
        typer.Option("--epsilon", min=0.01, metavar="E", help="Noise in the share: differential privacy, by patient."),
    ] = None,
    site: Annotated[
        list[Path] | None,
        typer.Option("--site", metavar="KEY", help="Public key of a site; give all, and only their sum can be read."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a profile's models on your own labelled films: operating points, calibration, predictive values."""
    settings = session_of(context).settings(profile=profile)
    from overread.errors import UsageError
    from overread.measuring.film import Wanted
    from overread.measuring.films import read_films
    from overread.measuring.profile import calibrate as run
    from overread.measuring.profile import require_measurable, write_all
    from overread.settings import load_profile

    if share is None and (epsilon is not None or site):
        raise UsageError("--epsilon and --site say how a share is written; give --share FILE as well")
    chosen = load_profile(settings.profile, settings)
    wanted = Wanted(limit=limit)
    films = read_films(folder, wanted, labels)
    tell_films(films)
    if share is None:  # a small site has something to give where it can measure nothing
        require_measurable(films)
    plots = can_draw()
    with _bar(chosen.name) as progress:
        done = run(films, wanted, chosen, settings, progress)
    if share is not None:
        _write_share(done, settings, share, epsilon, site or [])
    paths = list(write_all(done, settings.own_catalogue, plots=plots))
    for role, why in done.absent.items():
        complain(f"{role} was not measured: {why}")
    if as_json:
        print_json(_as_data(chosen.name, done, paths))
    else:
        _tell(done, paths)


def can_draw() -> bool:
    """Say whether there will be plots; where there are none, why is told."""
    from overread.errors import Unavailable
    from overread.measuring.plots import require_plots

    try:
        require_plots()
    except Unavailable as error:
        complain(f"{error}; the figures are written without them")
        return False
    return True


def tell_films(films: "Films") -> None:
    """Say on standard error what was left out, before anybody waits."""
    from overread.measuring.films import rows_told

    for line in films.notes:
        note(line)
    for why, rows in films.rows_left_out.items():
        note(f"{len(rows)} left out: {why} ({rows_told(rows)})")
    if not films.patients_known:
        note(
            "no patient identifiers: each film counts as its own patient, and films of one patient flatter the figures"
        )


@contextmanager
def _bar(name: str) -> Iterator[Callable[[int, int], None]]:
    with counting() as progress:
        task = progress.add_task(f"Calibrating {name}", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _as_data(profile: str, done: "Calibration", paths: list[Path]) -> dict[str, Any]:
    return {
        "profile": profile,
        "models": [dict(model.card) for model in done.models if model.counts],
        "too_few": done.too_few,
        "not_measured": dict(done.absent),
        "files": [str(path) for path in paths],
    }


def _tell(done: "Calibration", paths: list[Path]) -> None:
    films = done.films
    patients = f" of {films.patients} patients" if films.patients_known else ""
    say(f"{len(films.films)} films{patients}")
    for model in done.models:
        for why, count in model.card["data"]["not_read"].items():
            say(f"  {count} not read by {model.player.name}: {why}")
    print_figures([model.card for model in done.models])
    _tell_rest(done)
    for path in paths:
        say(str(path))


def print_figures(cards: Sequence[Mapping[str, Any]]) -> None:
    """Print the figures of every label that was measured, and how each voter is read."""
    from overread.measuring.verdicts import verdict_of

    table = Table(*HEAD, box=None, pad_edge=False)
    for card in cards:
        for voter, labels in card["trust"].items():
            for label, entry in labels.items():
                verdict = verdict_of(label, entry, card["prevalence"][label])
                table.add_row(card["name"], voter, label, *_cells(entry, card["figures"][voter][label]), verdict)
    if table.row_count:
        print_table(table)


def _cells(entry: Mapping[str, Any], more: Mapping[str, Any]) -> tuple[str, ...]:
    from overread.measuring.card_page import share

    area = more.get("auroc")
    told = (f"{area['value']:.2f}", f"{area['low']:.2f} to {area['high']:.2f}") if area else ("–", "–")
    worth = (more["positive_predictive_value"], more["negative_predictive_value"])
    rates = (share(entry["sensitivity"]), share(entry["specificity"]), *map(share, worth))
    return (str(entry["positive"]), str(entry["negative"]), *told, *rates)


def _tell_rest(done: "Calibration") -> None:
    for label, why in done.too_few.items():
        say(f"{label}: {why}; nothing is written for it")
    for model in done.models:
        for line in more_too_few(model.card["not_measured"], done.too_few):
            say(line)
        for structure, entry in model.card["masks"].items():
            interval = f"{entry['low']:.2f} to {entry['high']:.2f}"
            say(f"{structure}: Dice {entry['value']:.2f} ({interval}), {entry['n']} films")
        if not model.counts:
            say(f"{model.player.name}: nothing of it could be measured on these films; its card stays as it was")


def more_too_few(not_measured: Mapping[str, Any], told: Mapping[str, str]) -> Iterator[str]:
    """Say of which labels a voter alone had too few films, such as where it cannot read them."""
    from overread.measuring.verdicts import too_few

    for voter, labels in not_measured.items():
        for label, counts in labels.items():
            if label not in told:
                why = too_few(counts["positive"], counts["negative"])
                yield f"{label} as {voter}: {why}; nothing is written for it"


def _write_share(
    done: "Calibration", settings: "Settings", file: Path, epsilon: float | None, sites: list[Path]
) -> None:
    """Write what this site gives, masked where the public keys of all sites are given; the key has then served."""
    from overread.pooling.masks import forget_key, masked
    from overread.pooling.share import share_of
    from overread.store.files import write_whole

    share = share_of(done, epsilon)
    if sites:
        share = masked(share, settings.home, sites)
    write_whole(file, (share.model_dump_json() + "\n").encode())
    if sites:
        forget_key(settings.home)
    note(f"{file}: counts of the scores of {len(share.histograms)} labels, for 'overread pool merge'")
