"""Load a model folder once, safely among threads, and hand it out one question at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overread import weights
from overread.backends._threads import compute_with, parameters_of, sleep_at_barriers, threads_for
from overread.errors import Unavailable
from overread.ports import BackendCard, Capability

if TYPE_CHECKING:
    import torch

# `from_pretrained` changes torch's default dtype and initialisers for the whole process while it runs.
_LOADING = threading.Lock()


@dataclass(frozen=True)
class ModelFolder:
    """Where a model is and how it is to be run."""

    name: str
    path: Path
    device: str
    threads: int | None
    """None: by the model's size."""
    seconds: float
    """Longest that anybody waits for one answer: work past it is stopped."""

    def card(self, capability: Capability) -> BackendCard:
        return BackendCard("transformers", self.name, weights.digest(self.path), capability, self.path)


class Held:
    """A model that loads at its first use; `turn` gives it to one thread at a time."""

    def __init__(self, name: str, seconds: float, load: Callable[[], Any], threads: int | None) -> None:
        self._name = name
        self._seconds = seconds
        self._load = load
        self._wanted = threads
        self._threads = 0
        self._turn = threading.Lock()
        self._model: Any = None

    @contextmanager
    def turn(self) -> Iterator[Any]:
        """Wait for the model and hold it; raise `Unavailable` when the wait is longer than anybody's deadline."""
        if not self._turn.acquire(timeout=self._seconds):
            raise Unavailable(f"model '{self._name}' was busy for {self._seconds:g} s; lower the load")
        try:
            if self._model is None:
                with _LOADING:
                    self._model = self._load()
                self._threads = threads_for(parameters_of(self._model), self._wanted)
            compute_with(self._threads)
            with import_module("torch").inference_mode():
                yield self._model
        finally:
            self._turn.release()


class Loaded(Held):
    """A model of `transformers`."""

    def __init__(self, folder: ModelFolder, auto_class: str) -> None:
        super().__init__(folder.name, folder.seconds, self._from_folder, folder.threads)
        self._folder = folder
        self._auto_class = auto_class

    def _from_folder(self) -> Any:
        torch, transformers, safetensors, _ = require(
            self._folder.name, "torch", "transformers", "safetensors", "llguidance"
        )
        transformers.utils.logging.disable_progress_bar()
        device = choose_device(self._folder.device)
        auto_class = getattr(transformers, self._auto_class)
        # The files hold float16, which CPUs compute slowly or not at all.
        dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        try:
            model, told = auto_class.from_pretrained(
                self._folder.path, dtype=dtype, local_files_only=True, output_loading_info=True
            )
        except (OSError, ValueError, RuntimeError, safetensors.SafetensorError) as error:
            raise Unavailable(
                f"model '{self._folder.name}' does not load ({type(error).__name__}); run 'overread models check'"
            ) from error
        if lost := told["missing_keys"]:
            # transformers would fill them with random numbers, and only warn.
            raise Unavailable(
                f"model '{self._folder.name}' lacks {len(lost)} of the tensors that its config.json calls for; "
                "its files are of another model, or not all there: copy its folder again"
            )
        return model.eval().to(device)


def require(model: str, *modules: str, extra: str = "local") -> tuple[Any, ...]:
    """Import what a model runs on; raise `Unavailable` that says what to install."""
    sleep_at_barriers()
    try:
        return tuple(import_module(name) for name in modules)
    except ImportError as error:
        raise Unavailable(
            f"model '{model}' runs in this process and needs '{error.name}': pip install 'overread[{extra}]', "
            "or choose a profile with a model server"
        ) from error


def choose_device(wanted: str) -> "torch.device":
    torch = import_module("torch")
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)  # type: ignore[no-any-return]
