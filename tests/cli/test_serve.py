"""`overread serve` over a stand-in server: what it refuses, what it starts, what it shows, what it leaves."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from overread.serving import control, state
from tests.serving.conftest import free_port, write_environment
from tests.serving.waiting import until

ENTRY = """
describe: d
family: llava
task: chat
engine: vllm
source: vlm
licence: {name: Apache-2.0, url: https://example.org, commercial: true, gated: false}
need: {weights: 1000, kv_per_token: 8, working: 1000, measured: made up}
context: 64
dtype: float32
"""


@pytest.fixture
def port() -> int:
    return free_port(2)


@pytest.fixture
def serve(overread, home: Path, tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Call `overread serve …` with a catalogue of two, and end what it started."""
    catalogue, profiles = tmp_path / "catalogue", tmp_path / "profiles"
    catalogue.mkdir()
    profiles.mkdir()
    (catalogue / "one.yaml").write_text(ENTRY)
    (catalogue / "two.yaml").write_text(ENTRY)
    (catalogue / "gated.yaml").write_text(ENTRY.replace("gated: false", "gated: true"))
    (catalogue / "huge.yaml").write_text(ENTRY.replace("weights: 1000", f"weights: {10**15}"))
    (catalogue / "broken.yaml").write_text(f'{ENTRY}arguments: [--die-at-start, "no such shape"]\n')
    for name, models in {
        "both": ("one", "two"),
        **{name: (name,) for name in ("gated", "huge", "broken", "nobody")},
    }.items():
        roles = {
            role: {"backend": "vllm", "model": model} for role, model in zip(("report", "vqa"), models, strict=False)
        }
        (profiles / f"{name}.yaml").write_text(json.dumps({"describe": "d", "tools": [], "roles": roles}))
    settings = {
        "CATALOGUE_DIR": catalogue,
        "PROFILES_DIR": profiles,
        "SERVING__ENVIRONMENT": write_environment(tmp_path / "environment"),
        "SERVING__DEVICE": "cpu",
        "SERVING__PORT": port,
        "SERVING__STOP_SECONDS": 5,
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"OVERREAD_{name}", str(value))
    yield lambda *arguments: overread("serve", *arguments)
    control.stop(home, 2.0)


def test_up_status_down(serve, home: Path, port: int) -> None:
    said = serve("up", "--profile", "both")
    assert said.code == 0, said.err
    assert f"one  http://127.0.0.1:{port}\ntwo  http://127.0.0.1:{port + 1}\n" in said.out
    seen = serve("status", "--json")
    assert (seen.code, seen.json["profile"], seen.json["healthy"]) == (0, "both", True)
    assert [one["server"]["state"] for one in seen.json["servers"]] == ["healthy", "healthy"]
    table = serve("status")
    assert table.code == 0
    assert "25.0%" in table.out
    done = serve("down")
    assert (done.code, done.out) == (0, "2 servers stopped\n")
    assert serve("status").code == 1
    assert serve("down").out == "no servers ran\n"


def test_a_second_up_says_so_and_another_profile_is_refused(serve) -> None:
    assert serve("up", "--profile", "both").code == 0
    again = serve("up", "--profile", "both")
    assert (again.code, "already up" in again.out) == (0, True)
    other = serve("up", "--profile", "broken")
    assert other.code == 2
    assert "profile 'both' is up" in other.err
    assert serve("status").code == 0


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ("absent", "no profile named 'absent'"),
        ("nobody", "no model named 'nobody' in the catalogue"),
        ("gated", "accepted_terms"),
        ("huge", "needs 1000000.0 GB"),
        ("scripted", "needs no server"),
    ],
)
def test_what_cannot_be_served_is_refused_in_one_line_before_anything_starts(
    serve, home: Path, profile: str, reason: str
) -> None:
    said = serve("up", "--profile", profile)
    assert said.code == 2
    assert reason in said.err
    assert said.err.count("\n") == 1
    assert state.read(home) is None
    assert not state.logs(home).exists()


def test_accepted_terms_are_enough(serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERREAD_ACCEPTED_TERMS", '["gated"]')
    assert serve("up", "--profile", "gated", "--plan").code == 0


def test_a_port_in_use_is_refused(serve, home: Path, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 1))
        taken.listen()
        said = serve("up", "--profile", "both")
    assert said.code == 2
    assert f"port {port + 1}" in said.err
    assert "--port" in said.err
    assert state.read(home) is None


def test_the_plan_is_printed_and_nothing_starts(serve, home: Path, port: int) -> None:
    said = serve("up", "--profile", "both", "--plan")
    assert said.code == 0
    for cell in ("one", "two", "CPU", str(port), "Apache-2.0"):
        assert cell in said.out
    assert state.read(home) is None


def test_one_server_that_cannot_start_ends_them_all_with_the_reason_and_its_log(serve, home: Path) -> None:
    said = serve("up", "--profile", "broken")
    assert said.code == 1
    assert "'broken' cannot be served: ended before it answered, exit code 1: ValueError: no such shape" in said.err
    assert str(state.logs(home) / "broken.log") in said.err.splitlines()[-1]
    assert control.running(home) is None
    assert state.read(home) is None


def test_up_cleans_up_after_a_killed_supervisor(serve, home: Path) -> None:
    assert serve("up", "--profile", "both").code == 0
    before = control.running(home)
    assert before is not None
    os.kill(before.supervisor_pid, signal.SIGKILL)
    until(lambda: control.running(home) is None, "the supervisor to be gone")
    seen = serve("status")
    assert seen.code == 1
    assert "was killed" in seen.out
    said = serve("up", "--profile", "both")
    assert said.code == 0, said.err
    assert "2 servers that it left were ended" in said.err


def test_the_keys_setting_is_what_the_servers_ask_for(serve, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERREAD_SERVER_KEY", "chosen")
    assert serve("up", "--profile", "both").code == 0
    assert state.key_path(home).read_text() == "chosen"


def test_in_the_foreground_it_stays_until_a_signal(serve, home: Path) -> None:
    command = [sys.executable, "-m", "overread.cli", "serve", "up", "--profile", "both", "--foreground"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until(lambda: state.server_of(home, "two") and serve("status").code == 0, "the servers")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "two  healthy" in err
    assert state.read(home) is None


def test_in_the_foreground_a_failed_server_ends_it(serve, home: Path) -> None:
    command = [sys.executable, "-m", "overread.cli", "serve", "up", "--profile", "broken", "--foreground"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "no such shape" in done.stderr.splitlines()[-1]
    assert state.read(home) is None
