"""`overread capacity`: how many machines so many studies a year take, and how long they wait."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overread.cli.capacity_table import print_capacity
from overread.cli.printing import print_json, say
from overread.cli.read import AsJson, Profile
from overread.cli.session import session_of

if TYPE_CHECKING:
    from overread.capacity.demand import Demand
    from overread.capacity.service import ServiceTimes
    from overread.capacity.sizing import Site
    from overread.records import Priority
    from overread.settings import Settings

LADDER = [10_000, 100_000, 1_000_000, 10_000_000]
"""Studies a year that are asked about where none are named."""
By = "PRIORITY=FIGURE"


def capacity(
    context: typer.Context,
    studies: Annotated[
        list[int] | None, typer.Option("--studies", min=1, max=10_000_000, help="Studies a year; repeat for more.")
    ] = None,
    machines: Annotated[
        int | None, typer.Option("--machines", min=1, max=100_000, help="Machines; without, as many as are needed.")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Cases in work at once on a machine.")] = 2,
    gpus: Annotated[int | None, typer.Option("--gpus", min=1, max=64, help="GPUs in a machine.")] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="Mean seconds a case, in place of what was measured here.")
    ] = None,
    deviation: Annotated[
        float | None, typer.Option("--deviation", min=0, help="Standard deviation of these seconds.")
    ] = None,
    share: Annotated[
        list[str] | None,
        typer.Option("--share", metavar=By, help="Share of a priority, such as STAT=0.05; the rest is routine."),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option("--target", metavar=By, help="Minutes within which it is to be taken; else worklist_limits."),
    ] = None,
    within: Annotated[
        float, typer.Option("--within", min=0.5, max=0.999, help="Share of cases to be taken within their target.")
    ] = 0.95,
    day: Annotated[
        str | None, typer.Option("--day", metavar="24 FIGURES", help="Studies by hour, comma between.")
    ] = None,
    peak: Annotated[
        float | None, typer.Option("--peak", help="Share of a day's studies in its busiest hour, the others even.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="Days a year on which studies come.")] = 365,
    simulate: Annotated[bool, typer.Option("--simulate", help="Simulate it as well, and print both.")] = False,
    cases: Annotated[int, typer.Option("--cases", min=100, max=1_000_000, help="Cases of a simulation.")] = 20_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of a simulation.")] = 0,
    plot: Annotated[Path | None, typer.Option("--plot", metavar="FILE.png", help="Draw waits and utilisation.")] = None,
    as_json: AsJson = False,
    profile: Profile = None,
) -> None:
    """Say how many machines so many studies a year take, and how long they wait; --simulate checks it."""
    settings = session_of(context).settings(profile=profile)
    from overread.capacity.demand import Demand, day_of, shares_of

    demand = Demand(
        studies=1,
        days=days,
        shares=shares_of(_by_priority("--share", share)),
        day=day_of(_figures(day), peak),
    )
    site = _site(settings, _service(settings, seconds, deviation), workers, _by_priority("--target", target), within)
    _require(simulate, plot)
    asked = sorted(set(studies or LADDER))
    found = _answer(site, demand, asked, machines, gpus)
    if simulate:
        _simulate(site, demand, found, cases, seed)
    if plot:
        _draw(site, demand, found, plot)
    if as_json:
        print_json(found)
        return
    print_capacity(found)
    if plot:
        say(f"plot     {plot}")


def _service(settings: "Settings", seconds: float | None, deviation: float | None) -> "ServiceTimes":
    from overread.capacity.service import given, measured
    from overread.errors import UsageError
    from overread.store.home import open_home

    if seconds is None and deviation is None:
        with closing(open_home(settings)) as home:
            return measured(home.reading_queue, settings.profile)
    if seconds is None or deviation is None or not 0 < seconds < float("inf") or not deviation < float("inf"):
        raise UsageError(
            "--seconds above 0 and --deviation go together: how much cases vary decides how long they wait"
        )
    return given(seconds, deviation)


def _site(
    settings: "Settings",
    service: "ServiceTimes",
    workers: int,
    minutes: "dict[Priority, float]",
    within: float,
) -> "Site":
    from overread.capacity.sizing import Site

    allowed = {priority: limit.total_seconds() for priority, limit in settings.worklist_limits.by_priority().items()}
    targets = dict(allowed)
    for priority, given in minutes.items():
        targets[priority] = 60 * given
    return Site.model_validate(
        {"service": service, "workers": workers, "allowed": allowed, "targets": targets, "share": within}
    )


def _by_priority(option: str, pairs: list[str] | None) -> "dict[Priority, float]":
    from typing import get_args

    from overread.errors import UsageError
    from overread.records import Priority

    names: dict[str, Priority] = {name.lower(): name for name in get_args(Priority)}
    found: dict[Priority, float] = {}
    for pair in pairs or []:
        name, _, figure = pair.partition("=")
        value = _figure(figure)
        if name.lower() not in names or value is None or value < 0:
            raise UsageError(
                f"{option} {pair}: give {' or '.join(names.values())}, '=' and a figure that is not below 0"
            )
        found[names[name.lower()]] = value
    return found


def _figures(day: str | None) -> list[float] | None:
    from overread.errors import UsageError

    if day is None:
        return None
    figures = [_figure(text) for text in day.split(",")]
    if None in figures:
        raise UsageError("--day: 24 figures with commas between, one for each hour from midnight")
    return [figure for figure in figures if figure is not None]


def _figure(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _require(simulate: bool, plot: Path | None) -> None:
    """Refuse before anything is computed what an extra is missing for."""
    if simulate:
        from overread.capacity.simulation import require_simulation

        require_simulation()
    if plot:
        from overread.capacity.plot import require_plot

        require_plot()


def _answer(site: "Site", demand: "Demand", asked: list[int], machines: int | None, gpus: int | None) -> dict[str, Any]:
    """Give all that the command tells, as it prints it with --json."""
    from overread.capacity.sizing import largest_demand, load_of, machines_needed

    loads = []
    for studies in asked:
        wanted = demand.model_copy(update={"studies": studies})
        needed = machines_needed(site, wanted)
        loads.append({"needed": needed, **load_of(site, wanted, machines or needed).model_dump(mode="json")})
    an_hour = site.an_hour()
    return {
        "service": site.service.model_dump(mode="json"),
        "workers": site.workers,
        "cases_an_hour": {"machine": an_hour, "gpu": an_hour / gpus if gpus else None},
        "shares": {priority: demand.shares[priority] for priority in site.ordered(demand)},
        "targets_seconds": {priority: site.targets[priority] for priority in site.ordered(demand)},
        "within": site.share,
        "days": demand.days,
        "day": list(demand.day),
        "peak_hour": demand.peak_hour,
        "one_machine_bears": largest_demand(site, demand),
        "loads": loads,
    }


def _simulate(site: "Site", demand: "Demand", found: dict[str, Any], cases: int, seed: int) -> None:
    """Put beside each load what a simulation of the busiest hour, and one of whole days, counted."""
    from overread.capacity.simulation import simulate_days, simulate_peak
    from overread.cli.printing import working

    for load in found["loads"]:
        wanted, machines = demand.model_copy(update={"studies": load["studies"]}), load["machines"]
        with working(f"simulating {load['studies']} studies a year"):
            # What nobody can read has no steady hour, and of days in which more comes than is read there is no end.
            peak = load["peak_utilisation"] < 1 and simulate_peak(site, wanted, machines, cases=cases, seed=seed)
            whole = load["utilisation"] < 1 and simulate_days(site, wanted, machines, cases=cases, seed=seed)
        load["simulated_peak"] = peak.model_dump(mode="json") if peak else None
        load["simulated_days"] = whole.model_dump(mode="json") if whole else None


def _draw(site: "Site", demand: "Demand", found: dict[str, Any], path: Path) -> None:
    from overread.capacity.plot import plot_of

    loads = found["loads"]
    machines = [1, *(load["machines"] for load in loads), *(load["needed"] for load in loads)]
    path.write_bytes(plot_of(site, demand, machines, [load["studies"] for load in loads]))
