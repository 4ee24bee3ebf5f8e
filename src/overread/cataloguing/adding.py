"""Look at a model's folder and say what it is: its entry of the catalogue, and what to know before it is used."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from overread import weights
from overread.cataloguing.architectures import ROLES, WITHOUT_EYES, Kind, kind_of
from overread.cataloguing.documents import front_matter, json_object
from overread.cataloguing.hub_cache import cached_snapshot
from overread.cataloguing.licences import Given, licence_of
from overread.cataloguing.needs import LONGEST_CONTEXT, Shape, dtype_of, need_of
from overread.cataloguing.weight_files import WeightFiles, read_weights, refuse_pickle_alone
from overread.errors import ModelRefused
from overread.serving.families import TRAITS
from overread.serving.records import Entry, Family

PAGE = "https://huggingface.co/"


@dataclass(frozen=True)
class Looked:
    """What was found in a folder."""

    entry: Entry
    kind: Kind
    files: WeightFiles
    notes: tuple[str, ...]

    @property
    def roles(self) -> tuple[str, ...]:
        """Name the roles of a profile that it can play."""
        return WITHOUT_EYES if self.kind.family == "llm" else ROLES[self.kind.task]

    def as_data(self) -> dict[str, Any]:
        """Give it as JSON-native data."""
        return {
            "entry": self.entry.model_dump(mode="json"),
            "architecture": self.kind.architecture,
            "roles": list(self.roles),
            "backends": list(self.kind.backends),
            "parameters": dict(self.files.parameters),
            "measured": False,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Asked:
    """What the operator asked to be taken in."""

    name: str
    place: str
    """A folder's path, or a hub's `owner/name`."""
    revision: str | None = None
    family: Family | None = None
    """What the operator takes it for; None: what its files say."""
    licence: Given = field(default_factory=Given)


def look_at(asked: Asked) -> Looked:
    """Look at every file that bears on whether a model can be used, and compose its entry; nothing is written.

    Raises `ModelRefused` with what is wrong and what to do.
    """
    folder, origin, page = _found(asked)
    refuse_pickle_alone(folder)
    kind = kind_of(folder)
    if asked.family not in (None, kind.family):
        raise ModelRefused(f"its files say {kind.family} ({kind.architecture}), not {asked.family}; leave --family out")
    files = read_weights(folder)
    config = json_object(folder, "config.json") if (folder / "config.json").is_file() else {}
    licence = licence_of(front_matter(folder), config, page, asked.licence)
    shape = Shape.of(config)
    entry = Entry(
        name=asked.name,
        describe=f"{kind.architecture}, added from this machine; its scores count once they were measured here.",
        family=kind.family,
        task=kind.task,
        engine=kind.engine,
        source=str(folder.absolute()),
        digest=weights.digest(folder),
        origin=origin,
        licence=licence,
        need=need_of(kind, files, shape),
        context=min(shape.context or LONGEST_CONTEXT, LONGEST_CONTEXT) if kind.engine == "vllm" else 0,
        images=_images(kind),
        dtype=dtype_of(files),
        parallel=shape.splits() if kind.task == "chat" else (1,),
    )
    return Looked(entry, kind, files, tuple(_notes(entry, files, config)))


def _found(asked: Asked) -> tuple[Path, str, str | None]:
    """Give the folder, where it came from, and the model's page on the hub where it has one."""
    folder = _as_folder(asked.place)
    if folder is not None:
        return folder, "", None
    if Path(asked.place).is_absolute() or asked.place.startswith((".", "~")):
        raise ModelRefused("there is no such folder on this machine; give a model's folder, or a hub's owner/name")
    found = cached_snapshot(asked.place, asked.revision)
    at = f"{found.repository} at {found.commit}" if found.commit else found.repository
    return found.folder, at, PAGE + found.repository


def _as_folder(place: str) -> Path | None:
    """Give the path of something that is there; what the system takes for no path at all is not."""
    try:
        folder = Path(place).expanduser()
        return folder if folder.exists() else None
    except (OSError, RuntimeError, ValueError):
        return None


def _images(kind: Kind) -> int:
    if kind.family == "llm":
        return 0
    return TRAITS[kind.family].pictures or (4 if kind.task == "chat" else 1)


def _notes(entry: Entry, files: WeightFiles, config: dict[str, Any]) -> Iterator[str]:
    if not entry.licence.commercial:
        yield f"Licence {entry.licence.name}: not for commercial use, or not known to allow it. {entry.licence.note}"
    if entry.licence.gated:
        yield "Its publisher gives the weights only after terms were accepted; they bind this copy as well."
    if files.unread:
        yield f"{len(files.unread)} pickles beside the weights ({files.unread[0]}) are never opened."
    if "auto_map" in config:
        yield "Its folder brings Python of its own, which is never run."
    if "quantization_config" in config:
        yield "Its weights are quantised: in this process they may not load; a server may."
    if entry.task == "chat" and not entry.need.kv_per_token:
        yield "config.json does not state its key-value cache: give need.kv_per_token in the entry before it is served."
    if entry.engine == "vllm" and not TRAITS[entry.family].true_on_cpu:
        yield "vLLM's CPU engine gives other answers than this family's reference; in process or on a GPU it is right."
