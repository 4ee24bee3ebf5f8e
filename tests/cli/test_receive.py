"""`overread receive`: what it asks for, what it says, and how it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from overread.errors import UsageError
from overread.peers.book import load_peers
from overread.peers.records import DicomWeb, OrthancServer
from overread.receiving.named import orders_of, priors_of, server_of
from overread.settings import load_settings
from tests.peers import orthanc as peer
from tests.peers.orthanc import Orthanc
from tests.receiving.stage import STUDY, film

QUICK = ("-c", "receiving.quiet_seconds=0", "-c", "receiving.poll_seconds=0.1")


def test_a_folder_is_received_once_and_what_came_of_it_is_told(overread, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    film(inbox / "one")
    (inbox / "two.zip").write_bytes(b"no zip")
    said = overread(*QUICK, "receive", "--watch", inbox, "--once", "--out", tmp_path / "out")
    assert said.code == 0
    assert "new study, awaiting review" in said.out
    assert "unreadable" in said.err
    assert "still waiting" in said.out
    (folder,) = (tmp_path / "out").iterdir()
    assert (folder / "case.json").is_file()
    again = overread(*QUICK, "receive", "--watch", inbox, "--once", "--json")
    assert again.json == {"outcomes": {}, "waiting": 0}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--watch", "a", "--orthanc", "b"),
        ("--watch", "none"),
        ("--orthanc", "nobody"),
        ("--orthanc", "http://u:hunter2@127.0.0.1:9"),
        ("--orthanc", "http://pacs.example"),
        ("--orthanc", "http://127.0.0.1:9", "--study", "1.2"),
    ],
)
def test_a_wrong_request_is_said_before_anything_is_asked(overread, arguments: tuple[str, ...]) -> None:
    said = overread("receive", *arguments, "--once")
    assert said.code == 2
    assert said.err.startswith("overread: ")
    assert "hunter2" not in said.err


def test_an_orthanc_that_is_away_is_said(overread) -> None:
    said = overread("receive", "--orthanc", "http://127.0.0.1:9", "--once")
    assert said.code == 1
    assert "is not reached" in said.err


def test_a_study_that_is_waited_for_is_completed_by_its_uid(
    orthanc: Orthanc, overread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PACS_PASSWORD", peer.PASSWORD)
    login = f"{{user: {peer.USER}, password: {{env: PACS_PASSWORD}}}}"
    (tmp_path / "peers.yaml").write_text(f"pacs: {{kind: orthanc, url: '{orthanc.url}', login: {login}}}")
    command = (*QUICK, "-c", f"peers={tmp_path / 'peers.yaml'}", "-c", "receiving.required_views=[LATERAL]", "receive")
    orthanc.store(film(tmp_path / "films"))
    orthanc.wait_until_stable()
    waiting = overread(*command, "--orthanc", "pacs", "--once")
    assert "LATERAL view has not come" in waiting.err
    done = overread(*command, "--orthanc", orthanc.url, "--complete", STUDY)
    assert "without its LATERAL view" in done.out
    unknown = overread(*command, "--orthanc", "pacs", "--complete", "1.2.3")
    assert (unknown.code, "no study of that UID" in unknown.err) == (2, True)


def test_a_signal_lets_the_study_in_work_end(home: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    film(inbox / "one")
    command = [sys.executable, "-m", "overread.cli", *QUICK, "receive", "--watch", str(inbox)]
    process = subprocess.Popen(command, env=dict(os.environ), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    while not list(inbox.glob("one.process*")):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 128 + signal.SIGTERM
    assert "finished first" in err
    assert (inbox / "one.processed").is_file()
    assert "new study" in out


def test_systems_are_chosen_by_name_or_address(tmp_path: Path) -> None:
    (tmp_path / "peers.yaml").write_text(
        "web: {kind: dicomweb, url: 'https://pacs.example/dicom-web', token: {env: T}}\n"
        "archive: {kind: orthanc, url: 'https://orthanc.example'}\n"
        "ris: {kind: fhir, url: 'https://ris.example'}\n"
        "mwl: {kind: dicom, host: 127.0.0.1, ae_title: MWL}\n"
    )
    peers = load_peers(tmp_path / "peers.yaml")
    assert server_of("https://pacs.example/dicom-web/", DicomWeb, "dicomweb", peers).token is not None
    with pytest.raises(UsageError, match="orthanc is needed"):
        server_of("web", OrthancServer, "orthanc", peers)
    settings = load_settings(receiving={"orders_from": ["ris", "mwl"], "priors_from": "archive"})
    assert len(orders_of(settings, peers)) == 2
    assert priors_of(None, settings, peers) is not None
    wrong = load_settings(receiving={"orders_from": ["web"], "priors_from": "ris"})
    with pytest.raises(UsageError, match="orders come from"):
        orders_of(wrong, peers)
    with pytest.raises(UsageError, match="priors come from"):
        priors_of(None, wrong, peers)
