"""Write an audit: `results.json`, a plot of each label, and one HTML page with all of it."""

import re
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from overread.errors import Unavailable
from overread.fairness.audit import LEVEL
from overread.fairness.plot import address_of, forests
from overread.fairness.records import Audit
from overread.store.files import write_whole

MEASURES = {
    "auroc": "AUROC",
    "sensitivity": "Sensitivity",
    "false_positive": "Called among the healthy",
    "abstained": "No vote",
    "over_called": "Probability less share present",
    "calibration_error": "Calibration error",
}


def write(audit: Audit, out: Path) -> Path:
    """Write into a folder, which is made, and give the page; the plots are left out without matplotlib."""
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / "results.json", (audit.model_dump_json(indent=1) + "\n").encode())
    try:
        drawn = forests(audit)
    except Unavailable:
        drawn = {}
    for label, picture in drawn.items():
        write_whole(out / f"{file_name(label)}.png", picture)
    pages = Environment(
        loader=PackageLoader("overread.evals", "templates"), autoescape=True, undefined=StrictUndefined
    )  # fmt: skip
    text = pages.get_template("fairness.html.jinja").render(
        audit=audit,
        measures=MEASURES,
        level=LEVEL,
        labels=tuple(dict.fromkeys(row.label for row in audit.rows)),
        plots={label: address_of(picture) for label, picture in drawn.items()},
    )
    page = out / "report.html"
    write_whole(page, text.encode())
    return page


def file_name(label: str) -> str:
    """Give a label as the name of a file: `pleural-effusion`."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
