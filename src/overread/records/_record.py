"""What every record is: frozen, closed, and able to name itself by its content."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION = 1


class Record(BaseModel):
    """A frozen, closed piece of data that flows between nodes."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


def content_digest(content: Any, length: int = 12) -> str:
    """Name JSON-native content by the first hex digits of its SHA-256, the same in every process."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:length]
