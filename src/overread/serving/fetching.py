"""Weights of the hub, fetched before a server waits for them: a first start would spend its patience on the network."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from overread.errors import ServingError
from overread.serving.catalogue import local_folder
from overread.serving.environment import Report
from overread.serving.records import Entry

FETCHED = "*.safetensors", "*.json", "*.jinja", "*.txt", "*.model", "*.tiktoken"
"""What vLLM reads of a repository; others often hold the same weights again in other formats."""


def fetch(entries: Iterable[Entry], environment: Path, report: Report) -> None:
    """Fetch the pinned commits of the hub's models into its cache; what is there is not fetched again.

    Uses the hub's own client in vLLM's environment, which reads HF_TOKEN for gated models.
    Raises `ServingError` with the client's last line.
    """
    for entry in entries:
        if local_folder(entry) is None:
            report(
                f"{entry.source} at {(entry.revision or '')[:12]}, {entry.need.weights / 1e9:.1f} GB unless it is there"
            )
            _run(entry, [str(environment / "bin" / "hf"), *arguments(entry)])


def arguments(entry: Entry) -> list[str]:
    """Give the arguments of the hub's client."""
    patterns = [word for pattern in FETCHED for word in ("--include", pattern)]
    return ["download", entry.source, "--revision", entry.revision or "", *patterns]


def _run(entry: Entry, command: list[str]) -> None:
    try:
        asked = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError as error:
        raise ServingError(f"'{entry.name}' cannot be fetched: {command[0]} does not run ({error.strerror})") from error
    if asked.returncode != 0:
        said = [line.strip() for line in asked.stderr.splitlines() if line.strip()] or ["the hub's client said nothing"]
        raise ServingError(
            f"'{entry.name}' cannot be fetched: {said[-1]}; for a gated model accept its terms at "
            f"https://huggingface.co/{entry.source} and set HF_TOKEN, or give a folder as 'source'"
        )
