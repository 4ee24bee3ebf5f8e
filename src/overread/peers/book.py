"""The file of named remote systems (setting `peers`), and what is read out of secrets when they are needed."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from overread.errors import SettingsError, UsageError
from overread.peers.records import Peer, Secret

_ONE: TypeAdapter[Peer] = TypeAdapter(Peer)


def load_peers(path: Path | None) -> Mapping[str, Peer]:
    """Read the named systems of a YAML file, by name; none where there is no file named.

    Raises `SettingsError`, whose message quotes nothing of the file but its keys.
    """
    if path is None:
        return {}
    entries = _entries(path)
    return {name: _peer(path, name, entry) for name, entry in entries.items()}


def peer_named(peers: Mapping[str, Peer], name: str) -> Peer:
    """Give a system by its name; raises `UsageError` that says which there are."""
    if name in peers:
        return peers[name]
    known = ", ".join(sorted(peers)) or "none: name a file of them in the setting 'peers'"
    raise UsageError(f"no remote system named '{name}'; there are: {known}")


def secret_of(secret: Secret, peer: str) -> str:
    """Read a secret now; raises `SettingsError` where the variable is not set, or the file cannot be read."""
    if secret.env is not None:
        value = os.environ.get(secret.env, "")
        source = f"the environment variable {secret.env}"
    else:
        source = f"the file {secret.file}"
        try:
            value = Path(secret.file or "").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"remote system '{peer}': {source} with its secret cannot be read") from None
    if not value or not value.isprintable():
        raise SettingsError(f"remote system '{peer}': {source} holds no secret of one line")
    return value


def _entries(path: Path) -> dict[str, Any]:
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"setting 'peers': {path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise SettingsError(f"setting 'peers': {path} is no YAML{where}") from None
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise SettingsError(f"setting 'peers': {path} must map names to systems (kind, url or host …)")
    return entries


def _peer(path: Path, name: object, entry: dict[str, Any]) -> Peer:
    try:
        return _ONE.validate_python({**entry, "name": name})
    except ValidationError as error:
        # Not the error itself: it quotes what was given, and somebody may have put a password there.
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "kind"
        raise SettingsError(f"{path.name}: remote system '{name}', {where}: {first['msg']}") from None
