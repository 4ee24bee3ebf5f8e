"""Train network, tower and VLM in a few minutes where there is a GPU, and by the same command where there is none.

    python -m training.accelerated [--minutes 12] [--pack pack.npz] [--stages network,tower,vlm] [--out FOLDER]

With a pack (`training.pack`) nothing else is needed on the machine: it is unpacked under the output folder. Without one
the data folder and its caches are read, which `training.prepare` makes. Each stage goes on from what ships, by the very
functions of `training.network`, `training.tower` and `training.vlm`: the network without the fold that tests; the
tower, which that network teaches (`training.distil`); the VLM, which sees with that tower. A stage that is left out is
taken as it ships.

The limit is of wall time from the start, unpacking and caches included, and each stage has its share of what is left
(SHARES). A stage stops at the end of a step, its rate having come down with the time, and its weights are written. Only
steps are cut short: a CPU takes some minutes to cache what the tower and the VLM are taught with, however few are left.
The folder has `network/` (trunk and heads), `tower/` (the CLIP's vision half and projection) and `vlm/`, and
`report.json` with steps, seconds and images a second. A stage that was killed leaves nothing in the folder; those
before it stay. Each call begins anew. Nothing in models/ is changed: measuring, heads and cards need the data folder.
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import torch

from training.device import Budget, best_device

SHARES = {"network": 0.40, "tower": 0.35, "vlm": 0.25}
"""Of the time that is left for these stages; one that is not asked for leaves its share to the others."""
MOST_STEPS = {"network": 6000, "tower": 6000, "vlm": 4000}
"""More would be more looks at the same films than was ever tried."""
RATES = {"network": 7e-4, "tower": 1.5e-3, "vlm": 1e-3}
RUNS = "accelerated"
"""Folder of the runs' checkpoints, under that of training."""
WRITING = 0.03
"""Share of the time that is kept for what comes before and after the steps of a stage."""


class Spent(NamedTuple):
    """What a stage took."""

    stage: str
    steps: int
    seconds: float
    images: int
    """Images of a step."""


def budget_of(stage: str, stages: Sequence[str], left: float) -> Budget:
    """Give a stage's limit, of the seconds left to it and to the stages after it."""
    following = stages[list(stages).index(stage) :]
    share = SHARES[stage] / sum(SHARES[name] for name in following)
    return Budget(max(0.0, left * share * (1 - WRITING)))


class Run:
    """The stages in order, on one device, under one limit."""

    def __init__(self, stages: Sequence[str], out: Path, device: torch.device, limit: Budget, threads: int) -> None:
        self.stages, self.out, self.device, self.limit, self.threads = stages, out, device, limit, threads
        self.spent: list[Spent] = []
        self.network: Any = None
        self.clip: Any = None

    def left(self) -> float:
        """Give the seconds that are left."""
        return max(0.0, self.limit.seconds * (1 - self.limit.spent()))

    def all(self) -> None:
        """Run what was asked for, and write the report after each stage."""
        made = {"network": self._network, "tower": self._tower, "vlm": self._vlm}
        for stage in self.stages:
            start = time.monotonic()
            steps, images = made[stage](budget_of(stage, self.stages, self.left()))
            self.spent.append(Spent(stage, steps, time.monotonic() - start, images))
            self._report()

    def _network(self, budget: Budget) -> tuple[int, int]:
        from safetensors.torch import save_file

        from training.folds import TEST_FOLD
        from training.network import SHIPPED, plan_of, started, train
        from training.network_data import PHANTOM, REAL, Sampler

        plan = plan_of(f"{RUNS}/network-{TEST_FOLD}", MOST_STEPS["network"], RATES["network"])
        sampler = Sampler(left_out=TEST_FOLD)
        model: Any = started(plan, TEST_FOLD, SHIPPED, sampler)
        model = train(plan, model, sampler, device=self.device, budget=budget, threads=self.threads)
        self.network = model.eval().to("cpu")
        weight, bias = self.network.linear()
        self.network.trunk.save_pretrained(self.out / "network")
        save_file(
            {"network_weight": weight.contiguous(), "network_bias": bias.contiguous()},
            self.out / "network" / "heads.safetensors",
        )
        return steps_of(plan.name), REAL + PHANTOM

    def _tower(self, budget: Budget) -> tuple[int, int]:
        from training import tower
        from training.clip_data import OTHER, PHANTOM, REAL, Sampler
        from training.embeddings import load_clip

        self._see()
        plan = tower.plan_of(f"{RUNS}/tower", MOST_STEPS["tower"], RATES["tower"])
        model = tower.train(
            plan,
            Sampler(phantoms=True),
            resume=True,
            initial=tower.SHIPPED,
            device=self.device,
            budget=budget,
            threads=self.threads,
        ).to("cpu")
        self.clip = load_clip()
        self.clip.vision_model.load_state_dict(model.vision.state_dict())
        self.clip.visual_projection.load_state_dict(model.projection.state_dict())
        model.vision.save_pretrained(self.out / "tower")
        torch.save(model.projection.state_dict(), self.out / "tower" / "projection.pt")
        return steps_of(plan.name), REAL + PHANTOM + OTHER

    def _see(self) -> None:
        """Cache what this run's network sees; on a CPU, which takes minutes for it, a cache that is there stays."""
        from training import distil
        from training.paths import WORK

        there = (WORK / "cache" / "distil.npz").exists()
        if there and (self.network is None or self.device.type == "cpu"):
            return
        teacher = distil.shipped_teacher()
        if self.network is not None:
            self.network.trunk.config.image_size = teacher.trunk.config.image_size
            teacher = distil.Teacher(self.network.trunk, *self.network.linear())
        self._build(teacher)

    def _build(self, teacher: Any) -> None:
        from training import distil

        distil.build(teacher._replace(trunk=teacher.trunk.to(self.device)))
        teacher.trunk.to("cpu")

    def _vlm(self, budget: Budget) -> tuple[int, int]:
        from transformers import PreTrainedTokenizerFast

        from training import vlm
        from training.embeddings import load_clip
        from training.loop import Plan
        from training.paths import MODELS
        from training.vlm_data import BATCH

        clip = self.clip or load_clip()
        if self.clip is None:
            self._see()
        # The very tokenizer that ships: its embeddings are gone on with.
        tokenizer = PreTrainedTokenizerFast.from_pretrained(MODELS / "vlm")
        clip.vision_model.to(self.device)
        banks = vlm.banks_of(clip, views=1, most=None)
        clip.vision_model.to("cpu")
        torch.manual_seed(0)
        plan = Plan(f"{RUNS}/vlm", MOST_STEPS["vlm"], RATES["vlm"], warmup=50, muon=True)
        model = vlm.train(
            plan,
            vlm.build_vlm(clip, tokenizer),
            banks,
            tokenizer,
            clip=clip,
            resume=True,
            initial=vlm.SHIPPED,
            device=self.device,
            budget=budget,
            threads=self.threads,
        )
        vlm.save_vlm(model, tokenizer, self.out / "vlm")
        return steps_of(plan.name), BATCH

    def _report(self) -> None:
        memory = torch.cuda.max_memory_allocated() if self.device.type == "cuda" else None
        report = {
            "device": torch.cuda.get_device_name() if self.device.type == "cuda" else "cpu",
            "limit_s": self.limit.seconds,
            "spent_s": round(self.limit.seconds * self.limit.spent(), 1),
            "device_memory_bytes": memory,
            "stages": {
                item.stage: {
                    "steps": item.steps,
                    "seconds": round(item.seconds, 1),
                    "images_per_second": round(item.steps * item.images / item.seconds, 1),
                }
                for item in self.spent
            },
        }
        (self.out / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(report["stages"]))


def steps_of(name: str) -> int:
    """Give how many steps a run has done."""
    from training.paths import WORK

    return int(torch.load(WORK / name / "checkpoint.pt", weights_only=True, map_location="cpu")["step"])


def _asked(text: str) -> list[str]:
    """Read --stages: some of SHARES, in that order."""
    named = text.split(",")
    unknown = sorted(set(named) - SHARES.keys())
    if unknown:
        raise argparse.ArgumentTypeError(f"no stage '{unknown[0]}'; there are {', '.join(SHARES)}")
    return [name for name in SHARES if name in named]


def _minutes(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("more than 0 minutes")
    return value


def unpacked(pack: Path, folder: Path) -> None:
    """Unpack, and let this process read data and caches from there: `training.paths` is not imported before."""
    os.environ["OVERREAD_DATA"] = str(folder / "data")
    os.environ["OVERREAD_TRAINING"] = str(folder / "training")
    from training.pack import unpack

    unpack(pack, folder / "data", folder / "training" / "cache")


def begin_anew() -> None:
    """Forget the runs of an earlier call."""
    from training.paths import WORK

    shutil.rmtree(WORK / RUNS, ignore_errors=True)


def options_of(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=_minutes, default=12.0, help="of wall time, in all")
    parser.add_argument("--pack", type=Path, help="a file of training.pack, instead of the data folder and its caches")
    parser.add_argument("--stages", type=_asked, default=list(SHARES), help=f"of {','.join(SHARES)}")
    parser.add_argument("--out", type=Path, default=Path("out/accelerated"))
    parser.add_argument("--threads", type=int, default=None, help="that draw batches ahead; as many as there are cores")
    return parser.parse_args(arguments)


def main() -> None:
    """Train within the limit."""
    options = options_of()
    limit = Budget(60 * options.minutes)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.pack:
        try:
            unpacked(options.pack, options.out)
        except (OSError, EOFError, ValueError, BadZipFile) as error:
            sys.exit(f"{options.pack} cannot be unpacked: {error}")
    begin_anew()
    device = best_device()
    print(f"{device.type}, {options.minutes:g} minutes, {', '.join(options.stages)}")
    threads = options.threads
    if threads is None:
        threads = min(16, os.cpu_count() or 1) if device.type == "cuda" else 0
    Run(options.stages, options.out, device, limit, threads).all()


if __name__ == "__main__":
    main()
