"""Questions to one model server over HTTP: bounded in time, size and number, and asked again only where that can help.

Whatever happens ends as `Unavailable` or `AnswerInvalid`, one line, without the question, the answer or the key.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import tenacity

from overread.backends._http_breaker import STRIKES, Breaker, Faltered
from overread.backends._http_loop import http_loop
from overread.errors import AnswerInvalid, BackendError, Unavailable
from overread.ports import Circuit

ATTEMPTS = 5
PAUSE = tenacity.wait_random_exponential(multiplier=0.2, max=2)
"""Between attempts, jittered so that many cases do not come back at once: at most 0.2, 0.4, 0.8, 1.6 s."""
KNOCK_SECONDS = 2.0
START_POLL_SECONDS = 0.5
PASSING = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Address:
    """Where a model is served."""

    url: str
    """Scheme, host and port, and a path where there is one, without `/v1`."""
    key: str | None = field(repr=False)
    key_advice: str
    """What to do when the server refuses the key."""
    advice: str
    """What to do when the server cannot be reached."""
    ready: bool = True
    """False while its supervisor is starting it."""


@dataclass(frozen=True)
class Bounds:
    """What one question may cost."""

    seconds: float
    """From the asking to the whole answer, waiting for a place included."""
    concurrency: int = 64
    """Most questions under way at once."""
    connect_seconds: float = 3.0
    answer_bytes: int = 8 * 2**20
    start_seconds: float = 60.0
    """Longest wait, within half of `seconds`, for a server that its supervisor is starting again."""


class ServerClient:
    """Asks the server of one model; its methods run in the HTTP loop."""

    def __init__(
        self,
        model: str,
        find: Callable[[], Address],
        bounds: Bounds,
        breaker: Breaker | None = None,
        *,
        here: Callable[[str], bool] | None = None,
    ) -> None:
        self.model = model
        self._here = here
        """Whether an address is of this machine, where what is asked may not leave it; None: it may."""
        self._find = find
        self._bounds = bounds
        self._breaker = breaker or Breaker()
        self._places = asyncio.Semaphore(bounds.concurrency)

    @property
    def circuit(self) -> Circuit:
        """Give the state of the breaker as it is now."""
        return self._breaker.state

    async def post(self, path: str, body: bytes) -> bytes:
        """Send a JSON body to a route and give the answer's bytes."""
        end = asyncio.get_running_loop().time() + self._bounds.seconds
        try:
            async with asyncio.timeout_at(end):
                await self._places.acquire()
        except TimeoutError:
            raise Unavailable(
                f"model '{self.model}' was busy for {self._bounds.seconds:g} s with {self._bounds.concurrency} "
                "questions at once; lower the load"
            ) from None
        try:
            with self._breaker.watch() as trial:
                return await self._by(end, path, body, trial)
        finally:
            self._places.release()

    async def post_all(self, path: str, bodies: Sequence[bytes]) -> list[bytes]:
        """Send many bodies side by side and give the answers in their order; one failure cancels the rest."""
        answers: list[bytes] = []
        for start in range(0, len(bodies), self._bounds.concurrency):
            try:
                async with asyncio.TaskGroup() as group:
                    batch = bodies[start : start + self._bounds.concurrency]
                    tasks = [group.create_task(self.post(path, body)) for body in batch]
            except ExceptionGroup as failed:
                raise failed.exceptions[0] from None
            answers += [task.result() for task in tasks]
        return answers

    async def _by(self, end: float, path: str, body: bytes, trial: bool) -> bytes:
        try:
            async with asyncio.timeout_at(end):
                if trial:
                    await self._knock()
                return await self._attempts(path, body)
        except TimeoutError:
            raise Faltered(
                f"model '{self.model}' gave no answer within {self._bounds.seconds:g} s; raise tool_seconds if that is "
                "too short",
                strikes=STRIKES,
            ) from None

    async def _knock(self) -> None:
        """See whether a server that was gone is back, before a question waits for it."""
        place = await self._place()
        with _translated(self.model, place):
            async with asyncio.timeout(KNOCK_SECONDS):
                response = await http_loop().client.get(f"{place.url}/v1/models", headers=_headers(place))
        if response.status_code >= 500:
            raise _refusal(self.model, place, response)

    async def _attempts(self, path: str, body: bytes) -> bytes:
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, Faltered) and error.transient),
            stop=tenacity.stop_after_attempt(ATTEMPTS) | tenacity.stop_before_delay(self._bounds.seconds),
            wait=_pause,
            reraise=True,
        )
        return await retrying(self._once, path, body)

    async def _once(self, path: str, body: bytes) -> bytes:
        place = await self._place()
        headers = {**_headers(place), "Content-Type": "application/json", "Accept-Encoding": "identity"}
        timeout = httpx.Timeout(None, connect=self._bounds.connect_seconds)
        with _translated(self.model, place):
            async with http_loop().client.stream(
                "POST", f"{place.url}{path}", content=body, headers=headers, timeout=timeout
            ) as response:
                if response.status_code != 200:
                    raise _refusal(self.model, place, response)
                return await self._whole(response)

    async def _whole(self, response: httpx.Response) -> bytes:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise AnswerInvalid(f"model '{self.model}' sent a compressed answer, which was not asked for")
        answer = bytearray()
        async for chunk in response.aiter_raw():
            answer += chunk
            if len(answer) > self._bounds.answer_bytes:
                raise AnswerInvalid(f"model '{self.model}' sent more than {self._bounds.answer_bytes} bytes")
        return bytes(answer)

    async def _place(self) -> Address:
        """Find the server where it may be asked."""
        place = await self._started()
        if self._here is not None and not self._here(place.url):
            raise Unavailable(
                f"the server of model '{self.model}' is on another machine than was expected, and is not asked; "
                "give its url in the profile"
            )
        return place

    async def _started(self) -> Address:
        """Find the server; wait for one that is being started, as after its process was killed."""
        waits = int(min(self._bounds.start_seconds, self._bounds.seconds / 2) / START_POLL_SECONDS)
        for _ in range(waits):
            place = self._find()
            if place.ready:
                return place
            await asyncio.sleep(START_POLL_SECONDS)
        place = self._find()
        if place.ready:
            return place
        raise Faltered(f"the server of model '{self.model}' is still starting; {place.advice}", strikes=STRIKES)


def _headers(place: Address) -> dict[str, str]:
    return {"Authorization": f"Bearer {place.key}"} if place.key else {}


@contextmanager
def _translated(model: str, place: Address) -> Iterator[None]:
    where = f"the server of model '{model}' at {httpx.URL(place.url).netloc.decode()}"
    try:
        yield
    except (httpx.ConnectTimeout, TimeoutError):
        raise Faltered(f"{where} does not respond; {place.advice}", strikes=STRIKES) from None
    except httpx.TransportError as error:
        raise Faltered(
            f"{where} cannot be reached ({type(error).__name__}); {place.advice}", strikes=STRIKES, transient=True
        ) from None


def _refusal(model: str, place: Address, response: httpx.Response) -> BackendError:
    """Say what a status other than 200 means."""
    status = response.status_code
    who = f"the server of model '{model}'"
    if status in PASSING:
        after = _retry_after(response.headers.get("Retry-After"))
        busy = status == 429
        trouble = (
            f"is busy (HTTP {status}); lower the load" if busy else f"is not ready (HTTP {status}); {place.advice}"
        )
        return Faltered(f"{who} {trouble}", strikes=0 if busy else STRIKES, transient=True, after=after)
    if status in (401, 403):
        return Unavailable(f"{who} refuses the key (HTTP {status}); {place.key_advice}")
    if status == 404:
        return Unavailable(f"{who} serves no '{model}' (HTTP 404); check the profile's model and url")
    if 300 <= status < 400:
        return Unavailable(f"{who} points elsewhere (HTTP {status}), which is not followed; give the final url")
    if status >= 500:
        return Faltered(f"{who} failed (HTTP {status}); look into its log", strikes=1)
    return AnswerInvalid(f"{who} refused the question (HTTP {status}): too long for it, or a picture it cannot take")


def _retry_after(value: str | None) -> float | None:
    """Read a Retry-After header: seconds, or a date (RFC 9110, 10.2.3); None when it is neither."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _pause(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.after if isinstance(error, Faltered) else None
    return PAUSE(state) + (asked or 0.0)
