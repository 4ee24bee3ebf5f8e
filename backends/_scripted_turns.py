"""When a scripted model is slow, and when it fails."""

import threading
import time
from dataclasses import dataclass, field
from typing import Literal

from overread.errors import Unavailable


@dataclass
class Turns:
    """Counts the calls of a scripted model; each takes `seconds`, and the first `times` (all when None) fail."""

    seconds: float = 0.0
    fault: Literal["unavailable", "garbage"] | None = None
    times: int | None = None
    taken: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, model: str) -> bool:
        """Start a call: True when it must give garbage; raise `Unavailable` when it must do that."""
        with self._lock:
            self.taken += 1
            failing = self.fault is not None and (self.times is None or self.taken <= self.times)
        if self.seconds:
            time.sleep(self.seconds)
        if failing and self.fault == "unavailable":
            raise Unavailable(f"scripted model '{model}' is not reachable; its script says so")
        return failing
