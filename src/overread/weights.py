"""Find a model's folder, name its weights by their content, and read what lies beside them."""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from overread.errors import Unavailable
from overread.ports import BackendCard

SHIPPED = Path(__file__).parent / "models"
DOCUMENTS = frozenset({"README.md", "card.json"})
"""Files that describe a model and do not shape its answers; they are not part of the digest."""


def folder(model: str) -> Path:
    """Find a model by its name in `models/`, or by a path; raise `Unavailable` when it is not there."""
    for candidate in (SHIPPED / model, Path(model).expanduser()):
        if (candidate / "config.json").is_file():
            return candidate
    raise Unavailable(
        f"no model folder '{Path(model).name}' with a config.json; 'overread models list' names those that ship, "
        "and the profile may give a path"
    )


def folder_of(card: BackendCard) -> Path:
    """Give the folder that answers for a backend; raise `Unavailable` where its files are not on this machine."""
    return card.folder or folder(card.model)


def digest(model_folder: Path) -> str:
    """Name a folder's weights: SHA-256, 64 hex digits, over its files' names and contents, documents left out."""
    whole = hashlib.sha256()
    for path in sorted(item for item in model_folder.rglob("*") if item.is_file()):
        name = path.relative_to(model_folder).as_posix()
        if name not in DOCUMENTS and not path.name.startswith("."):
            status = path.stat()
            content = _file_digest(path, status.st_mtime_ns, status.st_size)
            whole.update(f"{name}\0{content}\n".encode())
    return whole.hexdigest()


def config(model_folder: Path) -> Mapping[str, Any]:
    """Read the model's `config.json`."""
    return _json_object(model_folder / "config.json")


def card(model_folder: Path) -> Mapping[str, Any]:
    """Read the model's card: data, licences, held-out figures, failure modes."""
    return _json_object(model_folder / "card.json")


def measured_card(catalogue: Path, weights_digest: str) -> Mapping[str, Any] | None:
    """Give the newest card in an own catalogue (`<name>/card.json`) that was measured of exactly these weights.

    None where there is no such card; one that cannot be read counts as none.
    """
    cards = [card for path in catalogue.glob("*/card.json") if (card := card_in(path.parent))]
    fitting = [card for card in cards if card.get("weights_digest") == weights_digest]
    return max(fitting, key=lambda card: str(card.get("measured")), default=None)


def card_in(own_folder: Path) -> Mapping[str, Any] | None:
    """Read the card of what was measured here of one name; None where there is none that can be read."""
    try:
        return _json_object(own_folder / "card.json")
    except (Unavailable, OSError):
        return None


def beside(model_folder: Path, name: str) -> Mapping[str, Any] | None:
    """Read another JSON file that lies beside the weights, or None when the model has none."""
    path = model_folder / name
    return _json_object(path) if path.is_file() else None


@lru_cache(maxsize=512)
def _file_digest(path: Path, _modified_ns: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json_object(path: Path) -> Mapping[str, Any]:
    """Read a file once for as long as it stays as it is: a case asks for the cards of its models dozens of times."""
    try:
        status = path.stat()
    except FileNotFoundError:
        where = f"{path.parent.name}/{path.name}"
        raise Unavailable(f"{where} is missing; the model folder is incomplete, copy it again") from None
    return _parsed(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=512)
def _parsed(path: Path, _modified_ns: int, _size: int) -> Mapping[str, Any]:
    where = f"{path.parent.name}/{path.name}"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise Unavailable(f"{where} is not JSON; the model folder is damaged, copy it again") from None
    if not isinstance(content, dict):
        raise Unavailable(f"{where} is not a JSON object; the model folder is damaged, copy it again")
    return content
