"""Group DICOM files by study without trusting a byte of them."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PART_10 = b"DICM"
SECONDS = 300.0


def is_dicom(path: Path) -> bool:
    """Whether a file has the preamble of DICOM PS3.10 7.1, or at least a name that says so."""
    try:
        with path.open("rb") as stream:
            return stream.read(132)[128:] == PART_10 or path.suffix.lower() in (".dcm", ".dicom", ".dic")
    except OSError:
        return False


def by_study(paths: Sequence[Path]) -> list[tuple[Path, ...]]:
    """Give the files of each study together; a file whose study cannot be told stands alone."""
    uids = _study_uids(paths)
    studies: dict[str, list[Path]] = {}
    for number, path in enumerate(paths):
        studies.setdefault(uids.get(number) or f"file {number}", []).append(path)
    return [tuple(group) for group in studies.values()]


def _study_uids(paths: Sequence[Path]) -> dict[int, str]:
    """Ask a child process; what it said before it died or ran out of time still counts."""
    if len(paths) < 2:
        return {}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "overread.batch._study_uid_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        text=True,
    )
    names = "".join(f"{path}\n" for path in paths if "\n" not in str(path))
    try:
        answers, _ = process.communicate(names, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        answers, _ = process.communicate()
    return _parsed(answers, [number for number, path in enumerate(paths) if "\n" not in str(path)])


def _parsed(answers: str, numbers: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for line in answers.splitlines(keepends=True):
        if line.endswith("\n"):
            index, uid = json.loads(line)
            if uid and index < len(numbers):
                found[numbers[index]] = uid
    return found
