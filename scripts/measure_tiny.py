"""The profile `tiny` beside the same models in torch: same evidence, seconds a case, memory.

    python scripts/measure_tiny.py [--films FOLDER] [--count 30]

Reads `--count` phantoms, and as many PNG or JPEG films of a folder, in two processes that keep their models, one after
the other: by ONNX Runtime and by torch, both without the vision-language model. Prints how many pieces of evidence and
how many findings are the same, and of each process seconds of the processor and of the clock a case once the models are
loaded (the median), and the most memory after a case, that of the reader of hostile files included.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import yaml

from overread.batch.single import read_one
from overread.cataloguing.exporting import export
from overread.cli.model_export import TINY
from overread.composition import open_room
from overread.settings import load_settings
from overread.testing.phantoms import sample_recipe, write_study

FIRST = 960_000
PICTURES = (".png", ".jpg", ".jpeg")
PROFILES = ("tiny", "torch")
UNTIMED = 2
"""Cases at the beginning, in which models load."""


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=Path, help="a folder with films as pictures")
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--one", choices=PROFILES, help=argparse.SUPPRESS)
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(_read_all(options.one, options.folder)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _lay(folder, options.films, options.count)
        done = {profile: _run(profile, folder, sys.argv[1:]) for profile in PROFILES}
    _compare(done)


def _lay(folder: Path, films: Path | None, count: int) -> None:
    for number in range(FIRST, FIRST + count):
        write_study(folder / "in" / f"phantom-{number}", sample_recipe(number))
    found = sorted(path for path in films.rglob("*") if path.suffix.lower() in PICTURES) if films else []
    for number, path in enumerate(found[:: max(1, len(found) // count)][:count]):
        place = folder / "in" / f"real-{number}"
        place.mkdir(parents=True)
        (place / path.name).write_bytes(path.read_bytes())
    roles = {"segmentation": "segmenter", "classification": "clip", "classifier": "classifier"}
    profile = {
        "describe": "as tiny, in torch",
        "tools": ["header", "quality", "segmentation", "classification", "prior"],
        "roles": {role: {"backend": "transformers", "model": model} for role, model in roles.items()},
    }
    (folder / "profiles").mkdir()
    (folder / "profiles" / "torch.yaml").write_text(yaml.safe_dump(profile))
    settings = load_settings(home=folder / "home-tiny")
    for model in TINY:
        export(model, settings)


def _run(profile: str, folder: Path, options: list[str]) -> dict[str, Any]:
    command = [sys.executable, __file__, *options, "--one", profile, "--in", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _read_all(profile: str, folder: Path) -> dict[str, Any]:
    own = {"profiles_dir": folder / "profiles"} if profile == "torch" else {}
    settings = load_settings(home=folder / f"home-{profile}", profile=profile, **own)
    cases, cpu, wall, memory = {}, [], [], 0.0
    with open_room(settings) as room:
        for place in sorted((folder / "in").iterdir()):
            spent, began = _spent(), time.perf_counter()
            file = read_one(room, [place], folder / f"out-{profile}").file
            wall.append(time.perf_counter() - began)
            cpu.append(_spent() - spent)
            memory = max(memory, sum(_bytes_of(one) for one in _processes()) / 2**20)
            if file is not None:
                cases[place.name] = {
                    "evidence": sorted(item.id for item in file.evidence),
                    "findings": sorted(f"{one.label} {one.status} {one.laterality}" for one in file.findings),
                }
    return {
        "cases": cases,
        "cpu": cpu[UNTIMED:],
        "wall": wall[UNTIMED:],
        "memory": memory,
        "torch": "torch" in sys.modules,
    }


def _processes() -> Iterator[psutil.Process]:
    own = psutil.Process()
    yield from (own, *own.children(recursive=True))


def _bytes_of(process: psutil.Process) -> int:
    """Give what a process holds; of what several share its part, where the system tells (Linux): it can be added."""
    told = process.memory_full_info()
    return int(getattr(told, "pss", told.rss))


def _spent() -> float:
    return sum(sum(one.cpu_times()[:2]) for one in _processes())


def _compare(done: dict[str, dict[str, Any]]) -> None:
    tiny, torch = (done[name]["cases"] for name in PROFILES)
    print(f"{len(tiny)} cases read by tiny, {len(torch)} by torch")
    for what in ("evidence", "findings"):
        same = [len(set(tiny[name][what]) & set(torch[name][what])) for name in tiny.keys() & torch.keys()]
        every = [len(set(tiny[name][what]) | set(torch[name][what])) for name in tiny.keys() & torch.keys()]
        print(f"{what}: {sum(same)} of {sum(every)} the same")
    for name, told in done.items():
        seconds = ", ".join(f"{kind} {statistics.median(told[kind]):.2f} s" for kind in ("cpu", "wall"))
        print(f"{name}: {seconds} a case, {told['memory']:.0f} MiB at most, torch imported: {told['torch']}")


if __name__ == "__main__":
    main()
