"""Measure the VLM that ships on NIH films of patients that taught none of it, and write its card.

    python -m training.vlm_on_new_films

As `training.clip_on_new_films` does for the CLIP, whose tower it sees with: the weights stay as they are. Reports are
of films drawn by a hash of their names, questions of up to 24 films that have a label and 24 that have not, of all.
"""

import json

from training.facts import row_facts
from training.new_films import WHERE, WITHIN, canvases, new_rows, write_anew
from training.paths import MODELS
from training.vlm_data import template
from training.vlm_eval import presence_trust, report_figures
from training.writer import Writer

FOLDER = MODELS / "vlm"
LONGEST = 320
REPORTS = 400
"""Films that a report is written of."""


def measure() -> None:
    """Measure, and write card.json and README.md of models/vlm."""
    rows, writer = new_rows(), Writer()
    facts, films = [row_facts(row) for row in rows], canvases(rows)
    texts = writer.write(films[:REPORTS], [template("report").render()] * REPORTS, LONGEST)
    report = report_figures(texts, facts[:REPORTS], WITHIN)
    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    card["trust"] = {"report": report.pop("trust"), "vqa": presence_trust(writer, films, facts, WITHIN)}
    for table in card["trust"].values():
        for figure in table.values():
            figure["where"] = WHERE
    card["results"]["report"][WITHIN] = report
    # Of the test split of before, whose films are among those of now.
    card["results"]["report"].pop("real, all sources", None)
    write_anew(card, FOLDER)


if __name__ == "__main__":
    measure()
