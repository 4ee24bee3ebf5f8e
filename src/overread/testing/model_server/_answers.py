"""From a request's JSON to a backend's question, and from its answer to the JSON that vLLM sends."""

import base64
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from overread.ports import ChatAnswer, ChatRequest, EmbeddingBackend, Picture


def chat_request(body: Mapping[str, Any]) -> ChatRequest:
    """Read what was asked of `/v1/chat/completions`."""
    parts = list(_parts(body["messages"]))
    schema = ((body.get("response_format") or {}).get("json_schema") or {}).get("schema")
    return ChatRequest(
        prompt="\n".join(part["text"] for part in parts if part["type"] == "text"),
        pictures=tuple(_picture(part["image_url"]["url"]) for part in parts if part["type"] == "image_url"),
        schema=schema,
        max_tokens=int(body.get("max_tokens", 256)),
        temperature=float(body.get("temperature", 0.0)),
        seed=int(body.get("seed", 0)),
    )


def completion(body: Mapping[str, Any], answer: ChatAnswer) -> dict[str, object]:
    """Write an answer as a chat completion; its log-probability stands for the messages as they were sent."""
    digest = hashlib.sha256(json.dumps(body["messages"]).encode()).digest()
    logprob = -int.from_bytes(digest[:4], "big") / 2**32 if answer.mean_logprob is None else answer.mean_logprob
    tokens = max(1, answer.completion_tokens)
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": answer.text},
        "logprobs": {"content": [{"token": "", "logprob": logprob, "top_logprobs": []}] * tokens},
        "finish_reason": "stop",
    }
    usage = {"prompt_tokens": answer.prompt_tokens, "completion_tokens": tokens}
    return {"object": "chat.completion", "model": body["model"], "choices": [choice], "usage": usage}


def embeddings(body: Mapping[str, Any], backend: EmbeddingBackend, dimension: int | None) -> dict[str, object]:
    """Embed the texts of `input`, or the one picture of `messages`, as `/v1/embeddings` does."""
    if "messages" in body:
        pictures = [_picture(part["image_url"]["url"]) for part in _parts(body["messages"])]
        vectors = backend.embed_pictures(pictures)
    else:
        vectors = backend.embed_texts(body["input"])
    rows = [np.resize(vector, dimension or len(vector)) for vector in vectors]
    data = [{"object": "embedding", "index": index, "embedding": row.tolist()} for index, row in enumerate(rows)]
    return {"object": "list", "model": body["model"], "data": data}


def _parts(messages: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for message in messages:
        content = message["content"]
        yield from [{"type": "text", "text": content}] if isinstance(content, str) else content


def _picture(url: str) -> Picture:
    _, _, data = url.partition(";base64,")
    with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as image:
        return np.asarray(image.convert("L"))
