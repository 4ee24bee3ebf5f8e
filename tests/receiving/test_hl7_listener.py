"""The MLLP listener: what it acknowledges is in the store, also when it is killed in between; its limits hold."""

import asyncio
import logging
import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from overread.errors import SettingsError
from overread.hl7v2.answer import read_answer
from overread.receiving.hl7_desk import Hl7Desk
from overread.receiving.hl7_listener import Hl7Listener
from overread.receiving.hl7_order import Hl7Orders
from overread.settings import Hl7
from overread.store.home import Home
from tests.graphs.processes import run
from tests.hl7v2.messages import ACCESSION, order, report
from tests.needs import require
from tests.receiving.child import listen
from tests.receiving.listening import listening, sent
from tests.receiving.stage import SECRET_ID
from tests.receiving.test_orders import asked

require("hl7")


@pytest.fixture
def desk(any_home: Home) -> Hl7Desk:
    return Hl7Desk(any_home.hl7, Hl7())


def codes(answers: list[bytes]) -> list[str]:
    return [answer.code for each in answers if (answer := read_answer(each)) is not None]


def test_each_message_of_a_connection_is_answered_once_it_is_kept(
    any_home: Home, desk: Hl7Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), listening(desk) as port:
        answers = sent(port, [order("1"), order("2", kind="ADT^A01"), order("3", placer="P-10"), order("1")])
    assert codes(answers) == ["AA", "AR", "AA", "AA"]
    assert [row.state for row in any_home.hl7.messages()].count("taken") == 2
    assert SECRET_ID not in caplog.text


def test_many_connections_at_once_take_each_message_once(any_home: Home, desk: Hl7Desk) -> None:
    async def at_once(port: int) -> list[list[bytes]]:
        tasks = [asyncio.to_thread(sent, port, [order(str(n % 4), placer=str(n % 4))]) for n in range(8)]
        return await asyncio.gather(*tasks)

    with listening(desk) as port:
        answers = asyncio.run(at_once(port))
    assert [codes(each) for each in answers] == [["AA"]] * 8
    assert len(any_home.hl7.messages()) == 4


def test_a_message_that_is_too_long_is_refused_and_the_next_connection_works(any_home: Home, desk: Hl7Desk) -> None:
    with listening(desk, message_bytes=4096) as port:
        long = sent(port, [order(reason="^" + "x" * 100_000)])
        assert codes(long) in (["AR"], []), "an answer that the sender is no more listening to is lost"
        assert codes(sent(port, [order()])) == ["AA"]
    assert len(any_home.hl7.messages()) == 1


def test_a_connection_more_than_may_be_open_is_closed(desk: Hl7Desk) -> None:
    async def held(port: int) -> tuple[list[bytes], list[bytes]]:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        refused = await asyncio.to_thread(sent, port, [order()])
        writer.close()
        await writer.wait_closed()
        return refused, await asyncio.to_thread(_until_answered, port)

    with listening(desk, connections=1) as port:
        refused, later = asyncio.run(held(port))
    assert (refused, codes(later)) == ([], ["AA"])


def _until_answered(port: int) -> list[bytes]:
    while not (answers := sent(port, [order()])):
        pass
    return answers


def test_who_says_nothing_is_let_go_and_what_is_no_block_ends_a_connection(any_home: Home, desk: Hl7Desk) -> None:
    with listening(desk, idle_seconds=0.2) as port:
        assert sent(port, [], raw=b"\x0bMSH|^~") == []
        assert sent(port, [], raw=b"GET / HTTP/1.1\r\n\x1c\r") == []
        assert codes(sent(port, [order()])) == ["AA"]
    assert len(any_home.hl7.messages()) == 1


def test_what_cannot_be_kept_is_not_answered(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with home.database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE hl7_orders")
    with listening(Hl7Desk(home.hl7, Hl7())) as port:
        assert sent(port, [order()]) == []
    assert home.hl7.messages() == []
    home.close()


def test_beyond_this_machine_only_with_tls_or_a_word(tmp_path: Path, desk: Hl7Desk) -> None:
    with pytest.raises(ValidationError, match="allow_plain"):
        Hl7(host="0.0.0.0")
    files = {"tls_cert": tmp_path / "none.pem", "tls_key": tmp_path / "none.key"}
    with pytest.raises(SettingsError, match="TLS"):
        Hl7Listener(desk, Hl7(port=0, **files)).run(threading.Event())
    with pytest.raises(SettingsError, match=r"hl7\.charset"):
        Hl7Desk(desk._inbox, Hl7(charset="klingon"))


@pytest.mark.parametrize(
    ("point", "content"),
    [("before keep", order()), ("after keep", order()), ("after take", order()), ("after keep", report())],
    ids=["before keep", "after keep", "after take", "a report after keep"],
)
def test_a_listener_killed_before_it_answers_has_what_was_sent_once(tmp_path: Path, point: str, content: bytes) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert run(listen, home, point, content) == -9
    assert not (home / "answered").exists(), "nothing was acknowledged"
    assert run(listen, home, point, content) == 0
    assert codes([(home / "answered").read_bytes()]) == ["AA"]
    opened = Home(home)
    found = [*Hl7Orders(opened.hl7).find(asked(ACCESSION)), *opened.reports_elsewhere.rows(newest=False)]
    assert len(found) == 1
    assert [row.state for row in opened.hl7.messages()] == ["taken"]
    opened.close()
