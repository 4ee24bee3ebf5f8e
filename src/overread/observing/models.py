"""Models that tell of each question: the same protocols, around any backend."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from overread.errors import BackendError
from overread.observing.events import PLACE, ModelCall, Operation
from overread.ports import (
    Backend,
    BackendCard,
    BatchChatBackend,
    BreakingBackend,
    ChatAnswer,
    ChatBackend,
    ChatRequest,
    Circuit,
    EmbeddingBackend,
    LabelBackend,
    OutliningBackend,
    Picture,
    PlacedScores,
    PlacingBackend,
    SegmentationBackend,
    SelfDescribedLabels,
)
from overread.records import Region

Tell = Callable[[ModelCall], None]


@dataclass
class _Spent:
    """What a call came to, filled in while it goes on."""

    prompt: int = 0
    completion: int = 0
    error: str | None = None

    def add(self, said: ChatAnswer | BackendError) -> None:
        if isinstance(said, ChatAnswer):
            self.prompt += said.prompt_tokens
            self.completion += said.completion_tokens
        elif self.error is None:
            self.error = type(said).__name__


class _Watched:
    """Times what is asked of a backend, and tells."""

    def __init__(self, backend: Backend, tell: Tell) -> None:
        self._of = backend
        self._tell = tell

    @property
    def card(self) -> BackendCard:
        return self._of.card

    @cached_property
    def _card(self) -> BackendCard:
        return self._of.card

    def _circuit(self) -> Circuit:
        return cast(BreakingBackend, self._of).circuit

    @contextmanager
    def _asking(self, operation: Operation, batch: int) -> Iterator[_Spent]:
        spent, at, began = _Spent(), datetime.now(UTC), time.perf_counter()
        try:
            yield spent
        except Exception as error:
            spent.error = type(error).__name__
            raise
        finally:
            self._tell(
                ModelCall(
                    card=self._card,
                    operation=operation,
                    batch=batch,
                    started=at,
                    seconds=time.perf_counter() - began,
                    # A chat backend that does not count says 0, as its record's default is.
                    prompt_tokens=spent.prompt or None,
                    completion_tokens=spent.completion or None,
                    error=spent.error,
                    place=PLACE.get(),
                    circuit=self._circuit if isinstance(self._of, BreakingBackend) else None,
                )
            )


class WatchedChat(_Watched):
    """A chat backend."""

    def ask(self, request: ChatRequest) -> ChatAnswer:
        """Answer as the backend does."""
        with self._asking("chat", 1) as spent:
            answer = cast(ChatBackend, self._of).ask(request)
            spent.add(answer)
            return answer


class WatchedBatchChat(WatchedChat):
    """A chat backend that answers several requests together: they are one call."""

    def ask_all(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer | BackendError]]:
        """Answer as the backend does; who stops listening ends the call."""
        with (
            self._asking("chat", len(requests)) as spent,
            closing(_as_generator(cast(BatchChatBackend, self._of).ask_all(requests))) as answers,
        ):
            for place, said in answers:
                spent.add(said)
                yield place, said


def _as_generator(
    answers: Iterator[tuple[int, ChatAnswer | BackendError]],
) -> Generator[tuple[int, ChatAnswer | BackendError], None, None]:
    """Give what can be closed, and closes what it reads."""
    yield from answers


class WatchedEmbedding(_Watched):
    """An embedding backend."""

    @property
    def logit_scale(self) -> float:
        """Give the backend's."""
        return cast(EmbeddingBackend, self._of).logit_scale

    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """Embed as the backend does."""
        with self._asking("embeddings", len(pictures)):
            return cast(EmbeddingBackend, self._of).embed_pictures(pictures)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed as the backend does."""
        with self._asking("embeddings", len(texts)):
            return cast(EmbeddingBackend, self._of).embed_texts(texts)


class WatchedSegmentation(_Watched):
    """A segmentation backend."""

    def segment(self, picture: Picture) -> Mapping[str, NDArray[np.float32]]:
        """Segment as the backend does."""
        with self._asking("segmentation", 1):
            return cast(SegmentationBackend, self._of).segment(picture)


class WatchedOutlining(_Watched):
    """A model that outlines what it is prompted by."""

    @property
    def takes(self) -> Literal["words", "box"]:
        """Give the backend's."""
        return cast(OutliningBackend, self._of).takes

    def outline(self, picture: Picture, words: str, box: Region | None) -> NDArray[np.float32]:
        """Outline as the backend does."""
        with self._asking("outline", 1):
            return cast(OutliningBackend, self._of).outline(picture, words, box)


class WatchedLabels(_Watched):
    """A label backend."""

    def score_labels(self, picture: Picture) -> Mapping[str, float]:
        """Score as the backend does."""
        with self._asking("classification", 1):
            return cast(LabelBackend, self._of).score_labels(picture)


class WatchedPlacing(WatchedLabels):
    """A label backend that also tells where it sees a label."""

    def score_and_place(self, picture: Picture) -> PlacedScores:
        """Score as the backend does; the map is made later, when somebody asks for it, and not timed."""
        with self._asking("classification", 1):
            return cast(PlacingBackend, self._of).score_and_place(picture)


class _Described:
    """Knows its labels, as the backend does."""

    _of: Backend

    @property
    def labels(self) -> tuple[str, ...]:
        return cast(SelfDescribedLabels, self._of).labels


class WatchedDescribedLabels(_Described, WatchedLabels):
    """A label backend that knows its labels."""


class WatchedDescribedPlacing(_Described, WatchedPlacing):
    """A label backend that knows its labels and tells where it sees them."""


KINDS: tuple[tuple[tuple[type, ...], type[_Watched]], ...] = (
    ((BatchChatBackend,), WatchedBatchChat),
    ((ChatBackend,), WatchedChat),
    ((EmbeddingBackend,), WatchedEmbedding),
    ((SegmentationBackend,), WatchedSegmentation),
    ((OutliningBackend,), WatchedOutlining),
    ((PlacingBackend, SelfDescribedLabels), WatchedDescribedPlacing),
    ((PlacingBackend,), WatchedPlacing),
    ((SelfDescribedLabels,), WatchedDescribedLabels),
    ((LabelBackend,), WatchedLabels),
)
"""Protocols and what stands around a backend that has all of them; the first that fits."""


def watched(backend: Backend, tell: Tell) -> Backend:
    """Give a backend of the same protocols that tells of each question.

    A batch of the backend's own, across cases, is not seen: what is told is what was asked together.
    """
    fitting = (kind for protocols, kind in KINDS if all(isinstance(backend, one) for one in protocols))
    around = next(fitting, None)
    return backend if around is None else cast(Backend, around(backend, tell))
