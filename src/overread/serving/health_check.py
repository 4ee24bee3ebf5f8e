"""The two things that are asked of a server here: whether it is there, and one real answer before others ask."""

import base64
import io
from typing import Any, TypedDict

import httpx
from PIL import Image

from overread.serving.launch import Launch


class Direct(TypedDict):
    """How to connect."""

    trust_env: bool
    verify: bool


PATHS = {"chat": "/v1/chat/completions", "embedding": "/v1/embeddings"}
SIDE = 64
GREY = 128


# Plain HTTP on this machine: no proxy of the environment, and no certificates to load for each question.
DIRECT: Direct = {"trust_env": False, "verify": False}


def healthy(url: str, seconds: float = 10.0) -> bool:
    """Ask `/health`."""
    try:
        return httpx.get(f"{url}/health", timeout=seconds, **DIRECT).is_success
    except httpx.TransportError:
        return False


def warm_up(launch: Launch, key: str, seconds: float) -> str:
    """Ask for answers, so that the first case does not wait for what is made at first use; empty when they came."""
    headers = {"Authorization": f"Bearer {key}"}
    address = launch.url + PATHS[launch.task]
    for body in first_requests(launch):
        try:
            answer = httpx.post(address, json=body, headers=headers, timeout=seconds, **DIRECT)
        except httpx.TransportError as error:
            return f"did not answer its first request ({type(error).__name__})"
        if not answer.is_success:
            return f"answered its first request with {answer.status_code}: {answer.text[:200]}"
    return ""


def first_requests(launch: Launch) -> list[dict[str, Any]]:
    """Give requests without any patient's data: a grey picture, a word; a chat model gets both in one."""
    picture = {"type": "image_url", "image_url": {"url": grey_picture()}}
    pictures = [picture] if launch.images else []
    if launch.task == "embedding":
        alone = [{"model": launch.model, "messages": [{"role": "user", "content": [one]}]} for one in pictures]
        return [{"model": launch.model, "input": ["normal"]}, *alone]
    content = [*pictures, {"type": "text", "text": "normal?"}]
    schema = {"type": "json_schema", "json_schema": {"name": "first", "schema": {"type": "object"}}}
    asked = {"model": launch.model, "messages": [{"role": "user", "content": content}], "max_tokens": 2}
    return [{**asked, "response_format": schema}]  # guidance is built at its first use, which takes seconds


def grey_picture() -> str:
    """Give a small grey PNG as a data URL."""
    file = io.BytesIO()
    Image.new("L", (SIDE, SIDE), GREY).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
