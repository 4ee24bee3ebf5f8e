"""A list of cases: rows as they are meant, and a refusal that names the row and the column."""

import json
from pathlib import Path

import pytest

from overread.batch.discovery import discover
from overread.errors import UsageError
from tests.needs import require


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "b.png", "before.png", "before.txt"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "order.yaml").write_text("priority: urgent\nindication: Cough\n")
    return tmp_path


def written(folder: Path, text: str, name: str = "list.csv") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_a_list_gives_its_rows_the_most_urgent_first(folder: Path) -> None:
    text = "input,order,priority,prior,prior_report\na.png,order.yaml,,before.png; a.png,before.txt\nb.png,,STAT,,\n"
    first, second = discover([written(folder, text)])
    assert (first.name, first.paths, first.priority) == ("b.png", (folder / "b.png",), "STAT")
    assert (second.name, second.priority) == ("a.png", "urgent")
    assert second.order is not None
    assert second.order.indication == "Cough"
    assert [path.name for path in second.priors] == ["before.png", "a.png"]
    assert [path.name for path in second.prior_reports] == ["before.txt"]


def test_a_priority_takes_the_place_of_the_orders(folder: Path) -> None:
    (work,) = discover([written(folder, "input,order,priority\na.png,order.yaml,STAT\n")])
    assert work.order is not None
    assert (work.order.priority, work.order.indication) == ("STAT", "Cough")


def test_lines_of_json_say_the_same(folder: Path) -> None:
    rows = [{"input": "a.png", "prior": ["before.png"], "order": None}, {"input": "b.png", "prior": "before.png"}]
    works = discover([written(folder, "\n".join(json.dumps(row) for row in rows), "list.jsonl")])
    assert [(work.name, len(work.priors)) for work in works] == [("a.png", 1), ("b.png", 1)]


def test_a_parquet_file_says_the_same(folder: Path) -> None:
    require("parquet")
    from pyarrow import Table, parquet

    parquet.write_table(Table.from_pylist([{"input": "a.png", "priority": "STAT"}]), folder / "list.parquet")
    (work,) = discover([folder / "list.parquet"])
    assert (work.name, work.priority) == ("a.png", "STAT")
    written(folder, "PAR1 or not", "bad.parquet")
    with pytest.raises(UsageError, match="is no Parquet file"):
        discover([folder / "bad.parquet"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("input\na.png\nmissing.png\n", "row 2, column input: there is no 'missing.png'"),
        ("input,priority\na.png,soon\n", "row 1, column priority: Input should be 'STAT', 'urgent' or 'routine'"),
        ("input,colour\na.png,red\n", "row 1, column colour: there are input, order, prior, prior_report, priority"),
        ("priority\nSTAT\n", "row 1, column input: Field required"),
        ("input\na.png\na.png\n", "row 2, column input: the same as in row 1"),
        ("input,order\na.png,before.txt\nb.png,a.png\n", "row 1, column order: the order before.txt"),
        ("input,prior\na.png,gone.png\n", "row 1, column prior: there is no 'gone.png'"),
        ("input,prior_report\na.png,before.txt\n", "row 1, column prior_report: 1 reports for 0 priors"),
        ("input\na.png,b.png\n", "row 1 has more cells than"),
        ("input\n", "holds no case"),
    ],
)
def test_what_is_wrong_is_named_by_row_and_column(folder: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        discover([written(folder, text)])


def test_lines_that_are_no_objects_are_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="row 2 is no JSON object"):
        discover([written(folder, '{"input": "a.png"}\n[1]\n', "list.jsonl")])
