"""Processes that train together: they share gradients, and one that goes on alone waits for nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

ROOT = Path(__file__).parents[2]
PROGRAM = """
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
print("TOGETHER", place, round(together, 5), flush=True)
if place == 0:
    print("ALONE", round(run("alone", 3), 5), flush=True)
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
    words = [line.split() for line in done.stdout.splitlines()]
    together = {line[2] for line in words if line[0] == "TOGETHER"}
    assert len(together) == 1
    assert [line[0] for line in words].count("ALONE") == 1
