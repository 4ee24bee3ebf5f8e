"""A CLIP-like model behind `/v1/embeddings`."""

import json
from collections.abc import Sequence
from math import exp
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from overread.backends._http import ServerClient
from overread.backends._http_loop import http_loop
from overread.backends._picture_urls import PictureUrls
from overread.backends._served_model import ServedModel
from overread.errors import AnswerInvalid, Unavailable
from overread.ports import BackendCard, Circuit, Picture

ROUTE = "/v1/embeddings"
BATCH = 32
"""Texts in one request; of pictures vLLM takes one."""
LONGEST_TEXT = -1
"""`truncate_prompt_tokens`: at the model's own length.

With a `truncation_side` vLLM cuts off the end-of-text token too, at which a CLIP reads its embedding: the cosine to in
process is then 0.91, not 1.
"""
Vectors = NDArray[np.float32]


class Embedded(BaseModel):
    index: int = 0
    embedding: list[float]


class Embeddings(BaseModel):
    """What is read of an answer; servers send more."""

    data: list[Embedded]


class VllmEmbedding:
    """Embeds pictures and texts as unit vectors."""

    def __init__(
        self, model: ServedModel, server: ServerClient, pictures: PictureUrls, logit_scale: float | None = None
    ) -> None:
        self.card: BackendCard = model.card
        self._model = model
        self._server = server
        self._pictures = pictures
        self._logit_scale = logit_scale
        self._dimension = _dimension(model)

    @property
    def circuit(self) -> Circuit:
        """Give the state of the server's circuit breaker."""
        return self._server.circuit

    @property
    def logit_scale(self) -> float:
        """The trained temperature: from the profile, else from the weights' file; vLLM does not serve it."""
        if self._logit_scale is not None:
            return self._logit_scale
        if self._model.folder is None:
            raise Unavailable(
                f"the logit scale of model '{self._model.name}' is not known; give it in the profile: "
                "parameters: {logit_scale: NUMBER}"
            )
        try:
            with safetensors.safe_open(self._model.folder / "model.safetensors", "numpy") as file:
                return exp(file.get_tensor("logit_scale").item())  # of one number, in some families in a row
        except (OSError, safetensors.SafetensorError) as error:
            raise Unavailable(
                f"the logit scale of model '{self._model.name}' cannot be read ({type(error).__name__}); "
                "run 'overread models check'"
            ) from error

    def embed_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """Embed pictures [n, d], in their order, side by side."""
        bodies = [self._body({"messages": _picture_message(self._pictures.url(picture))}) for picture in pictures]
        return self._vectors(bodies, [1] * len(bodies))

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Embed texts [n, d], in their order; a text beyond the model's length is cut."""
        batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
        fixed = {"truncate_prompt_tokens": LONGEST_TEXT}
        padding = {"padding": self._model.padding} if self._model.padding else {}
        bodies = [
            self._body({"input": [self._model.plain(text) for text in batch], **fixed, **padding}) for batch in batches
        ]
        return self._vectors(bodies, [len(batch) for batch in batches])

    def _body(self, asked: dict[str, Any]) -> bytes:
        return json.dumps({"model": self._model.name, "encoding_format": "float", **asked}).encode()

    def _vectors(self, bodies: Sequence[bytes], counts: Sequence[int]) -> Vectors:
        if not bodies:
            return np.zeros((0, self._dimension or 0), np.float32)
        answers = http_loop().run(self._server.post_all(ROUTE, bodies))
        rows = [row for answer, count in zip(answers, counts, strict=True) for row in self._read(answer, count)]
        wanted = self._dimension or len(rows[0])
        if not wanted or any(len(row) != wanted for row in rows):
            raise AnswerInvalid(f"model '{self._model.name}' gave an embedding that is not of {wanted} numbers")
        self._dimension = wanted
        return self._unit(np.asarray(rows, np.float64))

    def _read(self, raw: bytes, count: int) -> list[list[float]]:
        try:
            data = Embeddings.model_validate_json(raw).data
        except ValidationError:
            raise AnswerInvalid(f"the server of model '{self._model.name}' sent no embeddings") from None
        if sorted(item.index for item in data) != list(range(count)):
            raise AnswerInvalid(f"model '{self._model.name}' gave {len(data)} embeddings for {count} inputs")
        return [item.embedding for item in sorted(data, key=lambda item: item.index)]

    def _unit(self, rows: NDArray[np.float64]) -> Vectors:
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if not np.isfinite(rows).all() or not (lengths > 0).all():
            raise AnswerInvalid(f"model '{self._model.name}' gave an embedding without a direction")
        return np.asarray(rows / lengths, np.float32)


def _picture_message(url: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]


def _dimension(model: ServedModel) -> int | None:
    size = model.config.get("projection_dim")
    return size if isinstance(size, int) else None
