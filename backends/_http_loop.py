"""One event loop for every model server that this process talks to, in a thread of its own, over one HTTP client."""

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from functools import lru_cache
from typing import Any, TypeVar

import httpx

# vLLM's server closes an idle connection after 5 s; one that is reused at that moment would be reset.
IDLE_SECONDS = 4.0
CLOSING_SECONDS = 2.0

ResultT = TypeVar("ResultT")


class HttpLoop:
    """Runs coroutines for callers in any thread and in any event loop; a caller that goes away cancels its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="model-servers", daemon=True).start()
        self.client = self.run(_open_client())
        atexit.register(self._close)

    def begin(self, work: Coroutine[Any, Any, ResultT]) -> Future[ResultT]:
        """Start `work` and give its future, which may be cancelled; not to be waited for in the loop itself."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Wait in this thread for the result of `work`; must not be called from the loop itself."""
        future = self.begin(work)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    async def run_async(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Await the result of `work` in the caller's own loop; cancelling it cancels the work."""
        return await asyncio.wrap_future(self.begin(work))

    def _close(self) -> None:
        closing = asyncio.run_coroutine_threadsafe(self.client.aclose(), self._loop)
        try:
            closing.result(CLOSING_SECONDS)
        except TimeoutError:
            closing.cancel()


def http_loop() -> HttpLoop:
    """Give this process's loop; a forked process gets one of its own."""
    with _OPENING:
        return _loop_of(os.getpid())


_OPENING = threading.Lock()


@lru_cache(maxsize=1)
def _loop_of(_process: int) -> HttpLoop:
    return HttpLoop()


async def _open_client() -> httpx.AsyncClient:
    """Open the client: no proxy, key or certificate from the environment, and no redirect is followed."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=256, keepalive_expiry=IDLE_SECONDS)
    return httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=None, limits=limits)
