"""Measure what the whole program says became of a finding, on pairs of phantoms through the real graph.

    python -m training.prior_eval [--pairs 100] [--out DIR]

A pair's finding is new, larger, the same, smaller or gone, while the patient stands elsewhere, is turned, or was taken
in the other projection (`overread.testing.phantoms.pairs`); the patients taught nothing. Right: the draft's finding has
that course. Wrong: another one. Untold: none, or it says that the two cannot be compared. A course told of a finding
that stayed absent in both is made up.
"""

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tqdm import tqdm

from overread.admission import Refused
from overread.composition import open_room
from overread.evals._intervals import wilson
from overread.reading_room import ReadingRoom
from overread.records import CaseFile
from overread.settings import load_settings
from overread.testing.phantoms import write_study
from overread.testing.phantoms.pairs import PhantomPair, sample_pair
from overread.testing.phantoms.recipe import PARENTS
from training.paths import RESULTS

FIRST = 800_000
"""Number of the first pair: above those of every phantom that taught, below those of priors (`study_date`)."""
PATIENT = {"tool_seconds": 3600.0, "limits": {"wall_seconds": 3600.0}}
"""Deadlines that no busy machine passes: what a tool says must not depend on what else runs."""
SAID = ("new", "increased", "unchanged", "decreased", "resolved")


@dataclass(frozen=True)
class Outcome:
    """What the program said of one pair."""

    number: int
    label: str
    course: str
    handling: str
    said: str | None
    status: str
    made_up: tuple[str, ...]
    """Courses told of findings that are in neither picture."""

    @property
    def verdict(self) -> str:
        """Say whether it was right, wrong or untold."""
        if self.said not in SAID:
            return "untold"
        return "right" if self.said == self.course else "wrong"


def outcome(pair: PhantomPair, number: int, file: CaseFile) -> Outcome:
    """Hold a case file against what was drawn."""
    there = {pair.label, *([PARENTS[pair.label]] if pair.label in PARENTS else [])}
    finding = next(finding for finding in file.findings if finding.label == pair.label)
    made_up = tuple(
        f"{other.label} {other.change}" for other in file.findings if other.label not in there and other.change in SAID
    )
    return Outcome(number, pair.label, pair.course, pair.handling, finding.change, finding.status, made_up)


def read_pairs(count: int) -> Iterator[Outcome]:
    """Send pairs through the real graph, each up to its review."""
    with tempfile.TemporaryDirectory(prefix="overread-pairs-") as name:
        folder = Path(name)
        settings = load_settings(home=folder / "home", profile="embedded", **PATIENT)
        with open_room(settings) as room:
            for number in tqdm(range(FIRST, FIRST + count)):
                pair = sample_pair(number)
                then, now = folder / f"{number}-then", folder / f"{number}-now"
                write_study(then, pair.then)
                write_study(now, pair.now)
                yield outcome(pair, number, _read(room, now, then))


def table(outcomes: Sequence[Outcome], key: str) -> str:
    """Count right, wrong and untold by one field."""
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for one in outcomes:
        rows[str(getattr(one, key))][one.verdict] += 1
    lines = [f"| {key} | pairs | right | wrong | untold |", "|---|---|---|---|---|"]
    for name, row in rows.items():
        lines.append(f"| {name} | {sum(row.values())} | {row['right']} | {row['wrong']} | {row['untold']} |")
    return "\n".join(lines)


def summary(outcomes: Sequence[Outcome]) -> Mapping[str, object]:
    """Give the shares with their 95 % intervals (Wilson)."""
    told = [one for one in outcomes if one.verdict != "untold"]
    right = sum(one.verdict == "right" for one in told)
    return {
        "pairs": len(outcomes),
        "told": len(told),
        "right": right,
        "right_of_told": _share(right, len(told)),
        "right_of_all": _share(right, len(outcomes)),
        "made_up": sum(len(one.made_up) for one in outcomes),
    }


def main() -> None:
    """Read, print the tables and keep every outcome."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--out", type=Path, default=RESULTS / "prior")
    asked = parser.parse_args()
    outcomes = list(read_pairs(asked.pairs))
    asked.out.mkdir(parents=True, exist_ok=True)
    kept = {"summary": summary(outcomes), "pairs": [asdict(one) for one in outcomes]}
    (asked.out / "pairs.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    for key in ("course", "handling", "label"):
        print(table(outcomes, key), end="\n\n")
    print(json.dumps(kept["summary"]))
    for one in outcomes:
        if one.verdict == "wrong" or one.made_up:
            print(one)


def _read(room: ReadingRoom, now: Path, then: Path) -> CaseFile:
    taken = room.take_in([now], priors=[then])
    if isinstance(taken, Refused):
        raise SystemExit(f"{now.name} was refused: {taken.refusal.detail}")
    return room.read(taken.case.case_id)


def _share(hits: int, count: int) -> dict[str, float]:
    low, high = wilson(hits, count)
    return {"share": round(hits / count, 3) if count else 0.0, "low": round(low, 3), "high": round(high, 3)}


if __name__ == "__main__":
    main()
