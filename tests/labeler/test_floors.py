import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REPORTS = Path(os.environ.get("OVERREAD_DATA", ROOT.parent / "shared" / "data")) / "reports" / "openi.jsonl"


@pytest.mark.data
@pytest.mark.skipif(not REPORTS.is_file(), reason="the reports are not on this machine")
def test_the_labeler_keeps_its_floors_on_the_held_out_half() -> None:
    script = ROOT / "scripts" / "evaluate_labeler.py"
    done = subprocess.run([sys.executable, script, REPORTS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
