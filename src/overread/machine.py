"""What this process runs on: version and commit of the program, libraries, processor."""

import importlib.metadata
import json
import os
import platform
import re
import subprocess
from functools import cache
from pathlib import Path

from overread._version import __version__
from overread.records import Environment

LIBRARIES = (
    "langgraph",
    "numpy",
    "onnxruntime",
    "pillow",
    "pydicom",
    "scipy",
    "scikit-image",
    "SimpleITK",
    "torch",
    "torchxrayvision",
    "transformers",
)
"""Packages whose version may change what is seen in a picture or what is drafted."""
GIT_SECONDS = 5.0
_VERSION = re.compile(r"^Version: *(\S+)", re.MULTILINE)


@cache
def environment(torch_threads: int | None) -> Environment:
    """Give what this process runs on; `torch_threads` is the setting: None where a model's size decides."""
    return Environment(
        overread=__version__,
        commit=commit(),
        python=platform.python_version(),
        platform=platform.platform(),
        processor=processor(),
        cores=_cores(),
        torch_threads=torch_threads,
        libraries=libraries(),
    )


def libraries() -> dict[str, str]:
    """Map each of `LIBRARIES` that is installed to its version, without importing it."""
    found = {}
    for name in LIBRARIES:
        try:
            told = importlib.metadata.distribution(name).read_text("METADATA") or ""
        except importlib.metadata.PackageNotFoundError:
            continue
        # Not `version`: it reads the long description as well, which takes ten times as long.
        if stated := _VERSION.search(told):
            found[name] = stated[1]
    return found


@cache
def commit() -> str | None:
    """Give the commit of the code that runs, `-dirty` behind it where files differ; None where nothing tells."""
    root = Path(__file__).resolve().parents[2]
    if (root / ".git").exists():
        return _of_checkout(root)
    try:
        told = importlib.metadata.distribution("overread").read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        return None
    installed: str | None = json.loads(told).get("vcs_info", {}).get("commit_id") if told else None
    return installed


def _of_checkout(root: Path) -> str | None:
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=GIT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def processor() -> str | None:
    """Give the processor's model as the system names it; None where it does not."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or None
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or None


def _cores() -> int:
    """Give the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
