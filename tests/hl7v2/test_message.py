"""Messages as they are read: character sets, escape sequences, other delimiters, and what is refused."""

import logging

import pytest

from overread.errors import MessageRefused
from overread.hl7v2.answer import accepted, read_answer, refused
from overread.hl7v2.escaping import escaped, unescape
from overread.hl7v2.header import Header, header_of
from overread.hl7v2.message import messages_in, read_message
from tests.hl7v2.messages import order
from tests.needs import require

require("hl7")

HEAD = "MSH|^~\\&|RIS|HOSP|||20250601||ORM^O01|7|P|2.3"


def said(content: bytes, codec: str = "utf-8") -> str:
    segment = read_message(content, codec).first("PID")
    assert segment is not None
    return segment.value(5)


@pytest.mark.parametrize(
    ("named", "codec"),
    [("8859/1", "latin-1"), ("8859/15", "iso8859-15"), ("UNICODE UTF-8", "utf-8"), ("GB 18030-2000", "gb18030")],
)
def test_letters_are_those_of_the_set_that_the_header_names(named: str, codec: str) -> None:
    text = f"{HEAD}||||||{named}\rPID|||1||Müller^Jörg\r"
    assert said(text.encode(codec)) == "Müller"


def test_a_sender_who_names_no_set_is_read_as_the_setting_says() -> None:
    content = f"{HEAD}\rPID|||1||Müller\r".encode("latin-1")
    assert said(content, "latin-1") == "Müller"
    with pytest.raises(MessageRefused, match="byte"):
        read_message(content, "utf-8")


@pytest.mark.parametrize("named", ["ISO IR87", "nonsense", "8859/12"])
def test_a_set_that_is_not_read_here_is_refused(named: str) -> None:
    with pytest.raises(MessageRefused, match="MSH-18"):
        read_message(f"{HEAD}||||||{named}\rPID|||1\r".encode())


def test_escape_sequences_are_undone_and_written_again() -> None:
    odd = "a|b^c~d&e\\f\ng"
    assert unescape(escaped(odd), "|^~\\&", "utf-8") == odd
    assert unescape("M\\XC3BC\\ller", "|^~\\&", "utf-8") == "Müller"
    assert unescape("M\\XFC\\ller", "|^~\\&", "latin-1") == "Müller"
    assert unescape("\\H\\bold\\N\\ \\.sp99999999999\\x\\Zunknown\\", "|^~\\&", "utf-8") == "bold \nx"


@pytest.mark.parametrize("text", ["\\XZZ\\", "\\XFF\\", "\\C2842\\", "\\M123456\\"])
def test_what_cannot_be_undone_is_refused(text: str) -> None:
    with pytest.raises(MessageRefused):
        unescape(text, "|^~\\&", "utf-8")


def test_a_broken_sequence_and_what_python_hl7_would_log_are_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    content = f"{HEAD}\rPID|||1||BERG\\Qsecret\\CANARY\\\\x\r".encode()
    with caplog.at_level(logging.DEBUG):
        said(content)
    assert caplog.text == ""


def test_other_delimiters_and_deleted_values_are_read() -> None:
    content = b'MSH$%*?@$RIS$HOSP$$$20250601$$ORM%O01$7$P$2.5\rPID$$$1%%%A@B$$Ann%""*Second\r'
    message = read_message(content)
    pid = message.first("PID")
    assert pid is not None
    assert (pid.value(3, 4), pid.value(3, 4, 2), pid.value(5), pid.value(5, 2)) == ("A", "B", "Ann", "")
    assert list(pid.values(5)) == ["Ann", "Second"]
    assert (pid.value(5, 7), pid.value(99), pid.repetitions(99)) == ("", "", 0)
    assert (message.header.kind, message.header.event) == ("ORM", "O01")


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"", "AR"),
        (b"MSH", "AR"),
        (b"\x00\xff\xfe", "AR"),
        (b"PID|1\r", "AR"),
        (b"MSH|^~\\&|RIS", "AR"),
        (b"MSH||||||||ORM^O01|7|P|2.5\r", "AE"),
        (b"MSH|^^^^|RIS|||||ORM^O01|7|P|2.5\r", "AE"),
        (b"MSH|^~\\&|RIS||||||ORM^O01||P|2.5\r", "AE"),
        (b"MSH|^~\\&|RIS||||||ORM^O01|7|P|3.0\r", "AR"),
        (b"MSH|^~\\&|RIS||||||ORM^O01|7|P|2.5\rBERG CANARY\r", "AE"),
        (b"MSH|^~\\&|RIS||||||ORM^O01|7|P|2.5\rOBR|" + b"~" * 50_001, "AE"),
    ],
)
def test_what_is_no_message_is_refused_without_quoting_it(content: bytes, answer: str) -> None:
    with pytest.raises(MessageRefused) as raised:
        read_message(content)
    assert raised.value.answer == answer
    assert "CANARY" not in str(raised.value)
    assert read_answer(refused(header_of(content), raised.value, _now())) is not None


def test_a_file_is_taken_apart_whatever_ends_its_lines() -> None:
    one, two = order("1"), order("2")
    for end in (b"\r", b"\n", b"\r\n"):
        batch = b"FHS|^~\\&\rBHS|^~\\&\r" + one + two + b"BTS|2\rFTS|1\r"
        assert messages_in(batch.replace(b"\r", end)) == [one, two]
    assert messages_in(b"\n\n") == []


def test_an_answer_names_the_message_and_both_sides() -> None:
    header = header_of(order("M 1"))
    told = read_message(accepted(header, _now()))
    assert told.header.application == "OVERREAD"
    first = told.first("MSH")
    assert first is not None
    assert (first.value(5), first.value(6), told.header.kind) == ("RIS", "HOSP", "ACK")
    assert read_answer(accepted(header, _now())) == ("AA", "M 1", "")
    why = MessageRefused("AE", 101, "no | name")
    assert read_answer(refused(header, why, _now())) == ("AE", "M 1", "101")
    assert read_answer(order()) is None
    assert read_answer(b"nonsense") is None
    assert header_of(b"") == Header()


def _now():  # type: ignore[no-untyped-def]
    from datetime import UTC, datetime

    return datetime(2025, 6, 1, tzinfo=UTC)
