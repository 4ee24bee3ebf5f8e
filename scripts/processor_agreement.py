"""Compare what the embedded models say of the same studies at several instruction sets and thread counts.

    python scripts/processor_agreement.py [--phantoms 8] [--films FOLDER [--count 8]]

Each level is a process of its own, because the libraries choose their kernels when they load. Prints a row a level
against the first: evidence with the same id, the largest difference of a score and of a measurement, the smallest Dice
of a mask, and how many reports and answers are the same word for word. Ends with 1 where a score differs by more than
its last digit, a mask by more than a pixel in a thousand, or a report at all.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table

from overread.precision import DIGITS

PICTURES = (".png", ".jpg", ".jpeg", ".dcm")
LEAST_DICE = 0.999
QUESTIONS = ("Is there a pleural effusion?", "Is there cardiomegaly?", "Is there a pneumothorax?")


class Level(NamedTuple):
    """What a processor would choose by itself, forced by the libraries' own switches."""

    name: str
    threads: int
    environment: dict[str, str]
    """oneDNN (convolutions), ATen (elementwise), MKL (products), OpenBLAS and NumPy (heads)."""


AVX2 = {
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX",
}
AVX512 = {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE", "ATEN_CPU_CAPABILITY": "avx512"}
OLDEST = {
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    "OPENBLAS_CORETYPE": "Nehalem",
    "NPY_DISABLE_CPU_FEATURES": AVX2["NPY_DISABLE_CPU_FEATURES"] + " AVX2 FMA3",
}
LEVELS = (
    Level("as it is", 1, {}),
    Level("as it is", 2, {}),
    Level("AVX-512", 1, AVX512),
    Level("AVX2", 1, AVX2),
    Level("AVX2", 2, AVX2),
    Level("SSE4.1", 1, OLDEST),
)

Said = list[dict[str, Any]]
"""The evidence of one study, as `overread tool --json` gives it."""


class Agreement(NamedTuple):
    """How far two levels agree."""

    evidence: int
    same_ids: int
    score: float
    """Largest difference of a probability."""
    measurement: float
    """Largest relative difference of a measurement."""
    dice: float
    """Smallest Dice of a mask."""
    texts: int
    """Studies with a report or answers."""
    same_texts: int

    @property
    def holds(self) -> bool:
        """Say whether the levels agree as far as is promised."""
        return self.score <= 1.01 * 10**-DIGITS and self.dice >= LEAST_DICE and self.texts == self.same_texts


def listen(level: Level, studies: Sequence[Path], folder: Path) -> list[Said]:
    """Have a process at a level look at the studies; raises `CalledProcessError` when it fails."""
    folder.mkdir()
    command = [sys.executable, __file__, "--look", str(folder), "--threads", str(level.threads), *map(str, studies)]
    subprocess.run(command, env={**os.environ, **level.environment}, check=True)
    said: list[Said] = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    return said


def look(studies: Sequence[Path], threads: int, folder: Path) -> None:
    """Run every tool of the profile `embedded` on each study and write what they say to said.json."""
    from overread.composition import open_room
    from overread.outputs.case_json import with_place
    from overread.settings import load_settings
    from overread.standalone import admit, question_of, run_alone

    said = []
    with open_room(load_settings(home=folder / "home", torch_threads=threads)) as room:
        for study in studies:
            admitted = admit(room, [study], gated=False)
            asked = [question_of(text, admitted.case.study) for text in QUESTIONS]
            outcomes = [
                run_alone(room, admitted, tool, asked if name == "vqa" else ())
                for name, tool in room.services.tools.items()
            ]
            evidence = [item for outcome in outcomes for item in outcome.evidence]
            placed = [with_place(item, lambda mask: room.home.artifacts.absolute(mask.png)) for item in evidence]
            said.append([item.model_dump(mode="json") for item in placed])
    (folder / "said.json").write_text(json.dumps(said), encoding="utf-8")


def compare(one: Sequence[Said], other: Sequence[Said]) -> Agreement:
    """Compare what two levels said of the same studies."""
    ids = [({item["id"] for item in a}, {item["id"] for item in b}) for a, b in zip(one, other, strict=True)]
    texts = [(_texts(a), _texts(b)) for a, b in zip(one, other, strict=True)]
    return Agreement(
        evidence=sum(len(a) for a, _ in ids),
        same_ids=sum(len(a & b) for a, b in ids),
        score=max(_differences(one, other, "score", "label", "probability"), default=0.0),
        measurement=max(_differences(one, other, "measurement", "name", "value", relative=True), default=0.0),
        dice=min(_dices(one, other), default=1.0),
        texts=len(texts),
        same_texts=sum(a == b for a, b in texts),
    )


def _texts(said: Said) -> list[str]:
    return [item["payload"].get("text") or item["payload"].get("answer") or "" for item in said]


def _by_name(said: Said, kind: str, name: str) -> dict[tuple[str, str], dict[str, Any]]:
    payloads = [(item["tool"], item["payload"]) for item in said if item["payload"]["kind"] == kind]
    return {(tool, payload[name]): payload for tool, payload in payloads}


def _differences(
    one: Sequence[Said], other: Sequence[Said], kind: str, name: str, value: str, *, relative: bool = False
) -> list[float]:
    found = []
    for a, b in zip(one, other, strict=True):
        mine, theirs = _by_name(a, kind, name), _by_name(b, kind, name)
        for key in mine.keys() | theirs.keys():
            x, y = (float(each[key][value]) if key in each else float("nan") for each in (mine, theirs))
            difference = abs(x - y) / max(abs(x), 1e-12) if relative else abs(x - y)
            found.append(1.0 if difference != difference else difference)
    return found


def _dices(one: Sequence[Said], other: Sequence[Said]) -> list[float]:
    found = []
    for a, b in zip(one, other, strict=True):
        mine, theirs = _by_name(a, "mask", "structure"), _by_name(b, "mask", "structure")
        for key in mine.keys() | theirs.keys():
            if key not in mine or key not in theirs:
                found.append(0.0)
                continue
            x, y = (np.asarray(Image.open(each[key]["png"])) > 0 for each in (mine, theirs))
            found.append(2.0 * float((x & y).sum()) / max(1.0, float(x.sum() + y.sum())))
    return found


def phantoms(count: int, folder: Path) -> list[Path]:
    """Write frontal phantoms, numbers from 300 on, and give their folders."""
    from overread.testing.phantoms import sample_recipe, write_study

    for number in range(300, 300 + count):
        write_study(folder / str(number), sample_recipe(number, view="PA", flipped=False))
    return sorted(folder.iterdir()) if count else []


def films(folder: Path, count: int) -> list[Path]:
    """Choose files spread over a folder."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    return found[:: max(1, len(found) // count)][:count]


def main() -> int:
    """Print the table; return 1 where a level does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studies", type=Path, nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--look", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--phantoms", type=int, default=8)
    parser.add_argument("--films", type=Path)
    parser.add_argument("--count", type=int, default=8)
    options = parser.parse_args()
    if options.look:
        look(options.studies, options.threads, options.look)
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        studies = phantoms(options.phantoms, folder / "phantoms")
        studies += films(options.films, options.count) if options.films else []
        said = [
            listen(level, studies, folder / str(number))
            for number, level in enumerate(track(LEVELS, "levels", transient=True))
        ]
        rows = [(level, compare(said[0], each)) for level, each in zip(LEVELS, said, strict=True)]
    Console().print(_table(rows))
    return int(not all(agreement.holds for _, agreement in rows))


def _table(rows: Sequence[tuple[Level, Agreement]]) -> Table:
    table = Table("level", "threads", "same ids", "score", "measurement", "least Dice", "same texts", box=None)
    for level, found in rows:
        table.add_row(
            level.name,
            str(level.threads),
            f"{found.same_ids} of {found.evidence}",
            f"{found.score:.0e}",
            f"{found.measurement:.0e}",
            f"{found.dice:.5f}",
            f"{found.same_texts} of {found.texts}",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
