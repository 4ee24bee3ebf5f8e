"""The models of this process, which remember on disk what they said: a backend by its dotted path, for `read`.

Asked again what it was asked before, a model of the same weights and the same code answers from `WORK/draft-eval`;
anything else is asked for real, so that rules, questions and wording may change and only what is new costs time. What a
backend raises is not remembered.
"""

import inspect
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import joblib  # type: ignore[import-untyped]

from overread import plugins
from overread.errors import BackendError
from overread.ports import Backend, ChatAnswer, ChatRequest, Picture, PlacedScores
from overread.settings import ModelSpec, Settings
from training.paths import work

SOURCE = "transformers"
"""The backend that answers for real."""
Answer = Callable[[], Any]


class Memory:
    """What one model said, by what it was asked: a file for each answer, written whole; several threads may use it."""

    def __init__(self, folder: Path, version: str) -> None:
        self._folder = folder
        self._version = version
        folder.mkdir(parents=True, exist_ok=True)

    def knows(self, method: str, asked: Any) -> bool:
        """Say whether this was asked before."""
        return self._path(method, asked).exists()

    def answer(self, method: str, asked: Any, ask: Answer) -> Any:
        """Give what was said before; else ask, and keep what is said."""
        path = self._path(method, asked)
        if path.exists():
            return joblib.load(path)
        said = ask()
        unfinished = path.with_suffix(f".{threading.get_ident()}")
        joblib.dump(said, unfinished, compress=1)
        unfinished.replace(path)
        return said

    def _path(self, method: str, asked: Any) -> Path:
        return self._folder / f"{joblib.hash((self._version, method, asked))}.pkl"


def build(spec: ModelSpec, settings: Settings) -> Backend:
    """Give the model of a role, the same object with methods that remember."""
    built: Backend = plugins.builder("backends", SOURCE)(spec.model_copy(update={"backend": SOURCE}), settings)
    return remembering(built, work("draft-eval", "memory"))


def remembering(backend: Backend, folder: Path) -> Backend:
    """Put a memory before every public method of a backend; what it is and can do stays as it is."""
    memory = Memory(folder, f"{backend.card.weights_digest}:{_code_of(backend)}")
    for name, method in _methods(backend):
        setattr(backend, name, APART.get(name, partial(_alone, name=name))(memory, method))
    return backend


def _alone(memory: Memory, method: Callable[..., Any], name: str) -> Callable[..., Any]:
    def answer(*asked: Any, **named: Any) -> Any:
        return memory.answer(name, (asked, named), lambda: method(*asked, **named))

    return answer


def _together(
    memory: Memory, method: Callable[[Sequence[ChatRequest]], Iterable[tuple[int, ChatAnswer | BackendError]]]
) -> Callable[[Sequence[ChatRequest]], Iterator[tuple[int, ChatAnswer | BackendError]]]:
    """Remember each request of a batch by itself, as if it had been asked alone."""

    def answers(requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer | BackendError]]:
        new = [place for place, request in enumerate(requests) if not memory.knows("ask", ((request,), {}))]
        for place in sorted(set(range(len(requests))) - set(new)):
            yield place, memory.answer("ask", ((requests[place],), {}), _forgotten)
        for row, said in method([requests[place] for place in new]) if new else ():
            place = new[row]
            if not isinstance(said, BackendError):
                memory.answer("ask", ((requests[place],), {}), partial(_itself, said))
            yield place, said

    return answers


def _itself(said: ChatAnswer) -> ChatAnswer:
    return said


def _placed(memory: Memory, method: Callable[[Picture], PlacedScores]) -> Callable[[Picture], PlacedScores]:
    """Remember scores at once, and where a label is seen when that is asked."""

    def answer(picture: Picture) -> PlacedScores:
        def place(label: str) -> Any:
            return memory.answer("place", (picture, label), lambda: _seen(method(picture), label))

        return PlacedScores(memory.answer("chances", (picture,), lambda: method(picture).chances), place)

    return answer


def _seen(look: PlacedScores, label: str) -> Any:
    if look.place is None:
        raise AssertionError("the classifier that ships tells places")
    return look.place(label)


APART: dict[str, Callable[[Memory, Any], Callable[..., Any]]] = {"ask_all": _together, "score_and_place": _placed}
"""Methods whose answers are remembered in parts."""


def _forgotten() -> Any:
    raise AssertionError("a remembered answer went away between two looks")


def _methods(backend: Backend) -> list[tuple[str, Callable[..., Any]]]:
    return [
        (name, getattr(backend, name))
        for name, _ in inspect.getmembers(type(backend), inspect.isfunction)
        if not name.startswith("_")
    ]


def _code_of(backend: Backend) -> str:
    """Name the code that answers: another version of it may say something else."""
    module = inspect.getmodule(type(backend))
    assert isinstance(module, ModuleType)
    return str(joblib.hash(inspect.getsource(module)))
