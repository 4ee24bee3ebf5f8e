"""Read the small files of somebody else's model folder: bounded in size, and never more than data."""

import json
from pathlib import Path
from typing import Any

import yaml

from overread.errors import ModelRefused

LARGEST = 64 * 2**20
"""Bytes; the index of a model of hundreds of shards has a few megabytes."""
LONGEST_FRONT = 64 * 2**10
"""Characters of front matter that are read."""
FENCE = "---"


def json_object(folder: Path, name: str) -> dict[str, Any]:
    """Read a JSON object; raise `ModelRefused` for a file that is missing, too large, damaged or something else."""
    path = folder / name
    if not path.is_file():
        raise ModelRefused(f"{name} is missing in '{folder.name}'; copy the model's folder again, whole")
    if path.stat().st_size > LARGEST:
        raise ModelRefused(f"{name} of '{folder.name}' has more than {LARGEST} bytes; that is no model's file")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise ModelRefused(f"{name} of '{folder.name}' is not JSON; copy the model's folder again") from None
    if not isinstance(content, dict):
        raise ModelRefused(f"{name} of '{folder.name}' is not a JSON object; copy the model's folder again")
    return content


def front_matter(folder: Path) -> dict[str, Any]:
    """Read the front matter of README.md; empty where there is none, or none that can be read."""
    try:
        with (folder / "README.md").open(encoding="utf-8", errors="replace") as stream:
            text = stream.read(LONGEST_FRONT)
    except OSError:
        return {}
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != FENCE or FENCE not in [line.strip() for line in lines[1:]]:
        return {}
    end = 1 + [line.strip() for line in lines[1:]].index(FENCE)
    try:
        content = yaml.safe_load("\n".join(lines[1:end]))
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
