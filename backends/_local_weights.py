"""Find weights that do not ship: where an operator put them, never by a download."""

import hashlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from overread.errors import SettingsError, Unavailable
from overread.serving.catalogue import entry, is_hub, is_known
from overread.serving.records import Entry
from overread.settings import ModelSpec, Settings


def catalogued(spec: ModelSpec, settings: Settings) -> Entry | None:
    """Give the catalogue's entry of a role's model, or None when the role gives a path."""
    try:
        return entry(spec.model, settings)
    except SettingsError:
        if Path(spec.model).expanduser().is_dir():
            return None
        raise


def place(name: str, settings: Settings) -> Path:
    """Give the folder in which weights of a catalogued model are looked for."""
    return settings.home / "models" / name


def find(spec: ModelSpec, settings: Settings, needed: str, further: Iterable[Path] = ()) -> Path:
    """Give the folder that holds the file `needed`; raise `Unavailable` that says how to get it.

    Looked for in the parameter `folder`, the path that the role gives or the folder that the catalogue's entry names,
    in `<home>/models/<name>`, then in `further`.
    """
    given = Path(str(spec.parameters.get("folder") or spec.model)).expanduser()
    source = Path(entry(spec.model, settings).source if is_known(spec.model, settings) else "")
    named = [source] if source.is_absolute() else []
    for folder in (given, *named, place(spec.model, settings), *further):
        if (folder / needed).is_file():
            return folder
    raise Unavailable(f"model '{Path(spec.model).name}' is not on this machine: no {needed}; {_how(spec, settings)}")


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _how(spec: ModelSpec, settings: Settings) -> str:
    model = catalogued(spec, settings)
    if model is None:
        return "give the folder that holds it as the role's model"
    folder = place(model.name, settings)
    if is_hub(model):
        revision = f" --revision {model.revision}" if model.revision else ""
        return f"get it by 'hf download {model.source}{revision} --local-dir {folder}'"
    return f"get it by 'curl -L --create-dirs -o {folder / PurePosixPath(model.source).name} {model.source}'"
