"""How long a case waits, in words, against the time that its priority allows."""

from datetime import UTC, datetime, timedelta

import pytest

from overread.outputs.waiting_text import clock_of, span_words

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "words", "state"),
    [
        (0, "due in 1 h 00 min", "in_time"),
        (44, "due in 16 min", "in_time"),
        (45, "due in 15 min", "soon"),
        (60, "due in 0 min", "soon"),
        (61, "overdue by 1 min", "overdue"),
        (3 * 24 * 60, "overdue by 2 d", "overdue"),
        (-5, "due in 1 h 00 min", "in_time"),
    ],
)
def test_a_case_is_due_soon_or_overdue(minutes: int, words: str, state: str) -> None:
    clock = clock_of(NOW - timedelta(minutes=minutes), timedelta(hours=1), NOW)
    assert (clock.words, clock.state) == (words, state)


def test_a_priority_without_a_limit_has_none() -> None:
    assert clock_of(NOW - timedelta(days=9), None, NOW).state == "none"


def test_spans_are_said_to_the_coarsest_useful_unit() -> None:
    assert [span_words(timedelta(minutes=m)) for m in (59, 90, 3000)] == ["59 min", "1 h 30 min", "2 d"]
