import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.reasoning.predictive import (
    ABSENT,
    POSSIBLE,
    PRESENT,
    WORTH_A_LOOK,
    after,
    cuts_of,
    of_score,
    of_word,
    shifted,
)
from overread.records import Performance, Point

shares = st.floats(0.0, 1.0)
counts = st.integers(10, 3000)
prevalences = st.floats(0.001, 0.9)
categories = st.sampled_from([None, 1, 2, 3])


@st.composite
def curves(draw: st.DrawFn) -> Performance:
    """Draw a score's curve: with rising thresholds less is found and more is spared."""
    number = draw(st.integers(1, 12))
    thresholds = sorted(draw(st.lists(shares, min_size=number, max_size=number, unique=True)))
    found = sorted(draw(st.lists(shares, min_size=number, max_size=number)), reverse=True)
    spared = sorted(draw(st.lists(shares, min_size=number, max_size=number)))
    points = tuple(Point(*each) for each in zip(thresholds, found, spared, strict=True))
    return Performance(0.8, positive=draw(counts), negative=draw(counts), curve=points)


def measured(sensitivity: float, specificity: float, count: int = 1000) -> Performance:
    return Performance(0.8, sensitivity, specificity, positive=count, negative=count)


def test_the_odds_after_are_the_odds_before_times_the_ratio() -> None:
    assert after(0.5, 3.0) == pytest.approx(0.75)
    assert after(0.1, 9.0) == pytest.approx(0.5)
    assert after(0.1, 1.0) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("sensitivity", "specificity", "prevalence", "said"),
    [
        (0.9, 0.9, 0.5, "present"),
        (0.9, 0.9, 0.1, "uncertain"),  # half of what is called is there
        (0.9, 0.9, 0.05, None),  # one in three is not reached
        (0.9, 0.6, 0.9, None),  # common, and nothing was learnt: the ratio is 2.25
    ],
)
def test_presence_is_stated_by_its_predictive_value_and_never_on_prevalence_alone(
    sensitivity: float, specificity: float, prevalence: float, said: str | None
) -> None:
    voice = of_word("present", measured(sensitivity, specificity), prevalence, None)
    assert (voice.status if voice else None) == said


@pytest.mark.parametrize(
    ("sensitivity", "specificity", "prevalence", "category", "said"),
    [
        (0.93, 0.8, 0.1, None, "absent"),
        (0.93, 0.8, 0.1, 1, None),  # one pneumothorax in fourteen would be denied
        (0.97, 0.8, 0.1, 1, "absent"),
        (0.93, 0.8, 0.6, None, None),  # too common to be denied on that
        (0.3, 0.9, 0.001, None, None),  # rare, and nothing was learnt
    ],
)
def test_absence_needs_sensitivity_a_predictive_value_and_a_ratio(
    sensitivity: float, specificity: float, prevalence: float, category: int | None, said: str | None
) -> None:
    voice = of_word("absent", measured(sensitivity, specificity), prevalence, category)
    assert (voice.status if voice else None) == said


def test_ten_of_ten_is_not_certain() -> None:
    voice = of_word("present", measured(1.0, 1.0, count=10), 0.1, None)
    assert voice is not None
    assert voice.status == "uncertain"


def test_what_was_never_said_was_not_measured() -> None:
    """No film of a thousand was called: the ratio of nothing to nothing is none."""
    assert of_word("present", measured(0.0, 1.0), 0.3, None) is None


def test_a_doubt_states_no_figure() -> None:
    voice = of_word("uncertain", measured(0.95, 0.95), 0.5, None)
    assert voice is not None
    assert (voice.status, voice.chance) == ("uncertain", None)


def test_a_probability_moves_with_the_prevalence() -> None:
    assert shifted(0.5, 0.5, 0.1) == pytest.approx(0.1)
    assert shifted(0.3, 0.2, 0.2) == pytest.approx(0.3)
    assert shifted(0.3, None, 0.2) == 0.3


CURVE = Performance(
    0.8,
    positive=200,
    negative=800,
    curve=(Point(0.05, 0.98, 0.55), Point(0.2, 0.85, 0.88), Point(0.5, 0.5, 0.97), Point(0.8, 0.2, 0.998)),
)


@pytest.mark.parametrize(
    ("probability", "said"), [(0.01, "absent"), (0.1, None), (0.3, "uncertain"), (0.6, "present"), (0.9, "present")]
)
def test_a_score_speaks_by_where_it_lies_on_its_curve(probability: float, said: str | None) -> None:
    voice = of_score(probability, CURVE, 0.2, None)
    assert (voice.status if voice else None) == said


def test_a_rarer_label_is_stated_later_and_denied_more_readily() -> None:
    common, rare = cuts_of(CURVE, 0.2, None), cuts_of(CURVE, 0.05, None)
    assert (common.present_from, rare.present_from) == (0.5, 0.8)
    assert common.absent_below == 0.05
    assert rare.absent_below == 0.05


@given(curves(), shares, prevalences, categories)
def test_what_a_score_says_is_worth_what_is_promised(
    performance: Performance, probability: float, prevalence: float, category: int | None
) -> None:
    voice = of_score(probability, performance, prevalence, category)
    if voice is None:
        return
    assert voice.chance is not None
    if voice.status == "absent":
        assert 1 - voice.chance >= ABSENT
        return
    assert voice.chance >= (PRESENT if voice.status == "present" else POSSIBLE)
    odds = voice.chance / (1 - voice.chance) if voice.chance < 1 else float("inf")
    assert odds >= WORTH_A_LOOK * prevalence / (1 - prevalence) * (1 - 1e-9)


@given(curves(), st.tuples(shares, shares), prevalences, categories)
def test_a_higher_score_never_says_less(
    performance: Performance, two: tuple[float, float], prevalence: float, category: int | None
) -> None:
    order = {"absent": 0, None: 1, "uncertain": 2, "present": 3}
    low, high = (of_score(p, performance, prevalence, category) for p in sorted(two))
    assert order[low.status if low else None] <= order[high.status if high else None]
