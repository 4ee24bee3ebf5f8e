"""The ways in which a model server goes wrong, as bytes on the wire."""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Literal, get_args

Fault = Literal[
    "garbage",
    "wrong_schema",
    "deep",
    "error_500",
    "unavailable_503",
    "busy",
    "slow",
    "hang",
    "drop",
    "endless",
    "short_embedding",
    "nan",
    "length",
    "unauthorised",
    "redirect",
    "refuses",
]
"""`deep` nests without end; `busy` is 429 with Retry-After; `slow` answers well, but late; `hang` never answers; `drop`
breaks off amid the answer."""
FAULTS: tuple[Fault, ...] = get_args(Fault)

CHUNK = b" " * 65536
STATUSES: dict[Fault, int] = {
    "error_500": 500,
    "unavailable_503": 503,
    "busy": 429,
    "unauthorised": 401,
    "redirect": 307,
    "refuses": 400,
}
HEADERS: dict[Fault, dict[str, str]] = {
    "redirect": {"Location": "http://127.0.0.1:9/elsewhere"},
}

Answer = dict[str, object]


def spoilt(fault: Fault, answer: Answer) -> bytes:
    """Give a well-formed answer with one thing wrong in it, or the answer itself."""
    spoil = _SPOILERS.get(fault)
    return b'}{ "no": JSON' if fault == "garbage" else json.dumps(spoil(answer) if spoil else answer).encode()


def misbehave(fault: Fault, handler: BaseHTTPRequestHandler, stopped: threading.Event, retry_after: str = "0") -> bool:
    """Act out a fault of the line or the status; False when the fault lies in the answer."""
    if fault == "busy":
        _refuse(handler, STATUSES[fault], {"Retry-After": retry_after})
    elif fault in STATUSES:
        _refuse(handler, STATUSES[fault], HEADERS.get(fault, {}))
    elif fault == "hang":
        _hang(handler, stopped)
    elif fault == "drop":
        _open(handler, length=100_000)
        handler.wfile.write(b'{"choices": [')
        handler.close_connection = True
    elif fault == "endless":
        _open(handler, length=None)
        _pour(handler, stopped)
    else:
        return False
    return True


def _refuse(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
    # As vLLM does, the message quotes what was sent: a client must not repeat it.
    body = json.dumps({"error": {"message": f"said {handler.headers.get('Authorization')}", "code": status}}).encode()
    handler.send_response(status)
    for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def _open(handler: BaseHTTPRequestHandler, length: int | None) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    if length is not None:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()


def _hang(handler: BaseHTTPRequestHandler, stopped: threading.Event) -> None:
    """Say nothing until the client goes away or the server stops."""
    handler.close_connection = True
    handler.connection.settimeout(0.05)
    while not stopped.is_set():
        with suppress(TimeoutError):
            if not handler.connection.recv(1, socket.MSG_PEEK):
                return


def _pour(handler: BaseHTTPRequestHandler, stopped: threading.Event) -> None:
    handler.close_connection = True
    while not stopped.is_set():
        handler.wfile.write(CHUNK)


def _wrong_schema(answer: Answer) -> Answer:
    if "choices" in answer:
        return _chat_with(answer, content='{"verdict": "not what was asked for"}')
    return {"data": [{"vector": [1.0]}]}


def _deep(answer: Answer) -> Answer:
    return _chat_with(answer, content="[" * 200_000)


def _length(answer: Answer) -> Answer:
    return _chat_with(answer, content='{"answer": "cut', finish_reason="length")


def _chat_with(answer: Answer, *, content: str, finish_reason: str = "stop") -> Answer:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish_reason}
    return {**answer, "choices": [choice]} if "choices" in answer else answer


def _short(answer: Answer) -> Answer:
    return _numbers(answer, lambda vector: vector[:-1])


def _nan(answer: Answer) -> Answer:
    return _numbers(answer, lambda vector: [float("nan"), *vector[1:]])


def _numbers(answer: Answer, change: Callable[[list[float]], list[float]]) -> Answer:
    data = answer.get("data")
    if not isinstance(data, list):
        return answer
    first, *rest = data
    return {**answer, "data": [{**first, "embedding": change(first["embedding"])}, *rest]}


_SPOILERS: dict[Fault, Callable[[Answer], Answer]] = {
    "wrong_schema": _wrong_schema,
    "deep": _deep,
    "length": _length,
    "short_embedding": _short,
    "nan": _nan,
}
