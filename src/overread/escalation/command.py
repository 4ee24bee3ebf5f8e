"""Hand a notice to a program of the operator's: JSON on standard input, its exit code is the answer."""

import os
import signal
import subprocess

from overread.channels import Channel
from overread.escalation.outcome import NotSent, Unclear


def run_command(channel: Channel, body: bytes) -> None:
    """Run it without a shell; what it prints is dropped, and what is left of it after its time is killed."""
    try:
        process = subprocess.Popen(
            channel.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise NotSent(f"the command cannot be started: {type(error).__name__}") from None
    with process:
        try:
            process.communicate(body, timeout=channel.seconds)
        except subprocess.TimeoutExpired:
            raise Unclear(f"the command did not end within {channel.seconds:g} s") from None
        finally:
            _end(process)
    if process.returncode > 0:
        raise NotSent(f"the command ended with {process.returncode}")
    if process.returncode < 0:
        raise Unclear(f"the command was ended by signal {-process.returncode}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the program and whatever it started, where it still runs."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
