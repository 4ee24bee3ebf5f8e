"""Post a notice to an address that the operator set; no proxy, no redirect, one deadline for all of it."""

import asyncio
import hashlib
import hmac
import time

import httpx

from overread.channels import Channel
from overread.escalation.outcome import NotSent, Unclear

NOT_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)


def post(channel: Channel, body: bytes) -> None:
    """Post it. An answer other than 2xx is a refusal; silence after the connection stood leaves it unclear."""
    try:
        status = asyncio.run(_answer(channel, body))
    except NOT_REACHED as error:
        raise NotSent(f"the webhook is not reached: {type(error).__name__}") from None
    except (TimeoutError, httpx.HTTPError) as error:
        raise Unclear(f"the webhook gave no answer: {type(error).__name__}") from None
    if not 200 <= status < 300:
        raise NotSent(f"the webhook answered {status}")


async def _answer(channel: Channel, body: bytes) -> int:
    # The deadline is of the whole exchange: each of httpx's own begins anew with every byte that trickles in.
    timeout = httpx.Timeout(channel.seconds, connect=channel.seconds / 2).as_dict()
    address = channel.url.get_secret_value() if channel.url else ""
    request = httpx.Request(
        "POST", address, content=body, headers=_headers(channel, body), extensions={"timeout": timeout}
    )
    # Not a client: it would log the address, which may hold a key.
    async with asyncio.timeout(channel.seconds), httpx.AsyncHTTPTransport(trust_env=False) as transport:
        answer = await transport.handle_async_request(request)
        await answer.aclose()
        return answer.status_code


def _headers(channel: Channel, body: bytes) -> dict[str, str]:
    """Give the headers; a signature binds the time too, so that an old post cannot be played again."""
    headers = {"content-type": "application/json"}
    if channel.secret is not None:
        at = f"{int(time.time())}"
        signed = hmac.new(channel.secret.get_secret_value().encode(), f"{at}.".encode() + body, hashlib.sha256)
        headers |= {"x-overread-timestamp": at, "x-overread-signature": f"sha256={signed.hexdigest()}"}
    return headers
