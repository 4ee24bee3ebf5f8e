"""The summary file: whole lines only, whatever happened to the writer."""

from pathlib import Path

import pytest

from overread.batch.summary import Summary, SummaryLine
from overread.batch.totals import totals
from overread.errors import UsageError


def line(name: str) -> SummaryLine:
    return SummaryLine(case_id=f"c-{name}", input=name, status="awaiting_review", seconds=1.0, peak_mib=100.0)


def test_lines_are_read_back_on_resume(tmp_path: Path) -> None:
    with Summary(tmp_path / "out" / "summary.jsonl", resume=False) as summary:
        summary.add(line("a"))
    with Summary(tmp_path / "out" / "summary.jsonl", resume=True) as summary:
        assert summary.done == {"a"}
        summary.add(line("b"))
    assert len((tmp_path / "out" / "summary.jsonl").read_text().splitlines()) == 2


def test_a_summary_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    Summary(tmp_path / "summary.jsonl", resume=False).__exit__(None, None, None)
    with pytest.raises(UsageError, match="--resume"):
        Summary(tmp_path / "summary.jsonl", resume=False)


def test_a_line_cut_off_by_a_kill_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "summary.jsonl"
    path.write_text(line("a").model_dump_json() + "\n" + line("b").model_dump_json()[:40])
    with Summary(path, resume=True) as summary:
        assert summary.done == {"a"}
        summary.add(line("c"))
    assert [SummaryLine.model_validate_json(text).input for text in path.read_text().splitlines()] == ["a", "c"]


def test_another_file_is_not_taken_for_a_summary(tmp_path: Path) -> None:
    (tmp_path / "summary.jsonl").write_text("hello\n")
    with pytest.raises(UsageError, match="no summary"):
        Summary(tmp_path / "summary.jsonl", resume=True)


@pytest.mark.parametrize(("count", "p50", "p95"), [(0, None, None), (1, 1.0, 1.0), (2, 1.0, 2.0), (20, 10.0, 19.0)])
def test_quantiles_are_nearest_rank(count: int, p50: float | None, p95: float | None) -> None:
    lines = [line(str(number)).model_copy(update={"seconds": float(number)}) for number in range(1, count + 1)]
    found = totals(lines, 1.0)
    assert (found.p50, found.p95) == (p50, p95)
