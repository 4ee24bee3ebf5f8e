"""Which studies are meant, as people write it."""

import pytest

from overread.archives.query import Days, query_for, query_of
from overread.errors import UsageError


@pytest.mark.parametrize(
    ("written", "ranges"),
    [
        ("20260131", ["20260131"]),
        ("20260130-20260201", ["20260130", "20260131", "20260201"]),
        ("20260130-", ["20260130-"]),
        ("-20260130", ["-20260130"]),
    ],
)
def test_days_are_asked_for_one_by_one_where_both_ends_are_known(written: str, ranges: list[str]) -> None:
    parts = query_of(written, ("CR",)).parts()
    assert [part.days.range for part in parts if part.days] == ranges


def test_one_patient_is_asked_for_at_once() -> None:
    (part,) = query_of("20250101-20260101", ("CR",), "77A").parts()
    assert part.patient_id == "77A"


@pytest.mark.parametrize(
    "arguments",
    [
        (None, ("CR",)),
        ("20260230", ("CR",)),
        ("2026-01-01", ("CR",)),
        ("20260102-20260101", ("CR",)),
        ("-", ("CR",)),
        ("20260101", ()),
        ("20260101", ("cr",)),
        ("20260101", ("C*",)),
        (None, ("CR",), "77*"),
        (None, ("CR",), "77A\\77B"),
        (None, ("CR",), " "),
        (None, ("CR",), None, "?"),
    ],
)
def test_what_would_match_anything_is_refused(arguments: tuple[object, ...]) -> None:
    with pytest.raises(UsageError):
        query_of(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "named", [(None, None), ("*", None), (" ", None), ("A" * 65, None), (None, "2.25.1*"), (None, ""), ("A", "x")]
)
def test_a_row_that_names_no_one_study_is_refused(named: tuple[str | None, str | None]) -> None:
    with pytest.raises(UsageError):
        query_for(("CR",), *named)


def test_an_answer_that_is_of_somebody_else_does_not_fit() -> None:
    query = query_of("20260101", ("CR",), "77A")
    assert query.fits("77A", "20260101", "")
    assert query.fits("", "", "")
    assert not query.fits("88B", "20260101", "")
    assert not query.fits("77A", "20260102", "")


def test_a_range_that_is_open_holds_all_beyond() -> None:
    days = query_of("20260101-", ("CR",)).days
    assert isinstance(days, Days)
    assert (days.hold("20991231"), days.hold("20251231")) == (True, False)
