"""Measure the drafts of the embedded profile on held-out films and fresh phantoms.

    python -m training.draft_eval [--films 150] [--phantoms 60] [--only VARIANT]... [--before RESULTS.json]
    python -m training.draft_eval --show N        a film by its place (0 on) or name, a phantom by its number

Writes results.json, report.md and every case file under --out. Films are read with a classifier that has not seen their
patients (`models`), phantoms with what ships. The first run looks at each study with every model, 2 to 3 seconds of a
core each; later ones look only where a model or its code has changed.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from overread import __version__
from training.draft_eval import pages, reading
from training.draft_eval.counts import Counts, counts
from training.draft_eval.figures import by_label, changes, figures
from training.draft_eval.models import PLACE, environment_for, held_out_models, program_with
from training.draft_eval.showing import show
from training.draft_eval.truth import Truth, films, phantoms
from training.paths import ROOT

WHOLE = reading.VARIANTS[0].name
UNVERIFIED = "no verify"
Results = dict[str, Any]


def main() -> None:
    """Read the studies, count, and say what came out."""
    options = _options()
    if options.show is not None:
        print(show(options.show, options.films, options.phantoms, options.out))
        return
    variants = tuple(options.only or [one.name for one in reading.VARIANTS])
    seconds: dict[str, float] = {}
    results: Results = {"version": __version__, "seconds": seconds, "sets": {}}
    for kind, studies in _sets(options, seconds).items():
        program = program_with(held_out_models()) if kind == "films" else None
        spent = _read(studies, variants, options.out / kind, program)
        seconds.update({f"{kind}: {stage}": value for stage, value in spent.items()})
        results["sets"][kind] = summary(studies, variants, options.out / kind)
    _write(results, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=150, help="how many films (610 are held out); 0 for none")
    parser.add_argument("--phantoms", type=int, default=60)
    parser.add_argument("--only", action="append", choices=[one.name for one in reading.VARIANTS])
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "draft-eval")
    parser.add_argument("--before", type=Path, help="results.json of an earlier run, to compare with")
    parser.add_argument("--show", metavar="N", help="print what is known of a study, and its draft, of the last run")
    options = parser.parse_args()
    if WHOLE not in (options.only or [WHOLE]):
        options.only.insert(0, WHOLE)
    return options


def _sets(options: argparse.Namespace, seconds: dict[str, float]) -> dict[str, list[Truth]]:
    started = time.monotonic()
    found = {"films": films(options.films), "phantoms": phantoms(options.phantoms)}
    held_out_models()
    seconds["phantoms drawn, held-out classifier made"] = round(time.monotonic() - started, 1)
    return {kind: studies for kind, studies in found.items() if studies}


def _read(studies: Sequence[Truth], variants: tuple[str, ...], out: Path, program: Path | None) -> dict[str, float]:
    """Read in a process of its own: it imports the program whose models are asked."""
    job = PLACE / "job.json"
    reading.save(reading.Job({one.name: one.path for one in studies}, variants, str(out.resolve())), job)
    command = [sys.executable, "-m", reading.__name__, str(job)]
    done = subprocess.run(command, env=environment_for(program), cwd=PLACE, stdout=subprocess.PIPE, check=True)
    seconds: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def summary(studies: Sequence[Truth], variants: Sequence[str], out: Path) -> Results:
    """Give the figures of a set of studies from the case files of each variant, and the counts of the whole program."""
    rows = {variant: [_counts(study, variant, out) for study in studies] for variant in variants}
    patients = [study.patient for study in studies]
    return {
        "studies": len(studies),
        "patients": len(set(patients)),
        "normal": sum(study.normal for study in studies),
        "variants": {variant: figures(counted, patients) for variant, counted in rows.items()},
        "labels": by_label(rows[WHOLE], patients),
        "rows": {study.name: row for study, row in zip(studies, rows[WHOLE], strict=True)},
        "patient of": {study.name: study.patient for study in studies},
    }


def _counts(study: Truth, variant: str, out: Path) -> Counts:
    file = json.loads((out / variant / f"{study.name}.json").read_text(encoding="utf-8"))
    return counts(file, study, withheld_too=variant == UNVERIFIED)


def compared(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Give the change of each figure in each set, on the studies that both have."""
    found = {}
    for kind, one in now["sets"].items():
        old = before["sets"].get(kind, {}).get("rows", {})
        shared = [name for name in one["rows"] if name in old]
        if shared:
            patients = [one["patient of"][name] for name in shared]
            found[kind] = changes([old[name] for name in shared], [one["rows"][name] for name in shared], patients)
    return found


def _write(results: Results, options: argparse.Namespace) -> None:
    before = json.loads(options.before.read_text(encoding="utf-8")) if options.before else None
    found = pages.tables(results, compared(before, results) if before else {}, before)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    made = {"version": results["version"], "profile": reading.PROFILE}
    (options.out / "report.md").write_text(pages.markdown(found, made), encoding="utf-8")
    pages.show(found)
    print(f"{options.out / 'results.json'}, report.md and the case files beside it")


if __name__ == "__main__":
    main()
