import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.data
def test_the_labeler_keeps_its_floors_on_the_held_out_half(data: Path) -> None:
    script = ROOT / "scripts" / "evaluate_labeler.py"
    done = subprocess.run(
        [sys.executable, script, data / "reports" / "openi.jsonl"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
