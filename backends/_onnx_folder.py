"""A model folder that `overread models export` wrote: graphs of ONNX, and what lies beside the weights they are of."""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from overread import weights
from overread.backends._loading import ModelFolder, require
from overread.errors import Unavailable
from overread.ports import BackendCard, Capability
from overread.serving.catalogue import folder_of
from overread.settings import Settings

EXPORT = "export.json"
"""Which weights the graphs are of, the SHA-256 of each file, and how far their numbers are from those of torch."""
GRAPH, TEXTS = "model.onnx", "texts.onnx"
GRAPHS = ".onnx"
EXTRA = "onnx"


@dataclass(frozen=True)
class ExportedFolder(ModelFolder):
    """Graphs of float32 answer for the weights they were made of: their card names those."""

    digest: str = ""
    root: Path = Path()
    """The folder of the export; `path` of a further trunk lies in it."""

    def card(self, capability: Capability) -> BackendCard:
        return BackendCard("onnx", self.name, self.digest, capability, self.path)


def exported_to(model: str, settings: Settings) -> Path:
    """Give the folder in which the graphs of a model are looked for."""
    return settings.home / "models" / "onnx" / model


def open_export(model: str, settings: Settings) -> ExportedFolder:
    """Open a model's export in the home, or a path; raise `Unavailable` when it is missing, damaged or out of date."""
    given = Path(model).expanduser()
    named = given if (given / EXPORT).is_file() else exported_to(given.name, settings)
    if not (named / EXPORT).is_file():
        raise Unavailable(f"model '{given.name}' was not exported on this machine: 'overread models export' once")
    told = weights.beside(named, EXPORT) or {}
    _require_whole(named, told)
    digest = str(told.get("weights_digest") or "")
    if named != given and digest != weights.digest(folder_of(model, settings)):
        raise Unavailable(
            f"the export of model '{given.name}' is of other weights than are here now: 'overread models export' again"
        )
    seconds = max(settings.tool_seconds, *settings.tool_seconds_by_name.values(), 0.0)
    return ExportedFolder(given.name, named, "cpu", settings.torch_threads, seconds, digest=digest, root=named)


def _require_whole(folder: Path, told: Mapping[str, Any]) -> None:
    """Hold what lies beside the graphs against its digests; a graph is held against its own when it loads."""
    files = told.get("files")
    if not isinstance(files, dict) or not files or not told.get("weights_digest"):
        raise _damaged(folder, EXPORT)
    for name in files:
        if not name.endswith(GRAPHS):
            require_as_exported(folder, name, files)


def require_as_exported(folder: Path, name: str, files: Mapping[str, str]) -> None:
    """Raise `Unavailable` for a file that is missing or is not the one that was exported."""
    path = folder / name
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != files.get(name):
        raise _damaged(folder, name)


def _damaged(folder: Path, name: str) -> Unavailable:
    return Unavailable(
        f"{name} of the exported model '{folder.name}' is missing or not what was exported; export again"
    )


class Graph:
    """A graph that loads at its first use; `run` lets one thread at a time compute."""

    def __init__(self, folder: ModelFolder, file: str = GRAPH) -> None:
        self._folder = folder
        self._path = folder.path / file
        self._turn = threading.Lock()
        self._session: Any = None

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Give the graph's one output; raise `Unavailable` when it does not load or is busy past every deadline."""
        with self._held() as session:
            output: NDArray[Any] = session.run(None, dict(inputs))[0]
            return output

    @contextmanager
    def _held(self) -> Iterator[Any]:
        if not self._turn.acquire(timeout=self._folder.seconds):
            raise Unavailable(f"model '{self._folder.name}' was busy for {self._folder.seconds:g} s; lower the load")
        try:
            if self._session is None:
                self._session = self._loaded()
            yield self._session
        finally:
            self._turn.release()

    def _loaded(self) -> Any:
        self._require_whole()
        runtime = require(self._folder.name, "onnxruntime", extra=EXTRA)[0]
        options = runtime.SessionOptions()
        options.intra_op_num_threads = self._folder.threads or 1  # the tools of a case fill the other cores
        options.inter_op_num_threads = 1
        # An arena keeps the largest sums of a picture for good; without it a case takes as long and less memory.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        try:
            return runtime.InferenceSession(self._path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its errors are classes of a compiled module, one for each status
            raise Unavailable(
                f"{self._path.name} of model '{self._folder.name}' does not load ({type(error).__name__}); export again"
            ) from error

    def _require_whole(self) -> None:
        root = self._folder.root if isinstance(self._folder, ExportedFolder) else self._folder.path
        told = weights.beside(root, EXPORT) or {}
        require_as_exported(root, self._path.relative_to(root).as_posix(), told.get("files") or {})
