"""The comparison as a Markdown table and as a picture of intervals."""

from collections.abc import Iterator
from pathlib import Path

from overread.comparing.figures import MEASURES, Figure
from overread.comparing.run import Comparison
from overread.errors import Unavailable

DRAWN = ("F1", "F1 with possible", "decided", "wrong")


def markdown(done: Comparison) -> str:
    """Give the table; a figure in bold differs from the agent's beyond its 95 % interval."""
    return "\n".join(_lines(done)) + "\n"


def _lines(done: Comparison) -> Iterator[str]:
    yield (
        f"{done.of}: {done.studies} studies of {done.patients} patients, "
        f"profile `{done.profile}`, {done.overread_version}."
    )
    yield ""
    yield "| | " + " | ".join(measure.name for measure in MEASURES) + " |"
    yield "| --- |" + " --- |" * len(MEASURES)
    for row in done.rows:
        cells = (_cell(row.figures.get(measure.name)) for measure in MEASURES)
        yield f"| {row.system.replace('_', ' ')} | " + " | ".join(cells) + " |"
    yield ""
    yield from (f"- *{measure.name}*: {measure.what}" for measure in MEASURES)
    yield "- **Bold**: the agent's figure differs, by a 95 % interval of the difference on the same patients."


def _cell(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "–"
    interval = f"{figure.value:.2f} ({figure.low:.2f}–{figure.high:.2f})"
    return f"**{interval}**" if differs(figure) else interval


def differs(figure: Figure) -> bool:
    """Say whether the interval of the difference to the agent leaves 0 out."""
    low, high = figure.better_low, figure.better_high
    return low is not None and high is not None and (low > 0 or high < 0)


def draw(done: Comparison, path: Path) -> None:
    """Draw value and interval of each system, a panel a measure; raises `Unavailable` without matplotlib."""
    try:
        from matplotlib.figure import Figure as Sheet
    except ImportError:
        raise Unavailable("plots need matplotlib: pip install 'overread[plots]'") from None
    sheet = Sheet(figsize=(13, 0.35 * len(done.rows) + 1.2), layout="constrained")
    panels = sheet.subplots(1, len(DRAWN), sharey=True)
    names = [row.system.replace("_", " ") for row in done.rows]
    for panel, name in zip(panels, DRAWN, strict=True):
        for place, row in enumerate(done.rows):
            figure = row.figures.get(name)
            if figure is None or figure.value is None or figure.low is None or figure.high is None:
                continue
            colour = "tab:blue" if place == 0 else "dimgray"
            panel.plot([figure.low, figure.high], [place, place], color=colour, linewidth=2)
            panel.plot(figure.value, place, "o", color=colour)
        panel.set_title(name, fontsize=10)
        panel.set_xlim(0, 1)
        panel.grid(axis="x", alpha=0.3)
    panels[0].set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    sheet.savefig(path, dpi=110)


def write(done: Comparison, out: Path) -> None:
    """Write results.json, report.md and, where matplotlib is there, report.png."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(done.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (out / "report.md").write_text(markdown(done), encoding="utf-8")
    try:
        draw(done, out / "report.png")
    except Unavailable:
        (out / "report.png").unlink(missing_ok=True)
