"""What a batch looks like as a page and as columns."""

import re
from pathlib import Path

from overread.batch.columns import write_columns
from overread.batch.overview import BINS, bars, tool_costs, write_overview
from overread.batch.summary import SummaryLine
from tests.needs import require

LINES = [
    SummaryLine(
        case_id="c-1", input="DOE.dcm", status="awaiting_review", present=2, seconds=1.5, peak_mib=9.0,
        failed_tools=("vqa",), bits=(12,), tool_seconds={"vqa": 0.5, "report": 1.0},
    ),
    SummaryLine(
        case_id="c-2", input="b", status="awaiting_review", seconds=4.0, peak_mib=9.0, tool_seconds={"vqa": 1.5}
    ),
    SummaryLine(case_id=None, input="c", status="refused", reason="unreadable", seconds=0.1, peak_mib=9.0),
    SummaryLine(case_id=None, input="d", status="failed", seconds=9.0, peak_mib=9.0, error="set <aside>"),
]  # fmt: skip


def test_the_page_counts_and_names_no_input_and_loads_nothing(tmp_path: Path) -> None:
    write_overview(LINES, tmp_path / "overview.html")
    page = (tmp_path / "overview.html").read_text()
    cells = re.findall(r"<tr><td>(.*?)</td><td class=\"n\">(\d+)</td></tr>", page)
    assert cells == [
        ("awaiting review", "2"), ("refused", "1"), ("failed", "1"), ("unreadable", "1"),
        ("set &lt;aside&gt;", "1"), ("vqa", "1"),
    ]  # fmt: skip
    assert page.count("<rect") == BINS
    assert "DOE" not in page
    assert not re.search(r"(src|href)=|url\(|@import", page)


def test_a_batch_of_nothing_has_a_page_too(tmp_path: Path) -> None:
    write_overview([], tmp_path / "overview.html")
    assert "A batch of 0 cases" in (tmp_path / "overview.html").read_text()


def test_every_case_is_in_one_bar() -> None:
    found = bars([line.seconds for line in LINES])
    assert sum(bar.cases for bar in found) == len(LINES)
    assert found[-1].high == 9.0
    assert bars([0.0])[0].cases == 1


def test_tools_are_summed_the_dearest_first() -> None:
    assert [(cost.tool, cost.cases, cost.total) for cost in tool_costs(LINES)] == [("vqa", 2, 2.0), ("report", 1, 1.0)]


def test_the_columns_are_the_fields_of_a_line(tmp_path: Path) -> None:
    require("parquet")
    from pyarrow import parquet

    write_columns(LINES, tmp_path / "summary.parquet")
    table = parquet.read_table(tmp_path / "summary.parquet")
    assert table.column_names == list(SummaryLine.model_fields)
    first = table.to_pylist()[0]
    assert (first["present"], first["tool_seconds"]) == (2, [("vqa", 0.5), ("report", 1.0)])
    assert table.to_pylist()[2]["present"] is None
