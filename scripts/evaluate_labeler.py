"""Measure the rule labeler against human index headings (MeSH majors) of the Indiana University reports.

    python scripts/evaluate_labeler.py ../shared/data/reports/openi.jsonl [--errors LABEL]

Headings list what is present, so a label is gold-positive when its heading is there and negative otherwise; uncertain
is scored as not present, and reports that were never indexed are left out. `strict` gold takes headings of the label's
own name, `wide` also those that CheXpert files under it. Reports are halved by a hash of their id: rules may be shaped
on `dev`, floors are held on `held-out`.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from overread.labeler import VERSION, label_text

STRICT: dict[str, tuple[str, ...]] = {
    "Atelectasis": ("pulmonary atelectasis",),
    "Cardiomegaly": ("cardiomegaly",),
    "Consolidation": ("consolidation",),
    "Edema": ("pulmonary edema",),
    "Pleural Effusion": ("pleural effusion", "hydropneumothorax", "hemothorax", "hemopneumothorax"),
    "Fracture": ("fractures, bone",),
    "Lung Lesion": ("nodule", "mass"),
    "Lung Opacity": ("opacity", "density", "airspace disease", "infiltrate"),
    "Pneumonia": ("pneumonia",),
    "Pneumothorax": ("pneumothorax", "hydropneumothorax", "hemopneumothorax"),
    "Support Devices": (
        "catheters, indwelling",
        "implanted medical device",
        "tube, inserted",
        "medical device",
        "stents",
    ),
}
WIDE: dict[str, tuple[str, ...]] = {
    **STRICT,
    "Edema": ("pulmonary edema", "pulmonary congestion", "heart failure"),
    "Lung Opacity": (
        *STRICT["Lung Opacity"],
        "cicatrix",
        "markings",
        "lung diseases, interstitial",
        "pulmonary fibrosis",
    ),
}
FIVE = ("Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Pleural Effusion")
FLOORS = {"macro-5": 0.84, "macro-11": 0.75, "accuracy": 0.97}


class Counts(NamedTuple):
    """Agreement of one label with its headings."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def precision(self) -> float:
        """Part of the reports we label that have the heading; 0 where we label none."""
        return _share(self.true_positive, self.true_positive + self.false_positive)

    @property
    def recall(self) -> float:
        """Part of the reports with the heading that we label; 0 where none has it."""
        return _share(self.true_positive, self.true_positive + self.false_negative)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where neither side has any."""
        return _share(2 * self.true_positive, 2 * self.true_positive + self.false_positive + self.false_negative)


class Scored(NamedTuple):
    """One report: its headings and our labels."""

    identity: str
    headings: frozenset[str]
    labels: dict[str, int | None]


def main() -> int:
    """Print precision, recall and F1 of each label, by half and gold; return 1 where a strict held-out floor is missed.

    With `--errors` print instead the dev reports that one label gets wrong by wide gold, and return 0.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("reports", type=Path)
    parser.add_argument("--errors", metavar="LABEL", help="print the ids of wrong dev reports of one label")
    options = parser.parse_args()
    started = time.process_time()
    scored = list(_scored(options.reports))
    each = 1000 * (time.process_time() - started) / len(scored)
    halves = {
        "dev": [s for s in scored if _in_dev(s.identity)],
        "held-out": [s for s in scored if not _in_dev(s.identity)],
    }
    if options.errors:
        return _print_errors(halves["dev"], options.errors)
    print(f"labeler version {VERSION}, {len(scored)} reports with text, {each:.2f} ms of CPU a report")
    met = True
    for half, reports in halves.items():
        for name, gold in (("strict", STRICT), ("wide", WIDE)):
            figures = _report(half, name, reports, gold)
            met = met and (half == "dev" or name == "wide" or all(figures[k] >= floor for k, floor in FLOORS.items()))
    print(f"held-out floors {FLOORS}: {'met' if met else 'NOT MET'}")
    return 0 if met else 1


def _scored(path: Path) -> Iterator[Scored]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            report = json.loads(line)
            text = "\n".join(part for part in (report["findings"], report["impression"]) if part)
            if text.strip() and "no indexing" not in (heading.lower() for heading in report["mesh"]):
                headings = frozenset(heading.split("/")[0].lower() for heading in report["mesh"])
                yield Scored(report["id"], headings, label_text(text))


def _in_dev(identity: str) -> bool:
    return hashlib.sha256(identity.encode()).digest()[0] % 2 == 0


def _report(half: str, name: str, reports: list[Scored], gold: dict[str, tuple[str, ...]]) -> dict[str, float]:
    print(f"\n{half}, {name} gold, {len(reports)} reports\n{'label':<20}{'P':>6}{'R':>6}{'F1':>6}{'n':>6}")
    counts = {label: _counts(reports, label, headings) for label, headings in gold.items()}
    for label, c in counts.items():
        print(f"{label:<20}{c.precision:>6.2f}{c.recall:>6.2f}{c.f1:>6.2f}{c.true_positive + c.false_negative:>6}")
    figures = {
        "macro-5": _mean(counts[label].f1 for label in FIVE),
        "macro-11": _mean(c.f1 for c in counts.values()),
        "accuracy": _mean((c.true_positive + c.true_negative) / len(reports) for c in counts.values()),
    }
    print("  ".join(f"{key} {value:.3f}" for key, value in figures.items()), end="  ")
    normal = _counts(reports, "No Finding", ("normal",))
    print(f"No Finding P {normal.precision:.2f} R {normal.recall:.2f} F1 {normal.f1:.2f}")
    return figures


def _counts(reports: list[Scored], label: str, headings: tuple[str, ...]) -> Counts:
    pairs = [(bool(report.headings & set(headings)), report.labels[label] == 1) for report in reports]
    return Counts(
        pairs.count((True, True)), pairs.count((False, True)), pairs.count((True, False)), pairs.count((False, False))
    )


def _print_errors(reports: list[Scored], label: str) -> int:
    for report in reports:
        gold, ours = bool(report.headings & set(WIDE[label])), report.labels[label]
        if gold != (ours == 1):
            print(report.identity, "heading" if gold else "no heading", ours)
    return 0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


if __name__ == "__main__":
    sys.exit(main())
