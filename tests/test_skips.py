"""A test may be skipped for a need and for nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import ROOT

TESTS = {
    "need": "from tests.needs import require\ndef test_it(): require('data')",
    "module": "from tests.needs import require\nrequire('data')\ndef test_it(): pass",
    "accident": "import pytest\ndef test_it(): pytest.skip('not today')",
}
RUN = ["--strict-skips", "-p", "tests.skips", "-p", "no:cacheprovider", "-c", "/dev/null", "--import-mode=importlib"]


@pytest.mark.parametrize(
    ("kind", "options", "code", "told"),
    [
        ("need", [], 0, "skipped for want of: data 1"),
        ("module", [], 5, "skipped for want of: data 1"),
        ("need", ["--require", "data"], 1, "set OVERREAD_DATA to the data folder"),
        ("accident", [], 1, "skipped for no need: test_accident.py::test_it: not today"),
        ("need", ["--require", "dat"], 4, "--require dat: there are data, browser"),
    ],
)
def test_a_skip_is_counted_by_its_need_or_fails_the_run(
    kind: str, options: list[str], code: int, told: str, tmp_path: Path
) -> None:
    (tmp_path / f"test_{kind}.py").write_text(TESTS[kind])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *RUN, *options, f"test_{kind}.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OVERREAD_DATA": str(tmp_path / "none"), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told in done.stdout + done.stderr
    assert done.returncode == code
