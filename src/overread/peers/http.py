"""One exchange with a DICOMweb or FHIR server: no proxy, no redirect, nothing logged, one deadline for all of it."""

import asyncio
import base64
from collections.abc import Mapping
from typing import NamedTuple

import httpx

from overread.errors import PeerError
from overread.peers.book import secret_of
from overread.peers.records import WebPeer
from overread.peers.tls import context_of

NOT_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
MOST_BYTES = 512 * 2**20


class Answer(NamedTuple):
    """What came back, whatever its status; names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Say whether the status is one of success."""
        return 200 <= self.status < 300


def exchange(
    peer: WebPeer,
    method: str,
    path: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    most_bytes: int = MOST_BYTES,
) -> Answer:
    """Ask a server, `path` under its address, and give its answer.

    Raises `PeerError`: `not_reached` where nothing was sent, `no_answer` where it may have come through, `bad_answer`
    for one of more than `most_bytes`; `SettingsError` where a secret is not there. Not from inside an event loop.
    """
    request = httpx.Request(
        method,
        f"{peer.url}/{path.lstrip('/')}" if path else peer.url,
        params=dict(params) if params else None,
        headers={"accept-encoding": "identity", **_credentials(peer), **(headers or {})},
        content=content,
        extensions={"timeout": httpx.Timeout(peer.seconds, connect=peer.seconds / 2).as_dict()},
    )
    try:
        return asyncio.run(_answer(peer, request, most_bytes))
    except NOT_REACHED as error:
        raise PeerError("not_reached", f"'{peer.name}' ({peer.where}) is not reached: {_why(error)}") from None
    except (TimeoutError, httpx.HTTPError) as error:
        raise PeerError("no_answer", f"'{peer.name}' ({peer.where}) gave no answer: {_why(error)}") from None


def refused(peer: WebPeer, what: str, answer: Answer) -> PeerError:
    """Give the error of an answer that is no success; nothing of its body, which may name a patient."""
    said = f"'{peer.name}' ({peer.where}) answered {answer.status} to {what}"
    if answer.status in (401, 403):
        return PeerError("unauthorized", f"{said}; look at its 'login' or 'token'")
    if 300 <= answer.status < 400:
        return PeerError("refused", f"{said}: it points elsewhere, which is not followed; give that address")
    if answer.status in (408, 425, 429) or answer.status >= 500:
        return PeerError("unavailable", said)
    return PeerError("refused", said)


async def _answer(peer: WebPeer, request: httpx.Request, most_bytes: int) -> Answer:
    # The deadline is of the whole exchange: each of httpx's own begins anew with every byte that trickles in. And not a
    # client: it would log addresses, which hold UIDs and patients' numbers.
    verify = context_of(peer.tls, peer.name) if peer.url.startswith("https:") else False
    transport = httpx.AsyncHTTPTransport(trust_env=False, verify=verify)
    async with asyncio.timeout(peer.seconds), transport:
        answer = await transport.handle_async_request(request)
        body = bytearray()
        try:
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > most_bytes:
                    raise PeerError("bad_answer", f"'{peer.name}' ({peer.where}) answers more than {most_bytes} bytes")
        finally:
            await answer.aclose()
        return Answer(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, bytes(body))


def _credentials(peer: WebPeer) -> dict[str, str]:
    if peer.login is not None:
        pair = f"{peer.login.user}:{secret_of(peer.login.password, peer.name)}".encode()
        return {"authorization": f"Basic {base64.b64encode(pair).decode()}"}
    if peer.token is not None:
        return {"authorization": f"Bearer {secret_of(peer.token, peer.name)}"}
    return {}


def _why(error: Exception) -> str:
    return type(error).__name__
