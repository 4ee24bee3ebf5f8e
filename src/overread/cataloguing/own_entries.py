"""The operator's own catalogue: entries are written whole, under names that are free, and taken away again."""

import re
from contextlib import suppress
from pathlib import Path

import yaml

from overread import weights
from overread.errors import UsageError
from overread.serving.catalogue import is_known, is_own
from overread.serving.records import Entry
from overread.settings import Settings
from overread.store.files import write_whole

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
MEASURED = ("card.json", "README.md", "reliability.png", "risk_coverage.png", "thresholds.png")
"""What was measured of a model, in a folder of its name beside its entry."""
HEAD = "# Written by 'overread models add'. What was measured of the model lies in the folder of the same name.\n"


def require_name(name: str, settings: Settings, folder: Path, *, replace: bool) -> None:
    """Raise `UsageError` for a name that is none or that is taken.

    The name of a model that ships its weights is always taken: figures of those weights go by it.
    """
    if not NAME.fullmatch(name) or ".." in name:
        raise UsageError("a model's name has lower-case letters, digits, '.', '_' and '-' only, 63 at most")
    if (weights.SHIPPED / name).is_dir():
        raise UsageError(f"'{name}' ships with Overread, with figures of its own weights; choose another name")
    if not replace and (is_known(name, settings) or (folder / f"{name}.yaml").exists()):
        raise UsageError(f"the catalogue has a model named '{name}'; choose another name, or give --replace")


def require_elsewhere(source: Path, folder: Path) -> None:
    """Raise `UsageError` for weights that lie within the catalogue, where cards are written and removed."""
    if source.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            "the weights lie in the catalogue's own folder; move them elsewhere, such as <home>/models/NAME"
        )


def require_own_name(name: str) -> None:
    """Raise `UsageError` for what is no model's name: figures are kept in a folder of that name."""
    if not NAME.fullmatch(name) or ".." in name:
        raise UsageError("give a model by its name; 'overread models add NAME PATH' gives one to a folder")


def write_entry(model: Entry, folder: Path) -> Path:
    """Write an entry whole or not at all, and give its path."""
    path = folder / f"{model.name}.yaml"
    content = model.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
    write_whole(path, (HEAD + text).encode())
    return path


def remove_entry(name: str, settings: Settings) -> Path:
    """Take the operator's entry of a name away, with what was measured of it; its weights stay. Gives the entry's path.

    Raises `UsageError` where the operator has no such entry.
    """
    if not NAME.fullmatch(name) or not is_own(name, settings):
        shipped = " ships with Overread and" if is_known(name, settings) else ""
        raise UsageError(f"'{name[:63]}'{shipped} is no entry of your own catalogue; 'overread models list' shows them")
    path = settings.own_catalogue / f"{name}.yaml"
    path.unlink()
    measured = settings.own_catalogue / name
    for document in MEASURED:
        (measured / document).unlink(missing_ok=True)
    with suppress(OSError):  # something of somebody else's lies there, and stays
        measured.rmdir()
    return path
