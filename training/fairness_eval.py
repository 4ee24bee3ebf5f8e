"""The audit by sex, age, view and source on films of patients that none of the models has seen.

    python -m training.fairness_eval [--sources nih-cxr14,kermany] [--out out/fairness-films] [--max-gap 0.1]

Lays those films into a folder with a table, and runs `overread eval fairness` on it with the classifier that has not
seen their patients (`training.draft_eval.models`).
"""

import argparse
import csv
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from training.data import LABELS, Row, manifest
from training.draft_eval.models import PLACE, environment_for, held_out_models, program_with
from training.draft_eval.truth import film_of
from training.folds import teaching
from training.new_films import WITHIN
from training.paths import ROOT
from training.reading_eval import TABLE, lay

NORMAL = "No Finding"
TRAITS = ("sex", "age", "view", "source")


def main() -> None:
    """Write the folder and audit its films; exits 1 where the gate fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", default=WITHIN, help="sources of the manifest, comma between")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "fairness-films")
    parser.add_argument("--max-gap", default=None)
    options = parser.parse_args()
    sources = options.sources.split(",")
    folder = PLACE / f"held-out-{'-'.join(sources)}"
    write_folder(folder, unseen(sources))
    gate = ["--max-gap", options.max_gap] if options.max_gap else []
    audit = ["eval", "fairness", "--data", folder, "--out", options.out.resolve(), *gate]
    environment = environment_for(program_with(held_out_models(), folder.with_name("fairness")))
    command = [sys.executable, "-m", "overread.cli", *audit]
    raise SystemExit(subprocess.run(command, env=environment, cwd=PLACE, check=False).returncode)


def unseen(sources: Sequence[str]) -> list[Row]:
    """Give the films of some sources whose patients taught no model that reads here."""
    rows = manifest()
    return [rows[place] for place in teaching(rows, "test") if rows[place].source in sources]


def write_folder(folder: Path, rows: Sequence[Row]) -> None:
    """Lay pictures and the table of what is known of them and of the patient (docs/fairness.md)."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with (folder / TABLE).open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("path", "patient_id", *TRAITS, *LABELS))
        for row in rows:
            study = film_of(row)
            known = {label: there for label in LABELS if (there := study.of(label)) is not None}
            if row.label(NORMAL) in (0, 1):
                known[NORMAL] = row.label(NORMAL) == 1
            source = Path(study.path)
            lay(source, folder / source.name)
            cells = (str(int(known[label])) if label in known else "" for label in LABELS)
            table.writerow((source.name, study.patient, *(row.fields[trait] for trait in TRAITS), *cells))


if __name__ == "__main__":
    main()
