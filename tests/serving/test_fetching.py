"""Weights of the hub are fetched at their commit before a server starts; a folder of this machine is not."""

from pathlib import Path

import pytest

from overread.errors import ServingError
from overread.serving import catalogue
from overread.serving.fetching import fetch
from overread.settings import Settings


def hub_client(environment: Path, body: str) -> Path:
    """Write a stand-in of the hub's client that notes its arguments."""
    client = environment / "bin" / "hf"
    client.parent.mkdir(parents=True)
    client.write_text(f'#!/bin/sh\necho "$@" >> "{environment}/asked"\n{body}\n')
    client.chmod(0o755)
    return environment


def test_only_the_hubs_models_are_fetched_and_at_their_commit(tmp_path: Path) -> None:
    environment = hub_client(tmp_path, "exit 0")
    lingshu = catalogue.entry("lingshu-7b", Settings())
    lines: list[str] = []
    fetch([catalogue.entry("vlm", Settings()), lingshu], environment, lines.append)
    (asked,) = (environment / "asked").read_text().splitlines()
    assert asked.startswith(f"download {lingshu.source} --revision {lingshu.revision} ")
    assert "*.safetensors" in asked
    assert len(lines) == 1


def test_a_refusal_of_the_hub_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    environment = hub_client(tmp_path, 'echo "Traceback" >&2; echo "GatedRepoError: 401" >&2; exit 1')
    with pytest.raises(
        ServingError, match=r"'medsiglip-448' cannot be fetched: GatedRepoError: 401; .*HF_TOKEN"
    ) as raised:
        fetch([catalogue.entry("medsiglip-448", Settings())], environment, lambda _: None)
    assert "\n" not in str(raised.value)


def test_an_environment_without_the_client_is_said(tmp_path: Path) -> None:
    with pytest.raises(ServingError, match="does not run"):
        fetch([catalogue.entry("lingshu-7b", Settings())], tmp_path, lambda _: None)
