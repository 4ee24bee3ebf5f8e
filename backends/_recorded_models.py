"""The four capabilities behind a recording; with a source they record, without one they replay."""

import base64
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.asking import ask_all, one_by_one
from overread.backends._recording import Entry, Recording, picture_digest
from overread.backends._schema import check_answer
from overread.errors import AnswerInvalid, BackendError
from overread.ports import (
    BackendCard,
    ChatAnswer,
    ChatBackend,
    ChatRequest,
    EmbeddingBackend,
    LabelBackend,
    Picture,
    SegmentationBackend,
)


class RecordedChat:
    """Replays answers; a schema is checked again, so that an edited recording is noticed."""

    def __init__(self, recording: Recording, card: BackendCard, source: ChatBackend | None = None) -> None:
        self.card, self._recording, self._source = card, recording, source

    def ask(self, request: ChatRequest) -> ChatAnswer:
        source = self._source
        return self._answer(request, None if source is None else lambda: source.ask(request))

    def ask_all(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer | BackendError]]:
        """Replay each request by its own entry; record what a source says to all of them together in such entries."""
        if self._source is None:
            yield from one_by_one(self, requests)
            return
        for place, said in ask_all(self._source, requests):
            yield place, said if isinstance(said, BackendError) else self._kept(requests[place], said)

    def _kept(self, request: ChatRequest, said: ChatAnswer) -> ChatAnswer | BackendError:
        try:
            return self._answer(request, lambda: said)
        except AnswerInvalid as error:
            return error

    def _answer(self, request: ChatRequest, ask: Callable[[], ChatAnswer] | None) -> ChatAnswer:
        entry = self._recording.answer(_asked(request), None if ask is None else lambda: vars(ask()).copy())
        if request.schema is not None:
            check_answer(entry["data"], request.schema, self.card.model)
        return ChatAnswer(**entry)


class RecordedEmbedding:
    def __init__(self, recording: Recording, card: BackendCard, source: EmbeddingBackend | None = None) -> None:
        self.card, self._recording, self._source = card, recording, source

    @property
    def logit_scale(self) -> float:
        source = self._source
        entry = self._recording.answer(
            {"kind": "logit_scale"}, None if source is None else lambda: {"value": source.logit_scale}
        )
        return float(entry["value"])

    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        source = self._source
        asked = {"kind": "pictures", "pictures": [picture_digest(picture) for picture in pictures]}
        ask = None if source is None else lambda: _packed(source.embed_pictures(pictures))
        return _unpacked(self._recording.answer(asked, ask))

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        source = self._source
        ask = None if source is None else lambda: _packed(source.embed_texts(texts))
        return _unpacked(self._recording.answer({"kind": "texts", "texts": list(texts)}, ask))


class RecordedSegmentation:
    def __init__(self, recording: Recording, card: BackendCard, source: SegmentationBackend | None = None) -> None:
        self.card, self._recording, self._source = card, recording, source

    def segment(self, picture: Picture) -> Mapping[str, NDArray[np.float32]]:
        """Give the maps, 0 to 1; recorded to 1/255, so that a threshold near 0.5 may fall half a step off."""
        source = self._source
        asked = {"kind": "segment", "picture": picture_digest(picture)}
        ask = None if source is None else lambda: _packed_maps(source.segment(picture))
        entry = self._recording.answer(asked, ask)
        return {name: _unpacked(plane) / np.float32(255) for name, plane in entry.items()}


class RecordedLabels:
    def __init__(self, recording: Recording, card: BackendCard, source: LabelBackend | None = None) -> None:
        self.card, self._recording, self._source = card, recording, source

    def score_labels(self, picture: Picture) -> Mapping[str, float]:
        source = self._source
        asked = {"kind": "labels", "picture": picture_digest(picture)}
        ask = None if source is None else lambda: dict(source.score_labels(picture))
        entry = self._recording.answer(asked, ask)
        return {label: float(probability) for label, probability in entry.items()}


def _asked(request: ChatRequest) -> dict[str, Any]:
    return {
        "kind": "chat",
        "prompt": request.prompt,
        "pictures": [picture_digest(picture) for picture in request.pictures],
        "schema": None if request.schema is None else dict(request.schema),
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
    }


def _packed(array: NDArray[Any]) -> Entry:
    data = base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes())).decode()
    return {"shape": list(array.shape), "type": array.dtype.str, "data": data}


def _packed_maps(maps: Mapping[str, NDArray[np.float32]]) -> Entry:
    return {name: _packed(np.rint(plane * 255).astype(np.uint8)) for name, plane in maps.items()}


def _unpacked(entry: Mapping[str, Any]) -> NDArray[np.float32]:
    raw = zlib.decompress(base64.b64decode(entry["data"]))
    return np.frombuffer(raw, np.dtype(entry["type"])).reshape(entry["shape"]).astype(np.float32)
