"""Wait for what another process does."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
LONG = 60.0


def until(look: Callable[[], Found | None], what: str) -> Found:
    """Give what `look` finds once it finds something; fail when it never does."""
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {LONG:g} s for {what}")
