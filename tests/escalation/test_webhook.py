"""A webhook over real HTTP on the loopback: what is taken, what is refused, what cannot be known."""

import hashlib
import hmac
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from overread.channels import Channel
from overread.escalation.outcome import NotSent, Unclear
from overread.escalation.webhook import post
from overread.store.home import Home
from tests.escalation.climbs import Time, case_of, put_alert, watcher

BODY = b'{"case": "c-1"}'
Answer = Callable[["Hook"], None]


class Hook(BaseHTTPRequestHandler):
    """Keeps what was posted, and answers as the test says, one answer a post."""

    answers: list[Answer]
    seen: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.answers.pop(0)(self)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def status(code: int) -> Answer:
    def answer(hook: Hook) -> None:
        hook.send_response(code)
        hook.send_header("location", "/elsewhere")
        hook.send_header("content-length", "0")
        hook.end_headers()

    return answer


def die(hook: Hook) -> None:
    """End the connection after the post was read, before any answer."""
    hook.connection.shutdown(socket.SHUT_RDWR)
    hook.close_connection = True


def die_in_the_answer(hook: Hook) -> None:
    hook.wfile.write(b"HTTP/1.1 20")
    die(hook)


@contextmanager
def serving(*answers: Answer) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    seen: list[tuple[dict[str, str], bytes]] = []
    handler = type("OneHook", (Hook,), {"answers": list(answers), "seen": seen})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook/s3cret-in-the-path", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def channel(url: str, **more: Any) -> Channel:
    return Channel.model_validate({"kind": "webhook", "url": url, "attempts": 3, "retry_seconds": 10, **more})


@pytest.mark.parametrize("code", [200, 202, 204])
def test_an_answer_of_success_is_taken(code: int) -> None:
    with serving(status(code)) as (url, seen):
        post(channel(url), BODY)
    assert seen[0][1] == BODY
    assert seen[0][0]["content-type"] == "application/json"
    assert "x-overread-signature" not in seen[0][0]


@pytest.mark.parametrize("code", [301, 302, 400, 401, 404, 429, 500, 503])
def test_another_answer_is_a_refusal_and_no_redirect_is_followed(code: int) -> None:
    with serving(status(code)) as (url, seen), pytest.raises(NotSent, match=f"answered {code}"):
        post(channel(url), BODY)
    assert len(seen) == 1


@pytest.mark.parametrize("answer", [die, die_in_the_answer])
def test_a_connection_that_breaks_after_the_post_leaves_it_unclear(answer: Answer) -> None:
    with serving(answer) as (url, seen), pytest.raises(Unclear, match="no answer"):
        post(channel(url), BODY)
    assert len(seen) == 1


def test_silence_ends_at_the_deadline_and_leaves_it_unclear() -> None:
    ended = threading.Event()

    def hang(hook: Hook) -> None:
        ended.wait(30)

    with serving(hang) as (url, _):
        with pytest.raises(Unclear, match="no answer"):
            post(channel(url, seconds=3), BODY)
        ended.set()


def test_an_answer_that_trickles_is_ended_by_the_same_deadline() -> None:
    ended = threading.Event()

    def trickle(hook: Hook) -> None:
        try:
            while not ended.wait(0.05):
                hook.wfile.write(b"H")
        except OSError:
            return

    with serving(trickle) as (url, _):
        with pytest.raises(Unclear):
            post(channel(url, seconds=3), BODY)
        ended.set()


def test_nobody_there_is_known_not_to_be_told() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(NotSent, match="not reached"):
        post(channel(f"http://127.0.0.1:{port}/"), BODY)


def test_a_secret_signs_time_and_body() -> None:
    with serving(status(200)) as (url, seen):
        post(channel(url, secret="of the tests"), BODY)
    headers, body = seen[0]
    expected = hmac.new(b"of the tests", f"{headers['x-overread-timestamp']}.".encode() + body, hashlib.sha256)
    assert headers["x-overread-signature"] == f"sha256={expected.hexdigest()}"


def test_500_and_then_200_tells_once(any_home: Home) -> None:
    put_alert(any_home, category=2)
    time = Time()
    with serving(status(500), status(200)) as (url, seen):
        watching = watcher(any_home, time, post, channels={"hook": channel(url)})
        for _ in range(4):
            watching.look()
            time.go(1)
    assert len(seen) == 2
    assert seen[0][1].count(b'"notice": "a-1/0/hook/reader"') == 1
    assert [(n.state, n.attempts) for n in any_home.notices.of(case_of())] == [("sent", 2)]


def test_neither_address_nor_secret_nor_notice_is_logged_or_printed(
    any_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    put_alert(any_home, category=2)
    caplog.set_level(logging.DEBUG)
    time = Time()
    with serving(status(500), die) as (url, _):
        hook = channel(url, secret="hunter2")
        watching = watcher(any_home, time, post, channels={"hook": hook})
        for _ in range(3):
            watching.look()
            time.go(1)
    errors = [notice.error for notice in any_home.notices.of(case_of())]
    for secret in ("s3cret", "hunter2"):
        assert secret not in caplog.text
        assert secret not in str(errors)
        assert secret not in repr(hook)
    assert case_of() not in caplog.text


@pytest.mark.parametrize("url", ["ftp://x", "file:///etc/passwd", "", None])
def test_an_address_of_another_kind_is_refused_when_it_is_set(url: str | None) -> None:
    with pytest.raises(ValueError, match="needs 'url'"):
        Channel(kind="webhook", url=url)  # type: ignore[arg-type]
