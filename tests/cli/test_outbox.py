"""`overread outbox`, `overread peers` and `export --to NAME` from the command line; nothing leaves without a name."""

from pathlib import Path

import pytest

from tests.cli.conftest import Overread
from tests.peers.test_check import closed_port


@pytest.fixture
def pacs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name an archive that is down."""
    where = f"http://127.0.0.1:{closed_port()}/dicom-web"
    (tmp_path / "peers.yaml").write_text(f"pacs: {{kind: dicomweb, url: '{where}', takes: [seg]}}")
    monkeypatch.setenv("OVERREAD_PEERS", str(tmp_path / "peers.yaml"))
    return where


def test_a_signature_puts_the_report_into_the_outbox_and_a_person_sees_what_became_of_it(
    overread: Overread, phantom: Path, pacs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_DELIVER_TO", '["pacs"]')
    case_id = overread("read", phantom, "--json").json["case_id"]
    assert overread("outbox", "list", "--json").json == []
    signed = overread("review", "sign", case_id, "--reviewer", "Dr A", "--yes")
    assert signed.code == 0, signed.err
    (entry,) = overread("outbox", "list", "--json").json
    assert (entry["case_id"], entry["report"], entry["kind"], entry["to"]) == (case_id, "version 1", "seg", "pacs")
    sent = overread("outbox", "send", "--json")
    assert sent.code == 1
    assert [(item["state"], item["trouble"], item["attempts"]) for item in sent.json] == [("pending", "not_reached", 1)]
    assert pacs in overread("outbox").out
    assert overread("outbox", "send", "--json").json == []  # not yet
    assert overread("outbox", "retry", entry["id"]).code == 1
    assert overread("outbox", "drop", entry["id"]).code == 0
    assert overread("outbox", "list", "--open", "--json").json == []
    assert overread("outbox", "drop", "o-none").err.count("\n") == 1


def test_export_to_a_name_sends_and_to_anything_else_writes(
    overread: Overread, phantom: Path, pacs: str, tmp_path: Path
) -> None:
    case_id = overread("read", phantom, "--json").json["case_id"]
    sent = overread("export", case_id, "--to", "pacs", "--json")
    assert sent.code == 1
    assert [(item["kind"], item["report"], item["state"]) for item in sent.json] == [("seg", "draft", "pending")]
    assert not (tmp_path / "pacs").exists()
    assert overread("export", case_id, "--to", "./pacs", "--as", "seg").code == 0
    assert (tmp_path / "pacs" / case_id / "seg.dcm").is_file()
    said = overread("export", case_id, "--to", "pacs", "--as", "pdf")
    assert (said.code, said.err.count("\n")) == (2, 1)


def test_peers_says_which_answers(overread: Overread, pacs: str) -> None:
    said = overread("peers", "--json")
    assert said.code == 1
    assert [(item["name"], item["where"], item["answers"]) for item in said.json] == [("pacs", pacs, False)]
    assert "peer pacs" in overread("doctor").out
    assert overread("peers", "pcas").code == 2


def test_without_a_file_nothing_is_named_and_a_wrong_name_is_said_before_anything_is_read(
    overread: Overread, phantom: Path
) -> None:
    said = overread("peers")
    assert (said.code, said.out) == (0, "")
    assert "nothing is sent" in said.err
    said = overread("-c", "deliver_to=[pacs]", "read", phantom)
    assert said.code != 0
    assert "no remote system" in said.err
