"""Whether a system answers, against real servers on the loopback; what is wrong is told by kind."""

import gc
import json
import logging
import socket
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from overread.errors import PeerError, SettingsError
from overread.peers.check import check
from overread.peers.http import exchange
from overread.peers.records import DicomNode, DicomWeb, FhirServer, Login, Secret
from tests.peers.servers import Asked, Respond, answer, web


def status(code: int, body: bytes = b"[]") -> Respond:
    return lambda handler, asked: answer(handler, code, body)


def pacs(url: str, **more: object) -> DicomWeb:
    return DicomWeb.model_validate({"name": "pacs", "kind": "dicomweb", "url": url, **more})


def records(url: str) -> FhirServer:
    return FhirServer.model_validate({"name": "records", "kind": "fhir", "url": url})


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("respond", [status(200), status(204, b"")])
def test_a_dicomweb_server_answers_a_search_that_finds_nobody(respond: Respond) -> None:
    with web(respond) as (url, seen):
        assert check(pacs(f"{url}/dicom-web")) == "answers QIDO-RS"
    assert [item.path for item in seen] == ["/dicom-web/studies?StudyInstanceUID=2.25.0&limit=1"]


def test_a_fhir_server_says_its_version() -> None:
    with web(status(200, json.dumps({"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}).encode())) as at:
        assert check(records(at[0])) == "FHIR 4.0.1"
    with web(status(200, b'{"fhirVersion": "5.0.0"}')) as at, pytest.raises(PeerError, match="R4 is needed"):
        check(records(at[0]))


@pytest.mark.parametrize(
    ("respond", "kind"),
    [
        (status(401), "unauthorized"),
        (status(404), "refused"),
        (status(302), "refused"),
        (status(500), "unavailable"),
        (status(200, b"<html>"), "bad_answer"),
        (status(200, b'[{"00100010": {}}]'), "bad_answer"),
    ],
)
def test_what_is_wrong_with_an_answer_has_a_kind(respond: Respond, kind: str) -> None:
    with web(respond) as (url, _), pytest.raises(PeerError, match="'pacs'") as raised:
        check(pacs(url))
    assert raised.value.kind == kind


def test_a_server_that_ends_the_connection_or_is_slow_gave_no_answer() -> None:
    def hang_up(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    def trickle(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(40):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return
            handler.server._BaseServer__is_shut_down.wait(0.05)  # type: ignore[attr-defined]

    for respond in (hang_up, trickle):
        with web(respond) as (url, _), pytest.raises(PeerError) as raised:
            check(pacs(url, seconds=0.5))
        assert raised.value.kind == "no_answer"


def test_a_server_that_is_down_is_not_reached() -> None:
    with pytest.raises(PeerError) as raised:
        check(pacs(f"http://127.0.0.1:{closed_port()}"))
    assert raised.value.kind == "not_reached"


def test_no_more_is_read_than_asked_for() -> None:
    with web(status(200, b" " * 2000)) as (url, _), pytest.raises(PeerError) as raised:
        exchange(pacs(url), "GET", "", most_bytes=1000)
    assert raised.value.kind == "bad_answer"


def test_credentials_go_along_and_nothing_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setenv("OF_THE_TEST", "hunter2")
    (tmp_path / "token").write_text("s3cret")
    login = Login(user="u", password=Secret(env="OF_THE_TEST"))
    with caplog.at_level(logging.DEBUG), web(status(200)) as (url, seen):
        check(pacs(url, login=login.model_dump()))
        check(pacs(url, token={"file": tmp_path / "token"}))
    assert [item.headers["authorization"] for item in seen] == ["Basic dTpodW50ZXIy", "Bearer s3cret"]
    assert not any(word in caplog.text for word in ("hunter2", "s3cret", "dTpodW50ZXIy", "2.25.0"))
    with pytest.raises(SettingsError, match="NOT_SET_ANYWHERE"):
        check(pacs("http://127.0.0.1:9", token={"env": "NOT_SET_ANYWHERE"}))


def node(port: int, **more: object) -> DicomNode:
    return DicomNode.model_validate(
        {"name": "archive", "kind": "dicom", "host": "127.0.0.1", "port": port, "ae_title": "ARCHIVE", **more}
    )


def test_a_dicom_node_answers_c_echo_or_says_no() -> None:
    from pynetdicom import AE, evt

    entity = AE("ARCHIVE")
    entity.add_supported_context("1.2.840.10008.1.1")
    entity.require_called_aet = True
    answers = [0x0000, 0x0122]
    server = entity.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, lambda event: answers.pop(0))]
    )
    try:
        port = server.server_address[1]
        assert check(node(port)) == "answers C-ECHO"
        with pytest.raises(PeerError, match="0x0122") as raised:
            check(node(port))
        assert raised.value.kind == "refused"
        with pytest.raises(PeerError, match="knows us as OVERREAD") as raised:
            check(node(port, ae_title="OTHER"))
        assert raised.value.kind == "unauthorized"
    finally:
        server.shutdown()


def test_a_dicom_node_that_takes_nothing_of_what_we_ask_is_reached_and_refuses() -> None:
    from pynetdicom import AE

    entity = AE("ARCHIVE")
    entity.add_supported_context("1.2.840.10008.5.1.4.1.1.2")  # CT images only
    server = entity.start_server(("127.0.0.1", 0), block=False)
    try:
        with pytest.raises(PeerError, match="takes nothing of what we ask") as raised:
            check(node(server.server_address[1]))
        assert raised.value.kind == "refused"
    finally:
        server.shutdown()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pynetdicom leaves its socket open
def test_a_dicom_node_that_is_down_is_not_reached() -> None:
    with pytest.raises(PeerError) as raised:
        check(node(closed_port(), seconds=2))
    assert raised.value.kind == "not_reached"
    del raised
    gc.collect()
