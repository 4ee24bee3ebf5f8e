"""Show what is said of follow-ups of one patient, beside what NIH states of both films.

    python -m training.prior_films [--pairs 24] [--out DIR]

The films are NIH's at 512 px, each with an earlier one of the same patient by its follow-up number, one pair a patient,
those first in which a label came or went. NIH states labels, not sizes: only new and resolved can be held against it,
and its labels are mined from reports. Most of these patients taught the models: what is right here flatters.
"""

import argparse
import itertools
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from overread.admission import Refused
from overread.composition import open_room
from overread.prior_intake import SentPriors
from overread.records import CaseFile
from overread.settings import load_settings
from training.data import Row, manifest
from training.paths import RESULTS, data_root
from training.prior_eval import PATIENT, SAID

TOLD = ("Pleural Effusion", "Pneumothorax", "Cardiomegaly", "Edema", "Consolidation", "Atelectasis", "Lung Lesion")


def follow_ups(rows: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    """Give (earlier, later) pairs of one patient's films, one a patient, pairs with a change first."""
    films: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.source == "nih-cxr14" and int(row.fields["width"]) >= 300:
            films[row.fields["patient_id"]].append(row)
    pairs = []
    for own in films.values():
        own.sort(key=_number)
        each = list(itertools.pairwise(own))
        if each:
            pairs.append(max(each, key=lambda pair: len(changed(*pair))))
    yield from sorted(pairs, key=lambda pair: (-min(len(changed(*pair)), 1), pair[0].id))


def changed(then: Row, now: Row) -> dict[str, str]:
    """Give what NIH's labels say came or went."""
    courses = {(0.0, 1.0): "new", (1.0, 0.0): "resolved"}
    found = {label: courses.get((then.label(label), now.label(label))) for label in TOLD}
    return {label: course for label, course in found.items() if course}


def main() -> None:
    """Read the pairs, print what is said of each, and count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=24)
    parser.add_argument("--out", type=Path, default=RESULTS / "prior-films")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory(prefix="overread-follow-ups-") as home,
        open_room(load_settings(home=Path(home), profile="embedded", **PATIENT)) as room,
    ):
        for then, now in tqdm(list(follow_ups(manifest()))[: asked.pairs]):
            taken = room.take_in([_path(now)], priors=SentPriors((_path(then),), (), True))
            if isinstance(taken, Refused):
                counts["refused"] += 1
            else:
                counts += _told(then, now, room.read(taken.case.case_id))
    print(dict(counts))
    (asked.out / "counts.json").write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")


def _told(then: Row, now: Row, file: CaseFile) -> Counter[str]:
    truth = changed(then, now)
    said = {finding.label: str(finding.change) for finding in file.findings if finding.change}
    print(f"\n{then.id} -> {now.id}: NIH {truth}; said {said}")
    for text in _sentences(file):
        print(f"  {text}")
    counted: Counter[str] = Counter({"pairs": 1})
    for label in TOLD:
        course = said.get(label)
        if course in SAID:
            right = truth.get(label) == course
            counted["told, as NIH states" if right else f"told otherwise ({label} {course})"] += 1
        elif label in truth:
            counted["NIH states a change, nothing told"] += 1
    return counted


def _sentences(file: CaseFile) -> Iterator[str]:
    """Give what the draft says of the comparison."""
    sections = file.draft.sections if file.draft else {}
    for item in (*sections.get("comparison", ()), *sections.get("findings", ()), *sections.get("limitations", ())):
        if any(word in item.text for word in ("since", "earlier", "too;", "ompared", "Change not")):
            yield item.text


def _number(row: Row) -> int:
    extra = json.loads(row.fields["extra"] or "{}")
    return int(extra.get("follow_up") or extra.get("followup") or 0)


def _path(row: Row) -> Path:
    return data_root() / "cxr" / row.fields["path"]


if __name__ == "__main__":
    main()
