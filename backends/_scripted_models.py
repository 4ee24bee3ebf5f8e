"""The four scripted models. Without a script they answer from the pixels, by fixed arithmetic."""

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overread.backends._schema import parse_answer
from overread.backends._scripted_turns import Turns
from overread.errors import AnswerInvalid, Unavailable
from overread.ports import BackendCard, Capability, ChatAnswer, ChatRequest, Picture
from overread.records import content_digest

ChatScript = Sequence[Any] | Mapping[str, Any]
DIMENSION = 64
# Centre x, centre y, half width, half height, as parts of the image; a textbook frontal view.
ELLIPSES = {
    "right_lung": (0.29, 0.45, 0.16, 0.32),
    "left_lung": (0.71, 0.45, 0.16, 0.32),
    "heart": (0.53, 0.63, 0.19, 0.14),
}
# Rows and columns of the 8 x 8 thumbnail whose mean grey is the label's probability.
SHADES = {
    "Cardiomegaly": (slice(4, 6), slice(3, 6)),
    "Lung Opacity": (slice(1, 6), slice(1, 7)),
    "Pleural Effusion": (slice(5, 7), slice(0, 8)),
}


def _card(model: str, script: Any, capability: Capability) -> BackendCard:
    return BackendCard("scripted", model, content_digest(script, 64), capability)


class ScriptedChat:
    """Answers from a list in turn, or by the first key of a mapping that the prompt contains ("" fits any).

    An answer is text, or data that is written as JSON. Every answer is checked against the request's schema.
    """

    def __init__(self, script: ChatScript = (), *, turns: Turns | None = None) -> None:
        self._script = script
        self._given = 0
        self._lock = threading.Lock()
        self.turns = turns or Turns()
        self.requests: list[ChatRequest] = []
        self.card = _card("chat", script if isinstance(script, Mapping) else list(script), "chat")

    def ask(self, request: ChatRequest) -> ChatAnswer:
        """Give the scripted answer; raise `Unavailable` when the script has none."""
        with self._lock:
            self.requests.append(request)
        garbage = self.turns.take("chat")
        text = "}{" if garbage else self._written(request.prompt)
        if garbage and request.schema is None:
            raise AnswerInvalid("scripted model 'chat' gave garbage; its script says so")
        data = None if request.schema is None else parse_answer(text, request.schema, "chat")
        words = len(request.prompt.split()), len(text.split())
        return ChatAnswer(text=text, data=data, prompt_tokens=words[0], completion_tokens=words[1])

    def _written(self, prompt: str) -> str:
        answer = self._next(prompt)
        return answer if isinstance(answer, str) else json.dumps(answer)

    def _next(self, prompt: str) -> Any:
        if isinstance(self._script, Mapping):
            for words, answer in self._script.items():
                if words in prompt:
                    return answer
        else:
            with self._lock:
                self._given += 1
                if self._given <= len(self._script):
                    return self._script[self._given - 1]
        raise Unavailable("the script of model 'chat' has no answer left for this prompt; add one")


class ScriptedEmbedding:
    """Embeds pictures and texts by fixed arithmetic, or as the script's vector for a text."""

    def __init__(self, texts: Mapping[str, Sequence[float]] | None = None, *, turns: Turns | None = None) -> None:
        self._texts = {text: np.asarray(vector, np.float32) for text, vector in (texts or {}).items()}
        self.turns = turns or Turns()
        self.card = _card("embedding", {text: list(vector) for text, vector in (texts or {}).items()}, "embedding")

    @property
    def logit_scale(self) -> float:
        return 10.0

    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        self._take()
        return _unit([_thumbnail(picture) for picture in pictures])

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self._take()
        return _unit([self._texts[text] if text in self._texts else _hashed(text) for text in texts])

    def _take(self) -> None:
        if self.turns.take("embedding"):
            raise AnswerInvalid("scripted model 'embedding' gave garbage; its script says so")


class ScriptedSegmentation:
    """Gives the script's probability maps, or ellipses where a frontal chest has its lungs and heart."""

    def __init__(self, maps: Mapping[str, NDArray[np.float32]] | None = None, *, turns: Turns | None = None) -> None:
        self._maps = maps
        self.turns = turns or Turns()
        script = {name: plane.tolist() for name, plane in maps.items()} if maps else dict(ELLIPSES)
        self.card = _card("segmentation", script, "segmentation")

    def segment(self, picture: Picture) -> Mapping[str, NDArray[np.float32]]:
        if self.turns.take("segmentation"):
            raise AnswerInvalid("scripted model 'segmentation' gave garbage; its script says so")
        shape = picture.shape[0], picture.shape[1]
        if self._maps is None:
            return {name: _ellipse(shape, *place) for name, place in ELLIPSES.items()}
        return {name: _fitted(plane, shape) for name, plane in self._maps.items()}


class ScriptedLabels:
    """Gives the script's probability of each label, or how bright the place is where a frontal chest would show it."""

    def __init__(self, probabilities: Mapping[str, float] | None = None, *, turns: Turns | None = None) -> None:
        self._probabilities = probabilities
        self.turns = turns or Turns()
        script = sorted(SHADES) if probabilities is None else dict(probabilities)
        self.card = _card("labels", script, "labels")

    def score_labels(self, picture: Picture) -> Mapping[str, float]:
        if self.turns.take("labels"):
            raise AnswerInvalid("scripted model 'labels' gave garbage; its script says so")
        if self._probabilities is not None:
            return dict(self._probabilities)
        small = (_thumbnail(picture) - 1.0).reshape(8, 8) / 255.0
        return {label: round(float(small[place].mean()), 6) for label, place in SHADES.items()}


def _unit(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    stacked = np.asarray(vectors, np.float32).reshape(len(vectors), -1 if vectors else DIMENSION)
    return np.asarray(stacked / np.maximum(np.linalg.norm(stacked, axis=1, keepdims=True), 1e-6), np.float32)


def _thumbnail(picture: Picture) -> NDArray[np.float32]:
    small = np.asarray(Image.fromarray(picture).resize((8, 8), Image.Resampling.BOX), np.float32).ravel()
    # One grey level above zero, so that a black picture has a direction too.
    return np.asarray(small + 1.0, np.float32)


def _hashed(text: str) -> NDArray[np.float32]:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)


def _ellipse(shape: tuple[int, int], x: float, y: float, half_width: float, half_height: float) -> NDArray[np.float32]:
    rows, columns = (np.arange(shape[0]) + 0.5) / shape[0], (np.arange(shape[1]) + 0.5) / shape[1]
    radius = np.hypot((columns[None, :] - x) / half_width, (rows[:, None] - y) / half_height)
    return np.clip(1.5 - radius, 0.0, 1.0).astype(np.float32)


def _fitted(plane: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    resized = Image.fromarray(plane.astype(np.float32)).resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(resized, np.float32)
