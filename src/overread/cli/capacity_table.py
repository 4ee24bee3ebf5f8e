"""A capacity as tables: what it rests on, what one machine does, and a row for each demand and priority."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from overread.cli.printing import print_table, say

UNSTEADY = "grows"
"""Said of a wait where more comes in than can be read."""


def print_capacity(found: dict[str, Any]) -> None:
    """Print what `overread capacity --json` gives."""
    facts = Table("what", "figure", box=None, pad_edge=False)
    for row in _facts(found):
        facts.add_row(*row)
    print_table(facts)
    say()
    print_table(_loads(found))
    say()
    print_table(_waits(found))
    if any(load["waits"] is None for load in found["loads"]):
        say(f"{UNSTEADY}: in the busiest hour more comes in than so many machines read")
    for line in _cautions(found):
        say(line)


def _facts(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    service, an_hour = found["service"], found["cases_an_hour"]
    said = f"{service['mean']:.3g} s a case, deviation {service['deviation']:.3g} s"
    origin = _origin(service) if service["source"] == "measured" else "as given"
    yield "service time", f"{said} ({origin})"
    yield "cases in work at once", f"{found['workers']} a machine"
    yield "cases an hour", f"{an_hour['machine']:.4g} a machine, all places in work"
    if an_hour["gpu"] is not None:
        yield "", f"{an_hour['gpu']:.4g} a GPU"
    yield "priorities", ", ".join(f"{name} {share:.1%}" for name, share in found["shares"].items())
    targets = ", ".join(f"{name} {span(seconds)}" for name, seconds in found["targets_seconds"].items())
    yield "target", f"{found['within']:.1%} taken within {targets}"
    peak = found["day"][found["peak_hour"]]
    yield "busiest hour", f"{peak:.1%} of a day's studies, on {found['days']} days a year"
    bears = found["one_machine_bears"]
    yield "one machine bears", "10,000,000 studies a year and more" if bears is None else f"{bears:,} studies a year"


def _origin(service: dict[str, Any]) -> str:
    by = "" if service["hosts"] is None else f", read by {service['hosts']} host{'s' * (service['hosts'] > 1)}"
    return f"median {service['median']:.3g} s, {service['cases']} cases of this home{by}"


def _loads(found: dict[str, Any]) -> Table:
    names = ("studies a year", "at peak an hour", "machines needed", "machines", "utilisation", "at peak", "in time")
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, justify="right")
    for load in found["loads"]:
        table.add_row(
            f"{load['studies']:,}",
            f"{load['peak_an_hour']:.4g}",
            f"{load['needed']:,}",
            f"{load['machines']:,}",
            f"{load['utilisation']:.1%}",
            f"{load['peak_utilisation']:.1%}",
            "yes" if load["meets"] else "no",
        )
    return table


def _waits(found: dict[str, Any]) -> Table:
    """Lay out mean wait, quantile and share within the target; the columns of a simulation only where one ran."""
    sources = [("waits", "formula")]
    if any("simulated_peak" in load for load in found["loads"]):
        sources += [("simulated_peak", "simulated"), ("simulated_days", "whole days, simulated")]
    table = Table("studies a year", "priority", box=None, pad_edge=False)
    for _, name in sources:
        for what in ("mean", f"{found['within']:.1%}", "in time"):
            table.add_column(f"{name}\n{what}" if what == "mean" else f"\n{what}", justify="right")
    for load in found["loads"]:
        for priority in found["shares"]:
            cells = [cell for source, _ in sources for cell in _cells(load, source, priority)]
            table.add_row(f"{load['studies']:,}", priority, *cells)
    return table


def _cells(load: dict[str, Any], source: str, priority: str) -> tuple[str, str, str]:
    seen = load[source]
    if seen is None:
        return (UNSTEADY, UNSTEADY, "–")
    told = seen.get(priority) if source == "waits" else seen["waits"].get(priority)
    if told is None:
        return ("–", "–", "–")
    return (span(told["mean"]), span(told["quantile"]), f"{told['within_target']:.1%}")


def _cautions(found: dict[str, Any]) -> Iterator[str]:
    service = found["service"]
    if service["in_flight"] is not None:
        yield (
            f"measured with {service['in_flight']:.1f} cases in work at once, over all machines; the figures hold for "
            "a machine that is as busy as those were"
        )
    yield "waits are until a case is taken, in the busiest hour as if it lasted; reading it comes on top"


def span(seconds: float) -> str:
    """Give a time in the unit in which it is read best."""
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"
