"""Entries of the outbox as they are tried: when again, how often, and what a newer report makes of them."""

import json
import socket
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from itertools import count

import pytest

from overread.delivering.sender import MOST_ATTEMPTS, wait_after
from overread.errors import StoreError, UsageError
from overread.peers.records import OrthancServer
from overread.queueing import outgoing_to
from overread.reading_room import ReadingRoom
from overread.signing import Addition, Signer
from tests.delivering.conftest import Clock, fhir_peer, sender, web_peer
from tests.export.conftest import Read
from tests.graphs.rooms import sign_all
from tests.peers.servers import Asked, Respond, answer, web
from tests.peers.test_check import closed_port


def stow(told: Respond) -> Respond:
    """A server that has nothing, and answers STOW-RS as told."""

    def respond(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        if asked.method == "GET":
            answer(handler, 200, b"[]")
        else:
            told(handler, asked)

    return respond


def said(status: int, body: object = None) -> Respond:
    return lambda handler, asked: answer(handler, status, json.dumps(body or {}).encode())


def hang_up(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def never(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
    handler.rfile.read(1)  # until the other side gives up


NUMBERS = count(410)
REFUSED = {"00081198": {"vr": "SQ", "Value": [{"00081155": {"Value": ["1.2"]}, "00081197": {"Value": [0x0124]}}]}}
TAKEN = {"00081199": {"vr": "SQ", "Value": [{"00081155": {"Value": ["1.2"]}}]}}


@pytest.mark.parametrize(
    ("respond", "state", "trouble"),
    [
        (stow(said(400)), "failed", "refused"),
        (stow(said(401)), "failed", "unauthorized"),
        (stow(said(500)), "pending", "unavailable"),
        (stow(said(429)), "pending", "unavailable"),
        (stow(said(409, REFUSED)), "failed", "refused"),
        (stow(said(200)), "pending", "bad_answer"),
        (stow(said(200, TAKEN)), "sent", "not_proven"),
        (stow(hang_up), "pending", "no_answer"),
        (stow(never), "pending", "no_answer"),
    ],
)
def test_what_an_archive_answers_decides_what_becomes_of_it(
    room: ReadingRoom, read: Read, clock: Clock, respond: Respond, state: str, trouble: str
) -> None:
    file = read(next(NUMBERS), PatientName="BERG^ANN")
    with web(respond) as (url, _):
        (entry,) = sender(room, clock, web_peer(url, seconds=1.5)).send_case(file.case_id, "pacs", ["sr"])
    assert (entry.state, entry.trouble) == (state, trouble)
    assert "'pacs'" in (entry.detail or "")
    assert not any(word in (entry.detail or "") for word in ("BERG", file.case.study.uid))


def test_it_is_tried_later_and_later_and_then_waits_for_a_person(room: ReadingRoom, read: Read, clock: Clock) -> None:
    file = read(42)
    sending = sender(room, clock, fhir_peer(f"http://127.0.0.1:{closed_port()}"))
    (entry,) = sending.send_case(file.case_id, "records", ["fhir"])  # of all kinds the one that is soonest written
    waits = []
    while entry.state == "pending":
        waits.append((entry.next_at - clock()).total_seconds())
        clock.forward(waits[-1] - 1)
        sending.send_due()
        assert room.home.outbox.entry(entry.id).attempts == entry.attempts
        clock.forward(1)
        sending.send_due()
        entry = room.home.outbox.entry(entry.id)
    assert waits == [wait_after(number) for number in range(1, MOST_ATTEMPTS)]
    assert waits[:3] == [15, 30, 60]
    assert (entry.state, entry.trouble, entry.attempts) == ("failed", "not_reached", MOST_ATTEMPTS)


def test_a_newer_report_overtakes_what_was_not_sent(room: ReadingRoom, read: Read, clock: Clock) -> None:
    file = read(43)
    peer = web_peer(f"http://127.0.0.1:{closed_port()}")
    sending = sender(room, clock, peer)
    (draft,) = sending.send_case(file.case_id, "pacs", ["sr"])
    signed = room.decide(file.case_id, sign_all(file, "Dr A"))
    room.home.outbox.add(outgoing_to(signed, peer, ["sr"]), clock())
    room.follow(file.case_id, Addition("The ward knows."), Signer("Dr B", datetime.now(UTC)), None)
    clock.forward(100)
    sending.send_due()
    assert [entry.state for entry in room.home.outbox.entries(case_id=file.case_id)] == ["overtaken", "overtaken"]
    assert room.home.outbox.entry(draft.id).detail == "the report is at version 2"


def test_what_is_signed_and_not_carried_out_yet_waits(room: ReadingRoom, read: Read, clock: Clock) -> None:
    file = read(44)
    peer = web_peer(f"http://127.0.0.1:{closed_port()}")
    (draft,) = outgoing_to(file, peer, ["sr"])
    before = type(draft)(file.case_id, 1, "f" * 64, "sr", "pacs")
    room.home.outbox.add([before], clock())
    assert sender(room, clock, peer).send(before.id).state == "pending"


def test_a_kind_that_does_not_apply_is_no_failure_and_one_that_cannot_go_there_is_refused(
    room: ReadingRoom, read: Read, clock: Clock
) -> None:
    file = read(45)
    with pytest.raises(UsageError, match="takes no 'pdf'"):
        sender(room, clock, web_peer("http://127.0.0.1:9")).send_case(file.case_id, "pacs", ["pdf"])
    with pytest.raises(UsageError, match="takes no 'sr'"):
        sender(room, clock, fhir_peer("http://127.0.0.1:9")).send_case(file.case_id, "records", ["sr"])
    with pytest.raises(UsageError, match="no remote system named 'pcas'"):
        sender(room, clock, web_peer("http://127.0.0.1:9")).send_case(file.case_id, "pcas")
    assert room.home.outbox.entries(case_id=file.case_id) == []


def test_an_orthanc_that_studies_come_from_is_no_destination(read: Read) -> None:
    source = OrthancServer(name="source", kind="orthanc", url="http://127.0.0.1:8042")
    with pytest.raises(UsageError, match="name its DICOMweb address"):
        outgoing_to(read(46), source)


def test_dropped_it_is_sent_no_more(room: ReadingRoom, read: Read, clock: Clock) -> None:
    file = read(46)
    sending = sender(room, clock, web_peer(f"http://127.0.0.1:{closed_port()}"))
    (entry,) = sending.send_case(file.case_id, "pacs", ["sr"])
    room.home.outbox.drop(entry.id, clock())
    clock.forward(100)
    sending.send_due()
    assert sending.send(entry.id).state == "dropped"
    with pytest.raises(StoreError, match="no entry o-none"):
        sending.send("o-none")
