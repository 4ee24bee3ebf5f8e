"""The agent beside its parts on films of patients that none of its models has seen.

    python -m training.reading_eval [--films 150] [--out out/reading-films]

Lays those films into a folder with a table, and runs `overread eval reading` on it with the classifier that has not
seen their patients (`training.draft_eval.models`).
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from training.data import LABELS
from training.draft_eval.models import PLACE, environment_for, held_out_models, program_with
from training.draft_eval.truth import Truth, films
from training.paths import ROOT

TABLE = "labels.csv"


def main() -> None:
    """Write the folder and read its films."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=150, help="how many films (610 are held out)")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "reading-films")
    options = parser.parse_args()
    folder = PLACE / "nih-held-out"
    write_folder(folder, films(options.films))
    command = [
        sys.executable,
        "-m",
        "overread.cli",
        "eval",
        "reading",
        "--data",
        folder,
        "--out",
        options.out.resolve(),
    ]
    environment = environment_for(program_with(held_out_models(), folder.with_name("reading")))
    raise SystemExit(subprocess.run(command, env=environment, cwd=PLACE, check=False).returncode)


def write_folder(folder: Path, studies: Sequence[Truth]) -> None:
    """Lay pictures, each a hard link or a copy, and the table of what is known of them (docs/calibration.md)."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with (folder / TABLE).open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("path", "patient_id", "view", *LABELS))
        for study in studies:
            source = Path(study.path)
            lay(source, folder / source.name)
            table.writerow((source.name, study.patient, "", *(_cell(study.of(label)) for label in LABELS)))


def _cell(there: bool | None) -> str:
    return "" if there is None else str(int(there))


def lay(source: Path, target: Path) -> None:
    """Put a file at another place, as a link where the file system has those."""
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copyfile(source, target)


if __name__ == "__main__":
    main()
