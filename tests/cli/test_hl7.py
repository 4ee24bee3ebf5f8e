"""`overread hl7` and `overread reports` from the command line; a listener as a process of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from overread.cli.reports import COLUMNS
from tests.cli.conftest import Overread
from tests.hl7v2.messages import order, report
from tests.needs import require
from tests.receiving.listening import sent
from tests.receiving.stage import SECRET_ID, film
from tests.receiving.test_reports_elsewhere import reporting, resource

require("hl7")

QUICK = ("-c", "receiving.quiet_seconds=0", "-c", "receiving.poll_seconds=0.1")


def test_orders_and_reports_from_files_to_discrepancies(
    overread: Overread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "hl7"
    folder.mkdir()
    (folder / "1.hl7").write_bytes(order() + report())
    (folder / "2.hl7").write_bytes(b"BERG")
    taken = overread("hl7", "take", folder, "--json")
    assert taken.code == 1
    assert [each["became"] for each in taken.json] == ["taken", "taken", "aside"]
    (aside,) = overread("hl7", "list", "--aside", "--json").json
    assert overread("hl7", "show", aside["id"]).out.strip() == "BERG"
    assert overread("hl7", "show", "m-none").code == 2
    listed = overread("hl7", "list")
    assert SECRET_ID not in listed.out
    (unmatched,) = overread("reports", "list", "--unmatched", "--json").json
    assert unmatched["apart"] == "no_case"
    film(tmp_path / "inbox" / "a", AccessionNumber="ACC-4711")
    received = overread(*QUICK, "receive", "--watch", tmp_path / "inbox", "--once")
    assert "order attached" in received.out, received.err
    (joined,) = overread("reports", "list", "--json").json
    assert joined["case_id"] is not None
    shown = overread("reports", "show", joined["id"], "--json").json
    assert shown[0]["discrepancies"] is not None
    table = overread("reports", "list").out
    assert all(name.replace("_", " ") in table for name in COLUMNS)
    assert SECRET_ID not in overread("reports", "show", joined["id"]).out
    assert overread("reports", "show", "r-none").code == 2


def test_a_fhir_server_is_polled_by_name(overread: Overread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with reporting(resource()) as (_, server):
        (tmp_path / "peers.yaml").write_text(
            f"ris: {{kind: fhir, url: '{server.url}'}}\nold: {{kind: mllp, host: localhost}}\n"
        )
        monkeypatch.setenv("OVERREAD_PEERS", str(tmp_path / "peers.yaml"))
        said = overread("reports", "poll", "ris", "--since", "2025-01-01", "--json")
        assert said.json == {"polled": [{"source": "ris", "new": 1, "amended": 0}], "joined": 0}
        again = overread("-c", "receiving.reports_from=[ris]", "reports", "poll", "--json")
        assert again.json["polled"] == [{"source": "ris", "new": 0, "amended": 0}]
    assert overread("reports", "poll").code == 2
    assert "of kind mllp" in overread("reports", "poll", "old").err


def test_a_listener_says_where_it_listens_and_ends_in_peace(home: Path, overread: Overread) -> None:
    command = [sys.executable, "-m", "overread.cli", "hl7", "listen", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)) as process:
        assert process.stderr is not None
        said = process.stderr.readline().decode()
        port = int(said.partition("127.0.0.1:")[2].partition(";")[0])
        (answer,) = sent(port, [order()])
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
    assert b"MSA|AA|M1" in answer
    assert (process.returncode, b"taken" in out) == (128 + signal.SIGTERM, True)
    assert [row["state"] for row in overread("hl7", "list", "--json").json] == ["taken"]
    assert overread("hl7", "listen", "--host", "0.0.0.0").code == 2
