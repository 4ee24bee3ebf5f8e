"""Send studies through the real graph, up to the review, in one or several variants of the program.

    python -m training.draft_eval.reading JOB.json

A process of its own, so that the program that reads may be one whose models are others (`models.program_with`). Each
variant reads in a home of its own, without priors or orders; case files are written to OUT/<variant>/<study>.json.
"""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml
from tqdm import tqdm

from overread import plugins
from overread.admission import Refused
from overread.composition import open_room
from overread.settings import load_settings, shipped_profiles
from training.draft_eval import memory

PROFILE = "embedded"
LOOKING = ("header", "quality")
"""Tools of every variant: without them nothing is read at all."""

PATIENT = {"tool_seconds": 3600.0, "limits": {"wall_seconds": 3600.0}}
"""Deadlines that no busy machine passes: what a tool says must not depend on what else runs."""


@dataclass(frozen=True)
class Variant:
    """The program with something left out."""

    name: str
    tools: tuple[str, ...] | None = None
    """Tools beside LOOKING; None: those of the profile."""
    settings: tuple[tuple[str, Any], ...] = ()
    rules: bool = True


VARIANTS = (
    Variant("whole"),
    Variant("classifier alone", tools=("classification",)),
    Variant("report model alone", tools=("report",)),
    Variant("no check", rules=False),
    Variant("no adjudicate", settings=(("adjudication_rounds", 0),)),
    Variant("no verify", settings=(("verify_rounds", 1),)),
)
"""Without rules nothing is left to adjudicate. What the verifier withholds, without a second draft, counts as said."""


@dataclass(frozen=True)
class Job:
    """What one process reads."""

    studies: Mapping[str, str]
    """Name to the path of its picture or folder."""
    variants: tuple[str, ...]
    out: str


def read(job: Job) -> dict[str, float]:
    """Read every study in every variant; give the seconds of each variant, and of taking the studies in."""
    with tempfile.TemporaryDirectory(prefix="overread-draft-eval-") as name:
        folder = Path(name)
        started = time.monotonic()
        taken = _take_in(job, folder)
        seconds = {"taking in": round(time.monotonic() - started, 1)}
        for variant in (one for one in VARIANTS if one.name in job.variants):
            started = time.monotonic()
            _read_variant(variant, taken, folder, Path(job.out) / variant.name)
            seconds[variant.name] = round(time.monotonic() - started, 1)
    return seconds


def _take_in(job: Job, folder: Path) -> dict[str, str]:
    """Take every study into the store that each variant starts from; give each one's case id.

    A study that is refused before it is a case has no draft, and its id is empty.
    """
    taken = {}
    with open_room(load_settings(**_settings(VARIANTS[0], folder, "taken"))) as room:
        for name, path in tqdm(job.studies.items(), desc="taking in", mininterval=2):
            admitted = room.take_in([Path(path)])
            taken[name] = "" if isinstance(admitted, Refused) else admitted.case.case_id
    return taken


def _read_variant(variant: Variant, taken: Mapping[str, str], folder: Path, out: Path) -> None:
    """Read all cases in a home of the variant's own, a copy of the one that they were taken into."""
    home = folder / "home"
    shutil.copytree(folder / "taken", home)
    out.mkdir(parents=True, exist_ok=True)
    with open_room(load_settings(**_settings(variant, folder, home.name))) as room:
        for name, case_id in tqdm(taken.items(), desc=variant.name, mininterval=2):
            said = room.read(case_id).model_dump_json() if case_id else json.dumps({"status": "refused"})
            (out / f"{name}.json").write_text(said, encoding="utf-8")
    shutil.rmtree(home)


def _settings(variant: Variant, folder: Path, home: str) -> dict[str, Any]:
    """Give the settings of a variant; its profile has the shipped one's models, which remember."""
    shipped = yaml.safe_load((shipped_profiles() / f"{PROFILE}.yaml").read_text(encoding="utf-8"))
    for spec in shipped["roles"].values():
        if spec["backend"] == memory.SOURCE:
            spec["backend"] = memory.__name__
    if variant.tools is not None:
        shipped["tools"] = [*LOOKING, *variant.tools]
    (folder / f"{PROFILE}.yaml").write_text(yaml.safe_dump(shipped), encoding="utf-8")
    rules = {} if variant.rules else {"rules_disabled": plugins.names("rules")}
    return {"home": folder / home, "profiles_dir": folder, **PATIENT, **rules, **dict(variant.settings)}


def main() -> None:
    """Read a job's studies; the last line of standard output is the seconds of each variant, as JSON."""
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps(read(Job(given["studies"], tuple(given["variants"]), given["out"]))))


def save(job: Job, path: Path) -> None:
    """Write a job down for another process."""
    path.write_text(json.dumps(asdict(job)), encoding="utf-8")


if __name__ == "__main__":
    main()
