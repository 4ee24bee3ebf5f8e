"""Shares, times, rubber stamps and drift, on facts made by hand."""

from datetime import timedelta
from itertools import count
from math import comb

import pytest

from overread.oversight.collecting import Window
from overread.oversight.drift import Comparison, Counted, drifts_of
from overread.oversight.facts import CaseFacts, Decision
from overread.oversight.figures import Tallies, reading_speed, suspicions
from overread.oversight.monitor import Monitor, MonitorTally
from overread.oversight.page import stats_page
from overread.oversight.shares import Share, Times
from overread.oversight.stats import stats_of
from tests.oversight.made import DAY, facts, voted

EDIT = (Decision("findings", ("Edema",), "edit"),)


def tallied(*cases: CaseFacts) -> Tallies:
    tallies = Tallies()
    for each in cases:
        tallies.add(each)
    return tallies


def monitored(*cases: CaseFacts) -> Monitor:
    tally = MonitorTally()
    for each in cases:
        tally.add(each)
    return tally.monitor


def test_nine_are_too_few_and_ten_are_not() -> None:
    assert Share.of(9, 9).words == "too few (9)"
    assert Share.of(9, 9).value is None
    assert Share.of(10, 10).value == 1.0
    assert Times.of([5.0] * 9, 0).median is None


def test_times_are_told_by_median_and_quartiles() -> None:
    times = Times.of([float(second) for second in range(1, 12)], 3)
    assert (times.lower, times.median, times.upper, times.opened) == (3.5, 6.0, 8.5, 3)
    assert times.words == "6 s (4 s to 8 s), n = 11"


@pytest.mark.parametrize(("seconds", "suspected"), [(11.9, 1), (12.1, 0)])
def test_sixty_words_take_a_fast_reader_twelve_seconds(seconds: float, suspected: int) -> None:
    assert reading_speed().words_per_minute == 300
    assert reading_speed().words_per_minute_source
    tallies = tallied(facts(seconds=seconds))
    assert tallies.all.too_fast.hits == suspected
    found = suspicions(tallies.readers, reading_speed())
    assert [each.kind for each in found] == ["too_fast"] * suspected


def test_a_case_without_a_known_beginning_has_no_time() -> None:
    tallies = tallied(facts(seconds=None))
    assert (tallies.all.seconds_to_sign.n, tallies.all.too_fast.n) == (0, 0)


@pytest.mark.parametrize(("last", "suspected"), [("accept", True), ("edit", False)])
def test_twenty_drafts_in_a_row_without_a_change_are_suspected(last: str, suspected: bool) -> None:
    others = [facts(number) for number in range(1, 20)]
    final = facts(20) if last == "accept" else facts(20, decisions=EDIT)
    tallies = tallied(*others, final)
    assert tallies.all.longest_run == (20 if suspected else 19)
    assert bool(suspicions(tallies.readers, reading_speed())) == suspected


def test_a_run_is_one_readers_and_ends_with_a_change_or_a_rejection() -> None:
    apart = [facts(number, reader=f"Dr {number % 2}") for number in range(1, 31)]
    assert tallied(*apart).all.longest_run == 15
    broken = [facts(1), facts(2, signed=False), facts(3), facts(4, decisions=EDIT), facts(5), facts(6)]
    assert tallied(*broken).all.longest_run == 2


def weeks(*hits_of: tuple[int, int], scanner: str = "ACME", first: int = 0) -> list[CaseFacts]:
    """Make for each week some hits and some misses."""
    numbers = count(1)
    return [
        voted(next(numbers), "present" if place < hits else "absent", True, week=week, scanner=scanner)
        for week, (hits, n) in enumerate(hits_of, start=first)
        for place in range(n)
    ]


def test_a_week_that_falls_is_flagged_against_all_weeks_before_it() -> None:
    monitor = monitored(*weeks((19, 20), (19, 20), (6, 20)))
    (drift,) = [each for each in monitor.drifts if each.figure == "sensitivity"]
    assert (drift.by, drift.group) == ("week", "2026-W04")
    assert ((drift.here.hits, drift.here.n), (drift.there.hits, drift.there.n)) == ((6, 20), (38, 40))
    # Fisher's exact test, two-sided, by its definition: of 44 hits in 60 cases k fall into this week's 20; add up the
    # chances of every k that is no likelier than the 6 that did.
    chances = {k: comb(44, k) * comb(16, 20 - k) / comb(60, 20) for k in range(4, 21)}
    assert drift.p_value == pytest.approx(sum(p for p in chances.values() if p <= chances[6] * (1 + 1e-9)))
    assert drift.adjusted >= drift.p_value
    assert "in 2026-W04" in drift.words


def test_a_week_that_is_like_the_others_is_not_flagged() -> None:
    monitor = monitored(*weeks((19, 20), (18, 20), (17, 20)))
    assert monitor.drifts == ()
    assert monitor.tests > 0


def test_nine_cases_are_never_flagged_however_bad() -> None:
    assert monitored(*weeks((40, 40), (0, 9))).drifts == ()
    assert monitored(*weeks((40, 40), (0, 10))).drifts != ()


def test_a_scanner_is_compared_with_the_others() -> None:
    monitor = monitored(*weeks((29, 30)), *weeks((5, 20), scanner="Zenith"))
    flagged = {(each.by, each.group) for each in monitor.drifts if each.figure == "sensitivity"}
    assert flagged == {("scanner", "ACME"), ("scanner", "Zenith")}


def test_many_comparisons_of_one_kind_do_not_flag_chance() -> None:
    """One p of 0.03 among twenty comparisons is what chance gives; alone it is flagged."""
    one = Comparison("v", "Edema", "week", "w", "ppv", Counted(9, 20), Counted(32, 40))
    others = [one._replace(here=Counted(15, 20), there=Counted(30, 40)) for _ in range(19)]
    assert len(drifts_of([one])) == 1
    assert drifts_of([one, *others]) == ()


def test_possible_and_unread_labels_count_for_nobody() -> None:
    unknown = facts(3, votes=voted(3, "present", True).votes)
    monitor = monitored(voted(1, "uncertain", True), voted(2, "uncertain", False), unknown)
    (only,) = monitor.overall
    assert (only.hits, only.misses, only.false_alarms, only.right_denials, only.undecided) == (0, 0, 0, 0, 2)


def test_the_page_escapes_names_and_draws_weeks_without_a_script() -> None:
    cases = [*weeks((19, 20), (19, 20), (6, 20))]
    named = [facts(900 + number, reader="<b>Dr X</b>", seconds=1.0) for number in range(12)]
    stats = stats_of(sorted([*cases, *named], key=lambda each: each.at), Window(), DAY + timedelta(days=30))
    html = stats_page(stats)
    assert "<b>Dr X</b>" not in html
    assert "&lt;b&gt;Dr X&lt;/b&gt;" in html
    assert html.count("<circle") == 3
    assert "drift in 2026-W04" in html
    assert "<script" not in html
    assert 'data-theme="dark"' in stats_page(stats, "dark", home="/")


def test_an_empty_window_says_so() -> None:
    html = stats_page(stats_of([], Window(), DAY))
    assert "Nothing was signed or rejected in this time" in html
