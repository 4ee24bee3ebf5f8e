"""What a model backend must be, by what it is asked for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from overread.errors import BackendError
from overread.ports.pictures import Picture
from overread.records import (
    Region,
)
from overread.settings import ModelSpec, Settings

Capability = Literal["chat", "embedding", "segmentation", "labels", "outline"]


@dataclass(frozen=True)
class BackendCard:
    """Which model answers, and exactly which weights."""

    backend: str
    model: str
    weights_digest: str
    capability: Capability
    folder: Path | None = field(default=None, repr=False, compare=False)
    """Where its files lie on this machine, with what was measured of it beside them; None: found by `model`."""


@dataclass(frozen=True)
class ChatRequest:
    """One question to a vision-language model."""

    prompt: str
    pictures: tuple[Picture, ...] = ()
    schema: Mapping[str, Any] | None = None
    """JSON schema that the answer must satisfy."""
    max_tokens: int = 256
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class ChatAnswer:
    """What a chat backend gives back: the text as generated, and the data in it where a schema asked for some."""

    text: str
    data: Any = None
    """The parsed answer, already valid against the request's schema; None when no schema was given."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    mean_logprob: float | None = None
    """Mean log-probability of the generated tokens, when the backend knows it."""


@runtime_checkable
class ChatBackend(Protocol):
    """A vision-language model. Raises `Unavailable` when it cannot be reached, `AnswerInvalid` off schema."""

    @property
    def card(self) -> BackendCard:
        """Name backend, model and weights, none of them empty; the capability is `chat`."""

    def ask(self, request: ChatRequest) -> ChatAnswer:
        """Answer one request; its pictures, [rows, columns] uint8 each, are shown to the model in their order.

        At temperature 0 the same request has the same answer. With a schema, `data` satisfies it. Tools share the
        backend: calls may come from several threads at once. Raises `Unavailable` when the model is late or gone,
        `AnswerInvalid` for an answer outside the schema.
        """


@runtime_checkable
class BatchChatBackend(ChatBackend, Protocol):
    """A chat backend that answers several requests together faster than one after another.

    `overread.asking.ask_all` asks any other one by one.
    """

    def ask_all(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer | BackendError]]:
        """Give the place of each request with what `ask` would answer, or with the error that it would raise.

        Each place comes once, in any order, as soon as it is known: who stops listening has what came before. A request
        that fails costs itself alone. At temperature 0 the words are those of `ask`; what is computed for many at once
        may be rounded otherwise. It may be called from several threads at once, and closed before it ends.
        """


Circuit = Literal["closed", "half_open", "open"]
"""Of a circuit breaker: all is asked · one question tries whether the server is back · nothing is asked."""


@runtime_checkable
class BreakingBackend(Protocol):
    """A backend that leaves a server alone for a while which is gone."""

    @property
    def circuit(self) -> Circuit:
        """Give the state of its breaker as it is now; it may be asked from any thread."""


@runtime_checkable
class EmbeddingBackend(Protocol):
    """A CLIP-like model. Embeddings are unit-norm float32 [n, d]."""

    @property
    def card(self) -> BackendCard:
        """Name backend, model and weights, none of them empty; the capability is `embedding`."""

    @property
    def logit_scale(self) -> float:
        """Give the factor from cosine to logit: positive and finite, the exponential of what a CLIP stores."""

    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """Embed n pictures, [rows, columns] uint8 of any size, in their order: [n, d], float32, each row of norm 1.

        A picture is embedded alone as in a batch. Calls may come from several threads at once. Raises `Unavailable`,
        and `AnswerInvalid` for what is no vector.
        """

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed n texts in their order: [n, d], float32, each row of norm 1, in the space of the pictures.

        Raises `Unavailable`, and `AnswerInvalid` for what is no vector.
        """


@runtime_checkable
class SegmentationBackend(Protocol):
    """A segmentation model. Gives a probability map [rows, columns], float32 0 to 1, per structure."""

    @property
    def card(self) -> BackendCard:
        """Name backend, model and weights, none of them empty; the capability is `segmentation`."""

    def segment(self, picture: Picture) -> Mapping[str, NDArray[np.float32]]:
        """Map each structure to its probability at every pixel: float32 of the picture's own [rows, columns], 0 to 1.

        There is at least one structure, and the same picture has the same maps. Calls may come from several threads at
        once. Raises `Unavailable`, and `AnswerInvalid` for what is no probability.
        """


@runtime_checkable
class OutliningBackend(Protocol):
    """A model that outlines what it is prompted by: words, or a box."""

    @property
    def card(self) -> BackendCard:
        """Name backend, model and weights, none of them empty; the capability is `outline`."""

    @property
    def takes(self) -> Literal["words", "box"]:
        """Say which prompt it looks at; the other is let be."""

    def outline(self, picture: Picture, words: str, box: Region | None) -> NDArray[np.float32]:
        """Give a probability at every pixel: float32 of the picture's own [rows, columns], 0 to 1.

        `box` is in pixels of the picture. The same prompt has the same map. Calls may come from several threads at
        once. Raises `Unavailable`, and `AnswerInvalid` for a box that is missing where one is needed.
        """


@runtime_checkable
class LabelBackend(Protocol):
    """A model with a fixed set of labels: a probability for each.

    Raises `Unavailable` when it cannot be reached, `AnswerInvalid` when it gives something else than probabilities.
    """

    @property
    def card(self) -> BackendCard:
        """Name backend, model and weights, none of them empty; the capability is `labels`."""

    def score_labels(self, picture: Picture) -> Mapping[str, float]:
        """Give each label's probability, 0 to 1, calibrated as the model's card says."""


@dataclass(frozen=True)
class PlacedScores:
    """What a model with a fixed set of labels makes of one picture, and where it sees each of them."""

    chances: Mapping[str, float]
    """What `score_labels` gives."""
    place: Callable[[str], NDArray[np.float32]] | None = field(default=None, repr=False, compare=False)
    """Label to a map over the whole picture, [rows, columns] of any size, finite, 0 and up: higher where the label is
    seen more clearly, 0 everywhere where it is seen nowhere. None: the model does not tell."""


@runtime_checkable
class PlacingBackend(LabelBackend, Protocol):
    """A label backend that also tells where it sees a label; whether that is right is measured apart."""

    def score_and_place(self, picture: Picture) -> PlacedScores:
        """Score each label of a picture as `score_labels` does; the model sees the picture once.

        Raises what `score_labels` raises.
        """


@runtime_checkable
class SelfDescribedLabels(LabelBackend, Protocol):
    """A label backend that needs no heads beside it: it knows its labels, and 0.5 of its score is where each operates.

    Such a score is not calibrated, and until it was measured here it decides and alerts nothing alone.
    """

    @property
    def labels(self) -> tuple[str, ...]:
        """Name the labels that `score_labels` scores, without loading the weights."""


Backend = ChatBackend | EmbeddingBackend | SegmentationBackend | OutliningBackend | LabelBackend


class BackendBuilder(Protocol):
    """What `build` of a file in `backends/` is."""

    def __call__(self, spec: ModelSpec, settings: Settings) -> Backend:
        """Give the backend of `spec.model`; its weights are loaded at the first use, not here.

        Raises `SettingsError` for a parameter that is wrong, `Unavailable` when the model's files are not there.
        """
