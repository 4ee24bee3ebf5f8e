"""How notices of critical results leave this machine: named channels, none of them unless it is set up."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class Channel(BaseModel):
    """One way out: a command that reads JSON on standard input, or a webhook that JSON is posted to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["command", "webhook"]
    command: tuple[str, ...] = ()
    """Program and arguments; no shell. Exit 0: the notice was taken; any other: it was not, and is tried again."""
    url: SecretStr | None = None
    """Address of the webhook; many hold a key, so it is shown and logged nowhere. 2xx: the notice was taken."""
    secret: SecretStr | None = None
    """Signs each post: HMAC-SHA256 over time and body, in `X-Overread-Signature`."""
    seconds: float = Field(default=10.0, gt=0, le=120)
    """How long one attempt may take in all."""
    attempts: int = Field(default=6, ge=1, le=50)
    retry_seconds: float = Field(default=5.0, gt=0)
    """Wait before the second attempt; it doubles with each further one."""
    retry_most_seconds: float = Field(default=300.0, gt=0)
    name_finding: bool = False
    """Send the finding's label and side too: clinical data, which leaves with the case id."""

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        if self.kind == "command" and not self.command:
            raise ValueError("a channel of kind 'command' needs 'command', a list of program and arguments")
        address = self.url.get_secret_value() if self.url else ""
        if self.kind == "webhook" and not address.startswith(("https://", "http://")):
            raise ValueError("a channel of kind 'webhook' needs 'url', an address of http:// or https://")
        return self

    def wait(self, attempts: int) -> float:
        """Give the seconds to wait after so many failed attempts."""
        return min(self.retry_seconds * 2.0 ** min(attempts - 1, 30), self.retry_most_seconds)
