"""TorchXRayVision's networks in this process: a DenseNet scores labels, the ChestX-Det PSPNet segments.

`model` is a catalogue entry whose source is the address of a published weights file. The file is looked for in
`<home>/models/<name>`, then in the library's own cache; nothing is downloaded. Parameters: `device`, `folder`.
"""

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from overread.backends._loading import require
from overread.backends._local_weights import find, sha256
from overread.backends._torchvision import import_torchvision
from overread.backends._xrv_densenet import DenseNetBackend
from overread.backends._xrv_pspnet import FILE as PSPNET
from overread.backends._xrv_pspnet import PspNetBackend
from overread.errors import Unavailable
from overread.ports import Backend, BackendCard
from overread.serving.catalogue import entry
from overread.serving.records import Entry
from overread.settings import ModelSpec, Settings

EXTRA = "xrv"
CACHE = Path.home() / ".torchxrayvision" / "models_data"
"""Where the library keeps what it fetched; it may be there already."""


def build(spec: ModelSpec, settings: Settings) -> Backend:
    """Give the backend of a weights file; raise `Unavailable` where it is missing or not the one that is pinned."""
    model = entry(spec.model, settings)
    name = PurePosixPath(model.source).name
    file = find(spec, settings, name, [CACHE]) / name
    digest = sha256(file)
    _require_pinned(model, file, digest)
    kind = PspNetBackend if name == PSPNET else DenseNetBackend
    return kind(
        file,
        BackendCard("torchxrayvision", model.name, digest, "segmentation" if name == PSPNET else "labels"),
        device=str(spec.parameters.get("device") or "auto"),
        seconds=max(settings.tool_seconds, *settings.tool_seconds_by_name.values(), 0.0),
        threads=settings.torch_threads,
        library=_library(model.name),
    )


def _require_pinned(model: Entry, file: Path, digest: str) -> None:
    """Open no DenseNet but the one that the catalogue pins: it is published as a pickle, which runs what it holds."""
    if model.revision is None and file.name != PSPNET:
        raise Unavailable(
            f"'{model.name}' is a pickle and its catalogue entry pins none: give its SHA-256 ({digest}) as 'revision' "
            "in an entry of your own (catalogue_dir) when you trust the file"
        )
    if model.revision not in (None, digest):
        raise Unavailable(f"{file.name} of '{model.name}' is not the file that the catalogue pins; fetch it again")


def _library(name: str) -> Callable[[], Any]:
    def load() -> Any:
        try:
            import_torchvision()
        except ImportError as error:
            raise Unavailable(f"model '{name}' needs torchvision ({error}): pip install 'overread[{EXTRA}]'") from error
        return require(name, "torchxrayvision", extra=EXTRA)[0]

    return load
