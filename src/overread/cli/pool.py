"""`overread pool`: one calibration for several hospitals, from counts that each of them gives."""

from pathlib import Path
from typing import Annotated

import typer

from overread.cli.calibrate import can_draw, more_too_few, print_figures
from overread.cli.printing import print_json, say
from overread.cli.read import AsJson
from overread.cli.session import session_of

HELP = "One calibration for several hospitals, from counts that each gives: no film leaves its hospital."


def build() -> typer.Typer:
    """Register `key` and `merge`."""
    app = typer.Typer(help=HELP, no_args_is_help=True)
    app.command("key")(key)
    app.command("merge")(merge)
    return app


def key(
    context: typer.Context,
    public: Annotated[Path, typer.Argument(metavar="FILE", help="Where the public half goes; give it to all sites.")],
) -> None:
    """Make this site's key for one masked share; the private half stays in the home folder."""
    settings = session_of(context).settings()
    from overread.pooling.masks import make_key

    say(f"site {make_key(settings.home, public)}")


def merge(
    context: typer.Context,
    shares: Annotated[
        list[Path], typer.Argument(metavar="SHARE...", help="What 'overread calibrate --share' wrote at each site.")
    ],
    as_json: AsJson = False,
) -> None:
    """Add the sites' counts, and write the cards that follow; every site gets the same from the same files."""
    settings = session_of(context).settings()
    from overread.measuring.profile import write_cards
    from overread.pooling.merging import merge as run
    from overread.pooling.share import read_shares

    done = run(read_shares(shares))
    plots = can_draw()
    paths = list(write_cards([one for one in done if one[0]["trust"]], settings.own_catalogue, plots=plots))
    cards = [card for card, _ in done]
    if as_json:
        print_json({"models": cards, "files": [str(path) for path in paths]})
        return
    print_figures(cards)
    for card in cards:
        for line in more_too_few(card["not_measured"], {}):
            say(line)
    for path in paths:
        say(str(path))
