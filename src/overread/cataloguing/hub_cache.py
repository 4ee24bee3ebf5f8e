"""Find a model of the hub in this user's own cache; the network is never asked."""

import os
import re
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from overread.errors import ModelRefused, Unavailable
from overread.serving.catalogue import HUB

COMMIT = re.compile(r"[0-9a-f]{40}")
REVISION = re.compile(r"[A-Za-z0-9][\w./-]{0,99}")


class Snapshot(NamedTuple):
    """One commit of a repository as it lies in the cache."""

    folder: Path
    repository: str
    """The hub's `owner/name`."""
    commit: str


def cached_snapshot(repository: str, revision: str | None = None) -> Snapshot:
    """Give the commit of `owner/name` that was fetched last, or the one named; raise `ModelRefused` when it is missing.

    Raises `Unavailable` without the hub's client, which comes with the extra `local`.
    """
    if not HUB.fullmatch(repository) or ".." in repository or "--" in repository:
        raise ModelRefused("this is neither a folder on this machine nor a hub's owner/name; give one of them")
    if revision is not None and (not REVISION.fullmatch(revision) or ".." in revision):
        raise ModelRefused("a revision is a commit, a branch or a tag of the hub; give one of them, or leave it out")
    try:
        hub = import_module("huggingface_hub")
        missing = import_module("huggingface_hub.errors").LocalEntryNotFoundError
    except ImportError:
        raise Unavailable("the hub's cache is read by its own client: pip install 'overread[local]'") from None
    try:
        found = hub.snapshot_download(repository, revision=revision, cache_dir=cache_folder(), local_files_only=True)
    except (missing, OSError, ValueError):
        at = f" --revision {revision}" if revision else ""
        raise ModelRefused(
            f"'{repository}'{at and ' at this revision'} is not in the hub's cache of this user, and nothing is "
            f"downloaded here; get it yourself by 'hf download {repository}{at}', then add it again"
        ) from None
    folder = Path(found)
    return Snapshot(folder, repository, folder.name if COMMIT.fullmatch(folder.name) else "")


def cache_folder() -> Path:
    """Give the cache as the hub's client finds it: HF_HUB_CACHE, then HF_HOME, then `~/.cache/huggingface`."""
    if named := os.environ.get("HF_HUB_CACHE"):
        return Path(named).expanduser()
    above = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    return Path(above).expanduser() / "hub"
