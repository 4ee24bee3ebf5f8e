"""`overread federate`: heads of several hospitals' films, trained by Flower on masked sums."""

from pathlib import Path
from typing import Annotated

import typer

from overread.cli.calibrate import can_draw, print_figures, tell_films
from overread.cli.printing import counting, note, say
from overread.cli.read import Profile
from overread.cli.session import session_of

HELP = "Heads trained by several hospitals together: masked sums of features leave them, and no film."
FEWEST = 3
DELTA = 1e-5
ROUNDS = 20


def build() -> typer.Typer:
    """Register `films`, `app` and `take`."""
    app = typer.Typer(help=HELP, no_args_is_help=True)
    app.command("films")(films)
    app.command("app")(write_app)
    app.command("take")(take)
    return app


def films(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Films, and a table (CSV) or reports beside them.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Features and labels; the file stays here.")],
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="FILE", help="The table, where it lies elsewhere.")
    ] = None,
    profile: Profile = None,
) -> None:
    """At each hospital: embed its films, once, into a file that its own node reads."""
    settings = session_of(context).settings(profile=profile)
    from overread.federating.site_films import site_films, write_site
    from overread.measuring.film import Wanted
    from overread.measuring.films import read_films
    from overread.settings import load_profile

    found = read_films(folder, Wanted(), labels)
    tell_films(found)
    with counting() as progress:
        task = progress.add_task("Embedding", total=None)
        site = site_films(
            found,
            load_profile(settings.profile, settings),
            settings,
            lambda at, total: progress.update(task, completed=at, total=total),
        )
    write_site(site, out)
    say(f"{out}: {len(site.fold)} films; it stays at this hospital")


def write_app(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the app for 'flwr run' goes.")],
    sites: Annotated[int, typer.Option("--sites", min=FEWEST, max=1000, metavar="N", help="How many hospitals.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the result goes, on the SuperLink's host.")],
    epsilon: Annotated[
        float | None,
        typer.Option(
            "--epsilon", min=0.01, max=1000.0, metavar="E", help="With noise: at most this is told of a patient."
        ),
    ] = None,
    delta: Annotated[float, typer.Option("--delta", min=1e-12, max=0.01, metavar="D", help="Beside epsilon.")] = DELTA,
    rounds: Annotated[
        int, typer.Option("--rounds", min=1, max=200, metavar="R", help="Of noised gradients, with --epsilon.")
    ] = ROUNDS,
    honest: Annotated[
        int | None,
        typer.Option("--honest", min=1, metavar="N", help="So many hospitals' noise is enough; else all but one."),
    ] = None,
    profile: Profile = None,
) -> None:
    """Where the hospitals meet: write the app that Flower runs."""
    settings = session_of(context).settings(profile=profile)
    from overread.federating.flower_app import write_app as write
    from overread.federating.model import model_of
    from overread.federating.plan import Plan
    from overread.settings import load_profile

    plan = None
    if epsilon is not None:
        plan = Plan(epsilon=epsilon, delta=delta, rounds=rounds, honest=honest or sites - 1)
    model = model_of(load_profile(settings.profile, settings), settings)
    write(folder, sites, model.weights_digest, out, plan)
    say(f"{folder}: now 'flwr run {folder} SUPERLINK --stream'")


def take(
    context: typer.Context,
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="What the training gave; the same for all.")],
    profile: Profile = None,
) -> None:
    """At each hospital: lay the heads beside the weights, with the card of what they were measured."""
    settings = session_of(context).settings(profile=profile)
    from overread.federating.model import model_of
    from overread.federating.result import read_result
    from overread.federating.taking import take as lay
    from overread.measuring.profile import write_cards
    from overread.settings import load_profile

    model = model_of(load_profile(settings.profile, settings), settings)
    plots = can_draw()
    card, tables = lay(read_result(result), model, f"federated-{model.weights_digest[:8]}")
    paths = list(write_cards([(card, tables)], settings.own_catalogue, plots=plots))
    print_figures([card])
    for path in paths:
        say(str(path))
    note("each film counts as its own patient: figures say more than they know where patients have several")
