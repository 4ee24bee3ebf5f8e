"""What a picture and a record say of ICU and intubation in the two sets that state them (docs/prognosis.md).

    python -m training.prognosis_eval [--out out/prognosis]

Takes each patient's earliest film before the event, lays it into a folder with a table, and runs `overread prognosis`
on it. Laboratory values count from the day before the film to its own day.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any

from training.data import Row, manifest
from training.paths import ROOT, data_root

LABORATORY = {
    "1988-5": "crp",
    "2532-0": "ldh",
    "48065-7": "d-dimer",
    "731-0": "lymphocytes",
    "751-8": "neutrophils",
    "2703-7": "po2",
    "2019-8": "pco2",
}
UNITS = {"2703-7": " mm[Hg]", "2019-8": " mm[Hg]"}
SETS = {"hannover": "icu", "covid-chestxray": "intubation"}
LAST_KNOWN = {"hannover": "3 days"}
"""Sets that state the day of the event, and by when it is told; the last film is the last day that is known."""
TIME = "days"
Told = dict[str, Any]


def main() -> None:
    """Write the folders and measure both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "prognosis")
    out = parser.parse_args().out.resolve()
    for source, outcome in SETS.items():
        folder = out / source
        write_folder(folder, source, outcome)
        command = [sys.executable, "-m", "overread.cli", "prognosis", str(folder), "--outcome", outcome]
        subprocess.run(command, env={**os.environ, "OVERREAD_HOME": str(out / "home")}, check=False)
        if source in LAST_KNOWN:
            timed = [*command, "--time", TIME, "--horizon", LAST_KNOWN[source]]
            subprocess.run(timed, env={**os.environ, "OVERREAD_HOME": str(out / "home")}, check=False)


def write_folder(folder: Path, source: str, outcome: str) -> None:
    """Lay the films and their table."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(
            ("path", "patient_id", "age", "sex", "view", outcome, TIME, *(c + UNITS.get(c, "") for c in LABORATORY))
        )
        last = last_days(source)
        for row, told, happened in earliest(source):
            path = data_root() / "cxr" / row.fields["path"]
            shutil.copy(path, folder / path.name)
            values = (taken(told, name) for name in LABORATORY.values())
            who = (row.fields["patient_id"], row.fields["age"], row.fields["sex"], row.fields["view"])
            begins = told.get("icu_admission_offset") if happened else None
            time = begins if begins is not None else last[who[0]] + float(told.get("admission_offset", 0) or 0)
            table.writerow((path.name, *who, int(happened), time, *values))


def earliest(source: str) -> Iterator[tuple[Row, Told, bool]]:
    """Give each patient's earliest frontal film before the event, and whether the event came."""
    first: dict[str, tuple[float, Row, Told, bool]] = {}
    rows = [row for row in manifest() if row.source == source and row.fields["view"].startswith(("PA", "AP"))]
    for row in rows:
        told = json.loads(row.fields["extra"] or "{}")
        seen = icu(told) if source == "hannover" else intubation(told)
        if seen is None:
            continue
        day, happened = seen
        name = row.fields["patient_id"]
        if name not in first or day < first[name][0]:
            first[name] = (day, row, told, happened)
    yield from ((row, told, happened) for _, row, told, happened in first.values())


def last_days(source: str) -> dict[str, float]:
    """Give the day since admission of each patient's last film."""
    last: dict[str, float] = {}
    for row in (row for row in manifest() if row.source == source):
        day = -float(json.loads(row.fields["extra"] or "{}").get("admission_offset", 0) or 0)
        last[row.fields["patient_id"]] = max(day, last.get(row.fields["patient_id"], day))
    return last


def icu(told: Told) -> tuple[float, bool] | None:
    """Give the film's day since admission, and whether intensive care began that day or later; None: it had begun."""
    begins = told.get("icu_admission_offset")
    if begins is not None and float(begins) < 0:
        return None
    return -float(told.get("admission_offset", 0)), begins is not None


def intubation(told: Told) -> tuple[float, bool] | None:
    """Give the film's day since symptoms, and whether the patient came to be intubated; None: not known, or is."""
    if told.get("intubated") not in ("Y", "N") or told.get("intubation_present") != "N":
        return None
    return float(told.get("offset", 0) or 0), told["intubated"] == "Y"


def taken(told: Told, name: str) -> str:
    """Give a value of the day of the film or the day before; empty where there is none."""
    day = told.get(f"{name}_offset")
    value = told.get(f"{name}_val")
    if day is None or value is None or not -1 <= float(day) <= 0 or not isfinite(float(value)):
        return ""
    return str(float(value))


if __name__ == "__main__":
    main()
