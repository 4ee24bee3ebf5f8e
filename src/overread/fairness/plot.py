"""A forest plot for each label: every group's figure with its interval, beside that of all films."""

import base64
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from overread.errors import Unavailable
from overread.fairness.audit import LEVEL
from overread.fairness.records import Audit, Figure, Measure, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DRAWN: dict[Measure, str] = {
    "auroc": "AUROC",
    "sensitivity": "sensitivity",
    "false_positive": "called among the healthy",
    "abstained": "no vote",
    "over_called": "probability − share",
}
DOTS = 100
"""An inch."""
PANEL, A_ROW = 2.5, 0.26
"""Inches."""
PLAIN, WHOLE, APART = "0.35", "tab:blue", "tab:red"


def forests(audit: Audit) -> dict[str, bytes]:
    """Give each label's plot as PNG; raises `Unavailable` without matplotlib."""
    labels = dict.fromkeys(row.label for row in audit.rows)
    return {label: _forest([row for row in audit.rows if row.label == label]) for label in labels}


def address_of(picture: bytes) -> str:
    """Give a PNG as a data address."""
    return "data:image/png;base64," + base64.b64encode(picture).decode("ascii")


def _forest(rows: Sequence[Row]) -> bytes:
    measures = [measure for measure in DRAWN if rows[0].of(measure) is not None]
    size = (1.8 + PANEL * len(measures), 1.0 + A_ROW * len(rows))
    sheet = _sheet_class()(figsize=size, layout="constrained")
    panels = sheet.subplots(1, len(measures), sharey=True, squeeze=False)[0]
    for panel, measure in zip(panels, measures, strict=True):
        _draw(panel, rows, measure)
    panels[0].set_yticks(range(len(rows)), [row.name for row in rows], fontsize=8)
    panels[0].invert_yaxis()
    sheet.suptitle(rows[0].label, fontsize=10)
    stream = BytesIO()
    sheet.savefig(stream, format="png", dpi=DOTS, metadata={"Software": None})
    return stream.getvalue()


def _draw(panel: "Axes", rows: Sequence[Row], measure: Measure) -> None:
    for place, row in enumerate(rows):
        figure = row.of(measure)
        if figure is None or figure.value is None or figure.low is None or figure.high is None:
            panel.text(0.5, place, "too few", transform=panel.get_yaxis_transform(), ha="center", va="center",
                       fontsize=7, color="0.6")  # fmt: skip
            continue
        colour = _colour(row, figure)
        panel.plot([figure.low, figure.high], [place, place], color=colour, linewidth=1.6)
        panel.plot(figure.value, place, "s" if row.trait is None else "o", color=colour, markersize=4.5)
        if row.trait is None:
            panel.axvline(figure.value, color=WHOLE, linewidth=0.8, alpha=0.5)
    panel.set_title(DRAWN[measure], fontsize=8)
    panel.tick_params(axis="x", labelsize=7)
    panel.grid(axis="x", alpha=0.25)


def _colour(row: Row, figure: Figure) -> str:
    if row.trait is None:
        return WHOLE
    return APART if figure.gap is not None and figure.gap.holm < LEVEL else PLAIN


def _sheet_class() -> Any:
    try:
        from matplotlib.figure import Figure as Sheet
    except ImportError:
        raise Unavailable("plots need matplotlib: pip install 'overread[plots]'") from None
    return Sheet
