"""The files of `deploy/` call the program as it is, and are valid to those that read them."""

import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from overread.cli.app import build
from overread.peers.book import load_peers
from overread.queueing import kinds_of
from overread.settings import load_settings
from tests.needs import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def commands() -> Iterator[tuple[str, list[str]]]:
    """Give what every unit and service calls."""
    for unit in UNITS:
        (line,) = [line for line in unit.read_text().splitlines() if line.startswith("ExecStart=")]
        program, *rest = shlex.split(line.partition("=")[2])
        assert program.endswith("/overread")
        yield unit.name, rest
    for name, service in COMPOSE["services"].items():
        if service["image"] == "overread":
            yield f"compose {name}", service["command"]


@pytest.mark.parametrize(
    ("name", "arguments"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_process_is_started_in_a_way_that_the_program_takes(name: str, arguments: list[str]) -> None:
    command: Any = typer.main.get_command(build())
    rest = list(arguments)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    parsed = command.make_context(name, rest)  # raises for an option that there is not
    assert not parsed.args
    assert not hasattr(command, "commands")


@pytest.mark.parametrize("path", [DEPLOY / "peers.yaml", DEPLOY / "compose" / "peers.yaml"], ids=["host", "compose"])
def test_the_remote_systems_are_valid_and_are_those_that_the_processes_name(path: Path) -> None:
    peers = load_peers(path)
    assert peers["archive"].kind == "orthanc"
    assert kinds_of(peers["archive-web"]) == ("sr", "seg-viewer", "pdf-dicom")


def test_the_environment_file_sets_what_there_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for line in (DEPLOY / "overread.env").read_text().splitlines():
        name, given, value = line.partition("=")
        if given and not line.startswith("#") and name.startswith("OVERREAD_"):
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    assert load_settings().deliver_to == ("archive-web",)


def test_no_port_of_the_compose_file_is_open_to_others_and_no_secret_is_in_it() -> None:
    for name, service in COMPOSE["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert not [key for key in service.get("environment", {}) if key.endswith("PASSWORD")], name
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"]), name


def extras_of(text: str, before: str) -> set[str]:
    """Give the extras that are installed where `before` stands in front of them."""
    (found,) = re.findall(re.escape(before) + r"\[([a-z0-9,-]+)\]", text)
    return set(found.split(","))


def test_the_image_and_the_host_install_what_the_processes_need() -> None:
    known = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
    image = extras_of((DEPLOY / "Dockerfile").read_text(), "*.whl)")
    host = extras_of((ROOT / "docs" / "deploy.md").read_text(), "pip install 'overread")
    assert image == host <= known
    # HL7 v2 by MLLP, PostgreSQL of compose and host, pdf-dicom to the archive, C-STORE, models in process.
    assert {arguments[0] for _, arguments in commands()} >= {"hl7", "outbox", "receive", "app"}
    assert {"hl7", "postgres", "pdf", "pacs", "local"} <= image


def test_the_settings_of_the_hl7_service_let_it_listen_in_its_container(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = COMPOSE["services"]["hl7"]
    for name, value in service["environment"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert (settings.hl7.host, str(settings.peers)) == ("0.0.0.0", "/etc/overread/peers.yaml")
    assert service["ports"] == [f"127.0.0.1:{settings.hl7.port}:{settings.hl7.port}"]


def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here")
    for unit in UNITS:
        # The program is not installed where the unit expects it; everything else is looked at.
        (tmp_path / unit.name).write_text(
            unit.read_text().replace("/opt/overread/bin/overread", shutil.which("true") or "")
        )
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    faults = [line for line in said.stderr.splitlines() if "overread-" in line]
    assert faults == []
