"""`overread reports listen` and `subscribe` from the command line; the listener as a process of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Overread
from tests.receiving.test_reports_elsewhere import reporting, resource


def test_a_server_is_subscribed_at_and_its_notification_is_taken(
    home: Path, overread: Overread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reporting(resource()) as (double, server):
        (tmp_path / "peers.yaml").write_text(f"ris: {{kind: fhir, url: '{server.url}'}}\n")
        monkeypatch.setenv("OVERREAD_PEERS", str(tmp_path / "peers.yaml"))
        assert "secret" in overread("reports", "subscribe", "http://127.0.0.1:1/", "--at", "ris").err
        monkeypatch.setenv("OVERREAD_REPORTS_PUSH__SECRET", "CANARY-of-the-secret")
        monkeypatch.setenv("OVERREAD_REPORTS_PUSH__SOURCE", "ris")
        assert overread("reports", "subscribe", "http://elsewhere.example/").code == 2
        assert overread("reports", "listen", "--host", "0.0.0.0").code == 2
        command = [sys.executable, "-m", "overread.cli", "reports", "listen", "--port", "0"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)) as process:
            assert process.stderr is not None
            said = process.stderr.readline().decode()
            port = int(said.partition("127.0.0.1:")[2].partition(";")[0])
            subscribed = overread("reports", "subscribe", f"http://127.0.0.1:{port}/")
            assert double.notify(resource()) == [200]
            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate(timeout=120)
    assert (subscribed.code, "requested" in subscribed.out) == (0, True)
    assert (process.returncode, b"1 new" in out) == (128 + signal.SIGTERM, True)
    assert b"CANARY" not in out
    (row,) = overread("reports", "list", "--json").json
    assert (row["source"], row["apart"]) == ("ris", "no_case")
