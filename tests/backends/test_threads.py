"""In-process models compute with few threads, and the threads sleep while they wait."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from overread.backends._threads import SMALL, cores, threads_for

SCRIPT = """
import os, sys
from overread.backends.transformers import build
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture
settings = Settings(torch_threads=int(sys.argv[2]) or None)
build(ModelSpec(backend="transformers", model=sys.argv[1]), settings).embed_pictures([make_picture()])
import torch
print(torch.get_num_threads(), os.environ["OMP_WAIT_POLICY"])
"""


def test_a_small_model_has_one_thread_a_large_one_the_cores_and_a_setting_comes_first() -> None:
    assert threads_for(SMALL, None) == 1
    assert threads_for(SMALL + 1, None) == cores() >= 1
    assert threads_for(SMALL, 3) == threads_for(2 * SMALL, 3) == 3


@pytest.mark.parametrize(("wanted", "policy", "expected"), [(0, None, "1 PASSIVE"), (2, "ACTIVE", "2 ACTIVE")])
def test_a_model_that_is_asked_computes_with_them(
    tiny_clip: Path, wanted: int, policy: str | None, expected: str
) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tiny_clip), str(wanted)],
        env={**kept, "OMP_WAIT_POLICY": policy} if policy else kept,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.strip() == expected
