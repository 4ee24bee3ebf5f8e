"""Send one notice by one channel, once, and say which of three things came of it."""

from collections.abc import Callable

from overread.channels import Channel
from overread.escalation.command import run_command
from overread.escalation.outcome import NotSent, Unclear
from overread.escalation.webhook import post

__all__ = ["NotSent", "Send", "Unclear", "send"]

Send = Callable[[Channel, bytes], None]
"""Returns when the notice was taken; raises `NotSent` when it was not, `Unclear` when that cannot be known."""


def send(channel: Channel, body: bytes) -> None:
    """Send by the kind of the channel."""
    if channel.kind == "command":
        run_command(channel, body)
    else:
        post(channel, body)
