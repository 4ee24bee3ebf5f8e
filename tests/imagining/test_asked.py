"""What words ask of a picture, and what is refused by name."""

import pytest

from overread.errors import NotDrawable
from overread.imagining.asked import Wish, asked_of
from overread.imagining.planned import planned


def test_findings_sides_sizes_and_devices_are_read() -> None:
    asked = asked_of("large right pneumothorax, small left effusion, ETT too deep")
    assert asked.wishes == (
        Wish("Pneumothorax", "right", ("large",)),
        Wish("Pleural Effusion", "left", ("small",)),
        Wish("Support Devices", device="endotracheal_tube", place="deep"),
    )


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("fracture of the clavicle", "'clavicle'"),
        ("left effusion and emphysema", "'emphysema'"),
        ("pneumonia", "pneumonia"),
        ("empyema on the left", "'empyema'"),
        ("pacemaker", "'pacemaker'"),
        ("Left IJ line", "Left IJ line"),
        ("2 cm nodule in the left upper lobe", "'2'"),
        ("multiple nodules", "nodules"),
        ("worsening left effusion", "'worsening'"),
        ("effusion on the left, none on the right", "'none'"),
        ("left sided cardiomegaly", "no side"),
        ("apical pneumothorax", "zone"),
        ("right lingula consolidation", "no such place"),
        ("ETT. Tip too low.", "'Tip'"),
        ("ETT, effusion too deep", "'too'"),
        ("left lower lobe. consolidation", "'left'"),
        ("central line too high", "too high"),
        ("derrame pleural izquierdo", "'derrame'"),
        ("hello", "'hello'"),
        ("  ", "1 to 2000"),
    ],
)
def test_what_no_phantom_can_show_is_refused_by_name(words: str, named: str) -> None:
    with pytest.raises(NotDrawable, match=named):
        planned(asked_of(words), 0, 0)


@pytest.mark.parametrize(
    "words",
    [
        "left effusion, no effusion",
        "normal chest with effusion",
        "small tension pneumothorax on the left",
        "small and large left effusion",
        "ETT too high and too deep",
        "consolidation, lungs clear",
        "left effusion, bilateral effusions",
        "PA supine film, effusion",
        "effusion, no left effusion, no right effusion",
        "possible left effusion",
    ],
)
def test_what_contradicts_itself_or_is_in_doubt_is_refused(words: str) -> None:
    with pytest.raises(NotDrawable):
        planned(asked_of(words), 0, 0)


def test_denied_things_stay_absent_and_bind_what_is_left_open() -> None:
    plans = [planned(asked_of("effusion, no left effusion, no fracture, no emphysema"), seed, 0) for seed in range(6)]
    for plan in plans:
        assert [(item.label, item.laterality) for item in plan.recipe.findings] == [("Pleural Effusion", "right")]
        assert "pleural effusion: right side" in plan.drawn_by_lot


def test_the_frame_is_read() -> None:
    recipe = planned(asked_of("supine film of a 70-year-old woman with a left pneumothorax"), 3, 0).recipe
    assert (recipe.view, recipe.supine, recipe.age_years, recipe.sex) == ("AP", True, 70, "F")


def test_seed_and_index_fix_the_body_whatever_the_words() -> None:
    small, large = (planned(asked_of(f"{size} left effusion"), 5, 1).recipe for size in ("small", "large"))
    assert (small.patient, small.exposure) == (large.patient, large.exposure)
    assert planned(asked_of("left effusion"), 5, 2).recipe.patient != small.patient
