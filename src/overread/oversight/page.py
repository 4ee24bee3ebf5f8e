"""The figures as one HTML page that needs nothing beside it: tables, bars and charts, no script, nothing fetched."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from overread.oversight.charts import HEIGHT, WIDTH, WeekChart, bar_of, week_chart
from overread.oversight.monitor import Monitor, Rates
from overread.oversight.shares import span
from overread.oversight.stats import Stats
from overread.speech import ENGLISH, Speech

FIGURE = "disagreement"
"""What is drawn week by week: it has the most cases."""
FEWEST_WEEKS = 2


def stats_page(
    stats: Stats,
    theme: Literal["light", "dark"] = "light",
    *,
    home: str | None = None,
    missing: int = 0,
    say: Speech = ENGLISH,
) -> str:
    """Render the page; `home` is the address of a page to go back to and to choose a window on, None in a file.

    `missing` cases were not read yet, and the page says so.
    """
    template = _environment(say).get_template("stats.html.jinja")
    return template.render(
        stats=stats,
        theme=theme,
        home=home,
        missing=missing,
        say=say,
        charts=sorted(_charts(stats.monitor), key=lambda chart: (not chart.flagged, chart.title)),
        bar=bar_of,
        span=partial(span, say=say),
        width=WIDTH,
        height=HEIGHT,
    )


def _charts(monitor: Monitor) -> Iterator[WeekChart]:
    """Draw each voter and label that has enough cases in at least two weeks."""
    weeks: dict[tuple[str, str], list[Rates]] = defaultdict(list)
    for rates in monitor.weeks:
        weeks[rates.voter, rates.label].append(rates)
    for whole in monitor.overall:
        pair = whole.voter, whole.label
        flagged = sorted(
            {each.group for each in monitor.drifts if (each.voter, each.label, each.by) == (*pair, "week")}
        )
        chart = week_chart(f"{whole.label} · {whole.voter}", whole.disagreement, weeks[pair], FIGURE, flagged)
        if len(chart.dots) >= FEWEST_WEEKS:
            yield chart


def _environment(say: Speech) -> Environment:
    environment = Environment(
        loader=PackageLoader("overread.oversight", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(say.gettext, say.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["said"] = say.gettext
    return environment
