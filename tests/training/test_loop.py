"""Processes that train together: they share gradients, and one that goes on alone waits for nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import require

require("training")

import torch

ROOT = Path(__file__).parents[2]
PROGRAM = """
import os
import pathlib
import torch
from training.loop import Plan, fit, join_processes, leave_processes, processes, rank

def run(name, steps):
    torch.manual_seed(0)
    net = torch.nn.ModuleDict({"layers": torch.nn.ModuleList([torch.nn.Linear(6, 6)])})
    def loss_of(step):
        x = torch.randn(4, 6, generator=torch.Generator().manual_seed(step * processes() + rank()))
        return net["layers"][0](x).square().mean(), {}
    fit(net, Plan(name, steps, 0.01, warmup=2, muon=True), loss_of)
    return float(net["layers"][0].weight.detach().sum())

join_processes()
place, together = rank(), run("together", 4)
leave_processes()
folder = pathlib.Path(os.environ["OVERREAD_TRAINING"])
(folder / f"sum{place}").write_text(str(round(together, 5)))
if place == 0:
    (folder / "sum-alone").write_text(str(round(run("alone", 3), 5)))
"""


def test_two_processes_hold_one_model_and_the_first_goes_on_alone(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(program)],
        env={**os.environ, "OVERREAD_TRAINING": str(tmp_path), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    # In files of their own: what two processes print to one pipe may be mixed within a line.
    assert (tmp_path / "sum0").read_text() == (tmp_path / "sum1").read_text()
    assert (tmp_path / "sum-alone").exists()


def test_reduced_precision_is_refused_where_no_gradient_is_taken() -> None:
    from training.loop import step_precision

    with step_precision():
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    assert product.dtype in (torch.float32, torch.bfloat16)
    with torch.no_grad(), pytest.raises(RuntimeError, match="training steps only"):
        step_precision()


def test_what_heads_rest_on_is_in_float32_on_any_processor() -> None:
    from training.teacher import load_trunk, maps_of

    seen = []
    trunk = load_trunk()
    trunk.embeddings.register_forward_hook(lambda _module, _given, out: seen.append(out.dtype))
    maps = maps_of(trunk, torch.rand(1, 1, 64, 64))
    assert [*seen, maps.dtype] == [torch.float32, torch.float32]
