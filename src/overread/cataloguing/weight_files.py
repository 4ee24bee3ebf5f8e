"""Which files hold a model's weights, and whether they are whole: safetensors only, read by their headers."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from math import prod
from pathlib import Path

from overread.cataloguing.documents import json_object
from overread.errors import ModelRefused

INDEX = "model.safetensors.index.json"
SINGLE = ("model.safetensors", "open_clip_model.safetensors", "open_clip_pytorch_model.safetensors")
PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".npy", ".npz", ".h5", ".msgpack"})
SHARD = re.compile(r"[A-Za-z0-9][\w.-]*\.safetensors")
MOST_FILES = 2000
WHY_NOT = "opening a pickle runs whatever code it holds, so that only safetensors are read"


@dataclass(frozen=True)
class WeightFiles:
    """What the headers of a model's weights say."""

    names: tuple[str, ...]
    bytes: int
    """Size of the tensors, in the files' own types."""
    parameters: Mapping[str, int]
    """Type as safetensors names it (`F32`, `BF16`, …) to how many values have it."""
    unread: tuple[str, ...] = ()
    """Pickles that lie beside them and are never opened."""

    @property
    def total(self) -> int:
        """Count all values."""
        return sum(self.parameters.values())

    @property
    def main_type(self) -> str:
        """Name the type that most values have."""
        return max(self.parameters, key=lambda name: self.parameters[name])


def read_weights(folder: Path) -> WeightFiles:
    """Read the headers of a folder's weights; raise `ModelRefused` unless every one is there and whole."""
    _refuse_links_out(folder)
    unread = tuple(sorted(path.name for path in folder.iterdir() if path.suffix.lower() in PICKLES))
    owner = _named(folder, unread)
    parameters: Counter[str] = Counter()
    size = 0
    for name in sorted(set(owner.values())):
        held = dict(_tensors(folder, name))
        wanted = {tensor for tensor, file in owner.items() if file == name} - {""}
        if lost := wanted - held.keys():
            raise ModelRefused(f"{len(lost)} tensors that {INDEX} names are not in {name}; copy the folder again")
        for kind, count, length in held.values():
            parameters[kind] += count
            size += length
    if not size:
        raise ModelRefused(f"the weights of '{folder.name}' hold no values; copy the model's folder again")
    return WeightFiles(tuple(sorted(set(owner.values()))), size, dict(parameters), unread)


def refuse_pickle_alone(folder: Path) -> None:
    """Raise `ModelRefused` for a file, or for a folder whose weights are in pickles only."""
    if not folder.is_dir():
        what = f"a pickle: {WHY_NOT}" if folder.suffix.lower() in PICKLES else "a file"
        raise ModelRefused(f"'{folder.name}' is {what}; give the model's folder (config.json and safetensors)")
    found = [path for path in islice(folder.rglob("*"), MOST_FILES) if path.is_file()]
    pickles = sorted(path.name for path in found if path.suffix.lower() in PICKLES)
    if pickles and not any(path.suffix == ".safetensors" and path.parent == folder for path in found):
        raise ModelRefused(
            f"'{folder.name}' has its weights in pickles only ({pickles[0]}): {WHY_NOT}; ask the publisher for "
            "safetensors, or convert a file that you trust yourself with 'save_pretrained'"
        )


def _named(folder: Path, unread: tuple[str, ...]) -> dict[str, str]:
    """Map each tensor that an index names to its file; one file alone is named without tensors."""
    if (folder / INDEX).is_file():
        return _of_index(folder)
    for name in SINGLE:
        if (folder / name).exists():
            return {"": name}
    beside = " (an adapter is no model of its own)" if (folder / "adapter_config.json").exists() else ""
    raise ModelRefused(f"'{folder.name}' has no {SINGLE[0]} and no {INDEX}{beside}; copy the model's folder again")


def _of_index(folder: Path) -> dict[str, str]:
    owner = json_object(folder, INDEX).get("weight_map")
    if not isinstance(owner, dict) or not owner:
        raise ModelRefused(f"{INDEX} of '{folder.name}' names no tensor; copy the model's folder again")
    for file in owner.values():
        if not isinstance(file, str) or not SHARD.fullmatch(file):
            raise ModelRefused(f"{INDEX} of '{folder.name}' names a file outside its folder; do not use this model")
    missing = sorted({file for file in owner.values() if not (folder / file).is_file()})
    if missing:
        raise ModelRefused(f"{len(missing)} weight files of '{folder.name}' are missing ({missing[0]}); get them first")
    return owner


def _tensors(folder: Path, name: str) -> Iterator[tuple[str, tuple[str, int, int]]]:
    """Give each tensor with its type, its number of values and its bytes; the library checks them against the file."""
    safetensors = import_module("safetensors")
    path = folder / name
    if not path.is_file() or not path.stat().st_size:
        raise ModelRefused(f"{name} of '{folder.name}' is empty; copy it again")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            for tensor in file.keys():  # noqa: SIM118 a handle of the library, no mapping
                part = file.get_slice(tensor)
                kind, count = str(part.get_dtype()), prod(part.get_shape())
                yield tensor, (kind, count, count * _bits(kind) // 8)
    except (OSError, ValueError, safetensors.SafetensorError) as error:
        raise ModelRefused(
            f"{name} of '{folder.name}' is cut short or damaged ({type(error).__name__}); copy it again"
        ) from None


def _bits(kind: str) -> int:
    """Read the width out of a type's name: `F32`, `BF16`, `F8_E4M3`, `I64`, `BOOL`."""
    found = re.match(r"[A-Z]+?(\d+)", kind)
    return int(found[1]) if found else 8


def _refuse_links_out(folder: Path) -> None:
    """Raise `ModelRefused` for a link out of the folder (in the hub cache: out of the repository), or to nowhere."""
    home = folder.resolve()
    home = home.parents[1] if home.parent.name == "snapshots" else home
    for number, path in enumerate(folder.rglob("*")):
        if number >= MOST_FILES:
            raise ModelRefused(f"'{folder.name}' holds more than {MOST_FILES} files; give the model's own folder")
        if path.is_symlink() and not _stays(path, home):
            raise ModelRefused(
                f"'{path.name}' in '{folder.name}' is a link that leads out of it, to a folder or nowhere; "
                "copy the file itself"
            )


def _stays(link: Path, home: Path) -> bool:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    return target.is_file() and target.is_relative_to(home)
