"""An audit says who is served worse, by how much, and when nobody can tell."""

import numpy as np
import pytest

from overread.errors import ModelRefused
from overread.fairness.audit import breaches_of, corrected, rows_of
from overread.fairness.figures import holm
from overread.fairness.groups import groups_of
from overread.fairness.records import ANY_ALERT, Row
from overread.fairness.seen import Seen, Told
from overread.testing.doubles import make_study

LABEL = "Pleural Effusion"


def seen(count: int, *, blind: str | None, seed: int = 0, alerts: str | None = None, trait: str = "sex") -> list[Seen]:
    """Films of two sexes, two a patient; the model knows nothing of the one it is blind to."""
    draw = np.random.default_rng(seed)
    found = []
    for number in range(count):
        group, there = ("female", "male")[number // 2 % 2], bool(draw.random() < 0.4)
        sure = 0.5 if group == blind else (0.8 if there else 0.2)
        chance = float(np.clip(sure + draw.normal(0, 0.15), 0.01, 0.99))
        called = frozenset({LABEL}) if group == alerts and number % 3 == 0 else frozenset()
        truth = {LABEL: there, "No Finding": not there}
        told = {LABEL: Told(chance, called=chance >= 0.5, voted=group != blind)}
        found.append(Seen(f"p{number // 2}", truth, {trait: group}, told, called))
    return found


def row(rows: tuple[Row, ...], group: str | None, label: str = LABEL) -> Row:
    return next(one for one in rows if one.group == group and one.label == label)


def test_a_group_that_the_model_is_blind_to_is_shown_to_be_served_worse() -> None:
    rows = corrected(tuple(rows_of(seen(400, blind="female"))))
    area = row(rows, "female").of("auroc")
    assert area
    assert area.value
    assert area.gap
    assert area.value < 0.65
    assert area.gap.holm < 0.05
    assert area.gap.low <= area.gap.value <= area.gap.high < 0
    shown = {(one.group, one.measure) for one in breaches_of(rows, 0.1) if one.shown}
    assert {("sex: female", "auroc"), ("sex: female", "abstained"), ("sex: female", "false_positive")} <= shown
    assert not any(group == "sex: male" for group, _ in shown)


@pytest.mark.parametrize("seed", range(3))
def test_groups_that_are_served_alike_fail_no_gate(seed: int) -> None:
    rows = corrected(tuple(rows_of(seen(400, blind=None, seed=seed))))
    assert not [one for one in breaches_of(rows, 0.05) if one.shown]


def test_alerts_of_the_healthy_are_counted_whatever_they_are_of() -> None:
    rows = corrected(tuple(rows_of(seen(400, blind=None, alerts="male"))))
    everybody, men = (row(rows, group, ANY_ALERT).of("false_positive") for group in (None, "male"))
    assert men
    assert men.gap
    assert men.value
    assert everybody
    assert everybody.value
    assert men.value == pytest.approx(everybody.value + men.gap.value, abs=1e-3)
    assert men.gap.holm < 0.05
    alerts = row(rows, "male", ANY_ALERT)
    assert (alerts.positive, alerts.negative) == (None, None)
    assert alerts.counted == ("–", f"{men.films} healthy")
    assert alerts.healthy == men.films > 0
    effusion = row(rows, "male")
    assert effusion.counted == (str(effusion.positive), str(effusion.negative))


def test_too_few_films_have_no_figure_and_a_share_of_none_has_an_interval() -> None:
    films = seen(24, blind=None)
    few = corrected(tuple(rows_of([film for film in films if film.groups["sex"] == "male"] + films[:2])))
    women = row(few, "female").of("auroc")
    assert women
    assert women.value is None
    assert women.gap is None
    never = row(few, None).of("abstained")
    assert never
    assert (never.value, never.low) == (0.0, 0.0)
    assert never.high
    assert never.high > 0.1


def test_a_trait_of_one_group_tells_nothing_apart() -> None:
    films = [film for film in seen(80, blind=None) if film.groups["sex"] == "male"]
    assert {one.trait for one in rows_of(films)} == {None}


def test_holm_multiplies_by_those_that_are_left_and_never_falls() -> None:
    assert holm([0.01, 0.04, 0.03, 0.9]) == pytest.approx([0.04, 0.09, 0.09, 0.9])
    assert holm([]) == []


def test_the_table_comes_before_the_header_and_ages_fall_into_bands() -> None:
    study = make_study().model_copy(update={"age_years": 79.0, "sex": "F"})
    image = study.images[0]
    assert groups_of({}, study, image, 2)["age"] == "60 to 79"
    found = groups_of({"age": "17.9", "sex": "m", "view": "ap", "source": "ward"}, study, image, 2)
    assert found == {"sex": "male", "age": "under 18", "view": "AP", "source": "ward"}
    assert groups_of({"age": "80"}, study, image, 2)["age"] == "80 and over"
    assert "sex" not in groups_of({"sex": "unknown"}, study.model_copy(update={"sex": None}), image, 2)
    with pytest.raises(ModelRefused, match="row 7, column 'age'"):
        groups_of({"age": "old"}, study, image, 7)
