"""Compare the in-process models on a CUDA device with the same on the CPU, and time them: a table for docs/serving.md.

    python -m scripts.measure_cuda [--phantoms 8] [--films FOLDER [--count 8]] [--devices cpu,cuda]

Each device is a process of its own, which runs every tool of the profile `embedded` on the same studies; the CPU's is
shown no CUDA device. On CUDA the models are in bfloat16 (`overread.backends._loading`), so scores, masks and
measurements may differ, as far as TOLERANCE says; written texts may differ in a word, and how many are the same is told
and not judged. Seconds are of wall time, memory is what torch held at most on the device, or the process on a CPU.
Ends with 1 where something differs by more, and with 2, measuring nothing, where there is no CUDA device.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from scripts.processor_agreement import QUESTIONS, Agreement, Said, compare, films, phantoms

ROOT = Path(__file__).resolve().parent.parent
DEVICES = ("cpu", "cuda")
NOWHERE = 2


class Tolerance(NamedTuple):
    """How far bfloat16 may be from float32."""

    score: float = 0.05
    measurement: float = 0.03
    """Of a measurement up to 1 the difference, of a larger one its part."""
    dice: float = 0.99


TOLERANCE = Tolerance()
"""Three times what bfloat16 made of four phantoms and four films on a CPU: .017, .011 and .998, every text the same."""


class Told(NamedTuple):
    """What the process of one device said and took."""

    device: str
    name: str
    said: list[Said]
    seconds: list[float]
    """Of each study; the first has loaded the models."""
    memory: int
    """Bytes."""

    @property
    def warm(self) -> float | None:
        """Give the mean seconds of a case once the models are loaded; None of a single study."""
        later = self.seconds[1:]
        return sum(later) / len(later) if later else None


class Nowhere(RuntimeError):
    """There is no CUDA device."""


def require_cuda(devices: Sequence[str]) -> None:
    """Raise `Nowhere`, with what is missing, where a CUDA device is wanted and none can be used."""
    import torch

    if "cuda" not in devices or torch.cuda.is_available():
        return
    built = "this torch is built without CUDA" if torch.version.cuda is None else "no driver or device answers"
    raise Nowhere(f"no CUDA device here ({built}, torch {torch.__version__}): nothing was measured")


def listen(device: str, studies: Sequence[Path], folder: Path) -> Told:
    """Have a process look at the studies on a device; raises `CalledProcessError` when it fails."""
    folder.mkdir(parents=True)
    command = [
        sys.executable,
        "-m",
        "scripts.measure_cuda",
        "--look",
        str(folder),
        *(str(s.resolve()) for s in studies),
    ]
    hidden = {"CUDA_VISIBLE_DEVICES": ""} if device == "cpu" else {}
    subprocess.run(command, env={**os.environ, **hidden}, cwd=ROOT, check=True)
    given: dict[str, Any] = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    return Told(device, **given)


def look(studies: Sequence[Path], folder: Path) -> None:
    """Run every tool of the profile `embedded` on each study; write what they say and take to told.json."""
    import torch

    from overread.composition import open_room
    from overread.outputs.case_json import with_place
    from overread.settings import load_settings
    from overread.standalone import admit, question_of, run_alone

    said, seconds = [], []
    with open_room(load_settings(home=folder / "home")) as room:
        for study in studies:
            start = time.perf_counter()
            admitted = admit(room, [study], gated=False)
            asked = [question_of(text, admitted.case.study) for text in QUESTIONS]
            outcomes = [
                run_alone(room, admitted, tool, asked if name == "vqa" else ())
                for name, tool in room.services.tools.items()
            ]
            seconds.append(time.perf_counter() - start)
            evidence = [item for outcome in outcomes for item in outcome.evidence]
            placed = [with_place(item, lambda mask: room.home.artifacts.absolute(mask.png)) for item in evidence]
            said.append([item.model_dump(mode="json") for item in placed])
    cuda = torch.cuda.is_available()
    memory = torch.cuda.max_memory_allocated() if cuda else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    name = torch.cuda.get_device_name() if cuda else f"CPU, {torch.get_num_threads()} threads"
    told = {"name": name, "said": said, "seconds": seconds, "memory": memory}
    (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")


def agreement(one: Sequence[Said], other: Sequence[Said]) -> Agreement:
    """Compare what two devices said of the same studies; measurements as TOLERANCE counts them, a missing one as 1."""
    found = [
        max((_apart(mine.get(key), theirs.get(key)) for key in mine.keys() | theirs.keys()), default=0.0)
        for mine, theirs in ((_measured(a), _measured(b)) for a, b in zip(one, other, strict=True))
    ]
    return compare(one, other)._replace(measurement=max(found, default=0.0))


def _measured(said: Said) -> dict[tuple[str, str], float]:
    payloads = [(item["tool"], item["payload"]) for item in said if item["payload"]["kind"] == "measurement"]
    return {(tool, payload["name"]): float(payload["value"]) for tool, payload in payloads}


def _apart(one: float | None, other: float | None) -> float:
    if one is None or other is None:
        return 1.0
    difference = abs(one - other) / max(abs(one), 1.0)
    return 1.0 if difference != difference else difference


def holds(found: Agreement, tolerance: Tolerance = TOLERANCE) -> bool:
    """Say whether two devices agree within the tolerance; a difference that is no number is none."""
    return (
        found.evidence > 0
        and found.score <= tolerance.score
        and found.measurement <= tolerance.measurement
        and found.dice >= tolerance.dice
    )


def rows_of(told: Sequence[Told]) -> list[list[str]]:
    """Give a row of the table for each device, compared with the first."""
    rows = []
    for one in told:
        found = agreement(told[0].said, one.said)
        warm = "–" if one.warm is None else f"{one.warm:.2f}"
        rows.append(
            [
                one.name,
                "as the first" if one is told[0] else "yes" if holds(found) else "no",
                f"{found.score:.3f}",
                f"{found.measurement:.3f}",
                f"{found.dice:.4f}",
                f"{found.same_texts} of {found.texts}",
                f"{one.seconds[0]:.1f}",
                warm,
                f"{one.memory / 1e6:,.0f}",
            ]
        )
    return rows


HEAD = (
    "device",
    "agrees",
    "score differs by",
    "measurement",
    "least Dice",
    "same texts",
    "first case s",
    "warm case s",
    "memory MB",
)


def table_of(rows: Sequence[Sequence[str]]) -> str:
    """Give a Markdown table."""
    lines = [HEAD, ["---"] * len(HEAD), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _devices(text: str) -> list[str]:
    named = text.split(",")
    if set(named) - set(DEVICES) or not named:
        raise argparse.ArgumentTypeError(f"devices are {' and '.join(DEVICES)}")
    return named


def main() -> int:
    """Print the table; return 1 where a device does not agree, 2 where there is none."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studies", type=Path, nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--look", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--phantoms", type=int, default=8)
    parser.add_argument("--films", type=Path)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--devices", type=_devices, default=list(DEVICES), help="the first is compared with")
    options = parser.parse_args()
    if options.look:
        look(options.studies, options.look)
        return 0
    try:
        require_cuda(options.devices)
    except Nowhere as error:
        print(error, file=sys.stderr)
        return NOWHERE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        studies = phantoms(options.phantoms, folder / "phantoms")
        studies += films(options.films, options.count) if options.films else []
        if not studies:
            parser.error("no studies: --phantoms or --films")
        told = [listen(device, studies, folder / f"{number}-{device}") for number, device in enumerate(options.devices)]
    print(table_of(rows_of(told)))
    return int(not all(holds(agreement(told[0].said, one.said)) for one in told[1:]))


if __name__ == "__main__":
    sys.exit(main())
