"""Write the figures down: for people, for evals, and as a folder of labelled films that `overread calibrate` takes."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from overread.errors import StoreError
from overread.oversight.facts import CaseFacts
from overread.oversight.figures import Figures
from overread.oversight.monitor import FIGURES, Rates
from overread.oversight.page import stats_page
from overread.oversight.shares import Share
from overread.oversight.stats import Stats
from overread.reasoning.vocabulary import LABELS
from overread.store.files import write_whole
from overread.store.pictures import PictureFolder
from overread.store.png import png_of

COUNTS = ("hits", "false_alarms", "misses", "right_denials", "undecided")


def write_stats(stats: Stats, facts: Iterable[CaseFacts], folder: Path) -> Iterator[Path]:
    """Write stats.json, stats.html, actions.csv, models.csv and cases.jsonl; give their paths.

    No file holds a word of a report or a patient; readers stand by the name that they signed with.
    """
    texts = {
        "stats.json": json.dumps(stats.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n",
        "stats.html": stats_page(stats),
        "actions.csv": _csv(_action_rows(stats)),
        "models.csv": _csv(_model_rows(stats)),
        "cases.jsonl": "".join(json.dumps(case_data(each), ensure_ascii=False) + "\n" for each in facts),
    }
    for name, text in texts.items():
        write_whole(folder / name, text.encode())
        yield folder / name


def case_data(facts: CaseFacts) -> dict[str, Any]:
    """Give the facts of a case JSON-native: what was decided, what was signed of each label, what each voter said."""
    data = asdict(facts)
    for name in ("picture", "patient", "by_rejection"):
        del data[name]
    return {
        **data,
        "at": facts.at.isoformat(),
        "began": facts.began.isoformat() if facts.began else None,
        "seconds": facts.seconds,
        "week": facts.week,
        "by_rejection": sorted(facts.by_rejection),
        "decisions": [each._asdict() for each in facts.decisions],
        "votes": [each._asdict() for each in facts.votes],
    }


def write_films(facts: Iterable[CaseFacts], folder: Path, pictures: PictureFolder) -> tuple[int, int]:
    """Write the film of each signed case and `labels.csv` of what was signed; give how many, and how many are gone.

    `overread calibrate` measures a profile on the folder. A patient stands by a keyed hash.
    """
    rows, gone = [], 0
    for each in facts:
        if not each.signed or each.picture is None or not each.stated:
            continue
        try:
            shown = pictures.get(each.picture)
        except StoreError:
            gone += 1
            continue
        name = f"{each.case_id}.png"
        write_whole(folder / name, png_of(shown))
        stated = {label: int(value) for label, value in each.stated.items()}
        rows.append({"path": name, "patient_id": each.patient, **{label: stated.get(label, "") for label in LABELS}})
    write_whole(folder / "labels.csv", _csv(rows, ("path", "patient_id", *LABELS)).encode())
    return len(rows), gone


def _action_rows(stats: Stats) -> Iterator[dict[str, Any]]:
    groups: Sequence[tuple[str, Figures]] = [
        ("all", stats.all),
        *(("reader", each) for each in stats.readers),
        *(("profile", each) for each in stats.profiles),
    ]
    for kind, figures in groups:
        listed = [("all", figures.statements)]
        listed += [("section", each) for each in figures.sections] + [("finding", each) for each in figures.findings]
        for of, row in listed:
            shares = {"accepted": row.accepted, "edited": row.edited, "rejected": row.rejected}
            yield {"group": kind, "name": figures.name, "of": of, "what": row.name, **_cells(shares)}


def _model_rows(stats: Stats) -> Iterator[dict[str, Any]]:
    monitor = stats.monitor
    listed: Sequence[tuple[str, Rates]] = [
        *(("all", each) for each in monitor.overall),
        *(("week", each) for each in monitor.weeks),
        *(("scanner", each) for each in monitor.scanners),
    ]
    for kind, row in listed:
        shares = {name: getattr(row, name) for name in FIGURES}
        counts = {name: getattr(row, name) for name in COUNTS}
        yield {"by": kind, "group": row.group, "voter": row.voter, "label": row.label, **counts, **_cells(shares)}


def _cells(shares: dict[str, Share]) -> dict[str, Any]:
    """Spread shares over columns: hits, n, value and interval; what has no figure is empty, never 0."""
    cells: dict[str, Any] = {}
    for name, share in shares.items():
        cells[f"{name}_hits"], cells[f"{name}_n"] = share.hits, share.n
        cells[name], cells[f"{name}_low"], cells[f"{name}_high"] = share.value, share.low, share.high
    return cells


def _csv(rows: Iterable[dict[str, Any]], columns: Sequence[str] | None = None) -> str:
    listed = list(rows)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns or list(listed[0] if listed else ()), lineterminator="\n")
    writer.writeheader()
    writer.writerows([{name: _safe(value) for name, value in row.items()} for row in listed])
    return stream.getvalue()


def _safe(value: Any) -> Any:
    """Keep a name that a spreadsheet would run as a formula a text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value
