"""Log lines as JSON: one object a line, with case and trace, and no word of a foreign error."""

import json
import logging
import sys
from pathlib import Path

import pytest

from overread.composition import open_room
from overread.observing.attributes import trace_id
from overread.observing.events import PLACE, CaseRun, Place
from overread.observing.logs import JsonLines
from overread.testing.doubles import Fault, ScriptedTool
from tests.cli.conftest import Overread, home, overread
from tests.graphs.rooms import TRUST, put_case, scripted_tools, settings
from tests.observing.test_traces import NOW

__all__ = ["home", "overread"]  # pytest finds the fixtures here


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [json.loads(JsonLines().format(record)) for record in caplog.records if record.name == "overread.case"]


def test_a_case_at_rest_is_a_line_with_its_trace(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    wanted = settings(tmp_path, log_format="json", tool_attempts=1)
    broken = scripted_tools(report=ScriptedTool("report", fault=Fault("error")))
    with open_room(wanted, tools=broken, trust=TRUST) as room:
        case_id = put_case(room)
        room.read(case_id)
    failed, rests = lines(caplog)
    assert (failed["tool"], failed["failure"], failed["level"]) == ("report", "error", "WARNING")
    assert (rests["message"], rests["outcome"], rests["level"]) == ("case at rest", "awaiting_review", "INFO")
    assert {line["case_id"] for line in (failed, rests)} == {case_id}
    assert {line["trace_id"] for line in (failed, rests)} == {trace_id(case_id)}


def test_the_text_of_an_error_is_not_told_and_where_it_was_raised_is() -> None:
    try:
        raise ValueError("QUARTZMANN^LISELOTTE")
    except ValueError:
        record = logging.LogRecord("a", logging.ERROR, __file__, 1, "it %s", ("failed",), sys.exc_info())
    text = JsonLines().format(record)
    assert "QUARTZ" not in text
    line = json.loads(text)
    assert (line["message"], line["error"]) == ("it failed", "ValueError")
    assert "test_logs.py" in line["raised_at"][-1]
    assert "\n" not in text


def test_a_line_from_within_the_work_on_a_case_names_it() -> None:
    token = PLACE.set(Place(CaseRun("c-7", NOW), None))
    try:
        line = json.loads(JsonLines().format(logging.LogRecord("a", 20, "", 1, "said", (), None)))
    finally:
        PLACE.reset(token)
    assert (line["case_id"], line["trace_id"]) == ("c-7", trace_id("c-7"))
    assert "case_id" not in json.loads(JsonLines().format(logging.LogRecord("a", 20, "", 1, "said", (), None)))


def test_the_format_is_an_option_of_every_command(overread: Overread) -> None:
    rows = {row["key"]: row for row in overread("--log-format", "json", "config", "--json").json}
    assert (rows["log_format"]["value"], rows["log_format"]["origin"]) == ("json", "option -c")
    assert overread("--log-format", "xml", "config").code == 2
