"""Real servers of the profile `vllm-cpu`, started once for all tests that ask them (`pytest -m vllm`).

The environment is `OVERREAD_SERVING__ENVIRONMENT` when that is set, else the usual one, made when it is not there.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.needs import require
from tests.serving.conftest import free_port

PROFILE = "vllm-cpu"
UP_SECONDS = 1200
RUNNING = "OVERREAD_TEST_SERVERS"
ROOMY = ("OVERREAD_HOME", "OVERREAD_PROFILE", "OVERREAD_PROFILES_DIR", "OVERREAD_CATALOGUE_DIR", "HF_HUB_OFFLINE")


@dataclass(frozen=True)
class Servers:
    """Servers that run; a test reaches them with `home` as its OVERREAD_HOME."""

    home: Path
    port: int
    variables: Mapping[str, str] = field(repr=False)

    def serve(self, *arguments: str, seconds: float = UP_SECONDS) -> "subprocess.CompletedProcess[str]":
        """Call `overread serve …` as a user does."""
        return subprocess.run(
            [sys.executable, "-m", "overread.cli", "serve", *arguments],
            env=dict(self.variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )


def at(home: Path) -> Servers:
    """Say where servers of a home of their own would run; none is started."""
    port = free_port(2)
    kept = {name: value for name, value in os.environ.items() if name not in ROOMY}
    settings = {"HOME": home, "SERVING__PORT": port, "SERVING__START_SECONDS": 600, "SERVING__DEVICE": "cpu"}
    return Servers(home, port, {**kept, **{f"OVERREAD_{name}": str(value) for name, value in settings.items()}})


@pytest.fixture(scope="session")
def vllm_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Run `overread serve up --profile vllm-cpu`; skipped, or failed under `--require vllm`, when that cannot be.

    Servers that run already, those of the home that `OVERREAD_TEST_SERVERS` names, are used as they are.
    """
    running = os.environ.get(RUNNING)
    servers = at(Path(running) if running else tmp_path_factory.mktemp("serving") / "home")
    said = servers.serve("up", "--profile", PROFILE)
    if said.returncode != 0:
        why = f"real vLLM servers cannot be had here: {said.stderr.strip().splitlines()[-1]}"
        require("vllm", why_not=why)
    yield servers
    servers.serve("down")
