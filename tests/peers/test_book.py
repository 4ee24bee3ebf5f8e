"""The file of remote systems: what it may say, and that neither it nor an error of it shows a secret."""

from pathlib import Path

import pytest

from overread.errors import SettingsError, UsageError
from overread.peers.book import load_peers, peer_named, secret_of
from overread.peers.records import DicomNode, DicomWeb, FhirServer, Secret

WHOLE = """
pacs:
  kind: dicomweb
  url: https://pacs.example/dicom-web/
  login: {user: overread, password: {env: PACS_PASSWORD}}
archive: {kind: dicom, host: 127.0.0.1, port: 11112, ae_title: ARCHIVE}
far: {kind: dicom, host: 10.1.2.3, ae_title: FAR, allow_plain: true}
records: {kind: fhir, url: "http://localhost:8080/fhir", token: {file: /run/secrets/token}}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "peers.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_names_nobody() -> None:
    assert load_peers(None) == {}
    with pytest.raises(UsageError, match="setting 'peers'"):
        peer_named({}, "pacs")


def test_each_kind_is_read(tmp_path: Path) -> None:
    peers = load_peers(written(tmp_path, WHOLE))
    pacs, archive, far, records = (peers[name] for name in ("pacs", "archive", "far", "records"))
    assert isinstance(pacs, DicomWeb)
    assert pacs.where == "https://pacs.example/dicom-web"
    assert isinstance(archive, DicomNode)
    assert archive.where == "ARCHIVE at 127.0.0.1:11112"
    assert isinstance(far, DicomNode)
    assert far.port == 104
    assert isinstance(records, FhirServer)
    with pytest.raises(UsageError, match="archive, far, pacs, records"):
        peer_named(peers, "pcas")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{kind: dicomweb, url: 'http://pacs.example/dicom-web'}", "allow_plain"),
        ("{kind: dicom, host: pacs.example, ae_title: PACS}", "allow_plain"),
        ("{kind: dicomweb, url: 'https://u:hunter2@pacs.example/'}", "no credentials"),
        ("{kind: dicomweb, url: 'https://pacs.example/?key=hunter2'}", "without a query"),
        ("{kind: dicomweb, url: 'https://pacs.example/', login: {user: u, password: hunter2}}", "login.password"),
        ("{kind: dicomweb, url: 'https://pacs.example/', password: hunter2}", "Extra inputs"),
        ("{kind: fhir, url: 'https://x.example/', token: {env: A, file: B}}", "one of them"),
        ("{kind: dicom, host: 127.0.0.1, ae_title: 'SEVENTEEN LETTERS'}", "ae_title"),
        ("{kind: fax, number: hunter2}", "dicomweb"),
        ("{url: 'https://hunter2.example'}", "kind"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_of_the_file_is_quoted(tmp_path: Path, entry: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as raised:
        load_peers(written(tmp_path, f"pacs: {entry}"))
    assert "pacs" in str(raised.value)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("text", ["- a\n- list", "pacs: hunter2", "pacs: {hunter2: [", "just words"])
def test_a_file_that_maps_no_names_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="setting 'peers'") as raised:
        load_peers(written(tmp_path, text))
    assert "hunter2" not in str(raised.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_peers(tmp_path / "none.yaml")


@pytest.mark.parametrize("name", ["../pacs", "PACS", "a b", "1" * 40])
def test_a_name_is_a_word(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="name"):
        load_peers(written(tmp_path, f"'{name}': {{kind: fhir, url: 'https://x.example'}}"))


def test_a_secret_is_read_when_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    monkeypatch.setenv("OF_THE_TEST", "other")
    assert secret_of(Secret(file=tmp_path / "token"), "pacs") == "s3cret"
    assert secret_of(Secret(env="OF_THE_TEST"), "pacs") == "other"
    monkeypatch.setenv("OF_THE_TEST", "two\nlines")
    for secret in (Secret(env="OF_THE_TEST"), Secret(env="NOT_SET_ANYWHERE"), Secret(file=tmp_path / "none")):
        with pytest.raises(SettingsError, match="'pacs'"):
            secret_of(secret, "pacs")
