"""Figures of each way are of patients that it had not seen, and a head is used only for what they show."""

import numpy as np
import pytest

from overread.backends.scripted import ScriptedEmbedding
from overread.prognosis.arms import fit
from overread.prognosis.features import Features
from overread.prognosis.measure import best, cross_validated, figures_of
from overread.tools._outlook_heads import Arm, ArmFigures, Floats


def films(seen_in: str, count: int = 60, films_each: int = 1) -> Features:
    """Make films whose outcome shows in their embedding, their record, or nowhere."""
    draw = np.random.default_rng(0)
    patient = np.repeat(np.arange(count), films_each)
    outcome = (draw.random(count) < 0.4)[patient]
    image, fields = draw.normal(size=(patient.size, 6)), draw.normal(size=(patient.size, 2))
    if seen_in == "image":
        image[:, 0] += 2.0 * outcome
    if seen_in == "record":
        fields[:, 0] += 2.0 * outcome
    fields[::7, 1] = np.nan
    return Features(image, fields, ("1988-5", "sex"), outcome, patient, ScriptedEmbedding().card, {})


def measured(seen: Features) -> dict[Arm, ArmFigures]:
    said = cross_validated(seen, lambda _at, _total: None, repeats=1)
    return {one.arm: one for one in figures_of(said, seen)}


def test_a_picture_that_knows_more_than_the_record_is_used() -> None:
    figures = measured(films("image"))
    assert figures["image"].auroc.low > 0.7
    assert figures["record"].corrected_low < 0.5
    assert best(tuple(figures.values())) in ("image", "early", "latent", "late")


def test_a_picture_that_adds_nothing_leaves_the_record_in_use() -> None:
    figures = figures_of({"record": np.tile([0.1, 0.9], 30), "early": np.tile([0.2, 0.8], 30)}, sixty())
    assert best(figures) == "record"
    assert figures[1].gain is not None
    assert figures[1].gain.value == 0


def sixty() -> Features:
    return Features(
        np.zeros((60, 1)),
        np.zeros((60, 1)),
        ("sex",),
        np.tile([False, True], 30),
        np.arange(60),
        ScriptedEmbedding().card,
        {},
    )


def test_chance_reaches_a_half_although_each_patient_has_several_films_alike() -> None:
    seen = films("nowhere", count=30, films_each=2)
    alike = np.repeat(seen.image[::2], 2, axis=0)  # a model that saw another film of a patient would know
    figures = measured(Features(alike, seen.fields, seen.names, seen.outcome, seen.patient, seen.model, {}))
    assert all(one.corrected_low < 0.5 for one in figures.values())


@pytest.mark.parametrize("arm", ["record", "image", "early", "latent", "late"])
def test_the_weights_of_a_way_reach_only_what_it_rests_on(arm: Arm) -> None:
    linear, _ = fit(arm, films("image"))
    used: tuple[Floats, Floats] = (linear.image, linear.fields)
    assert [bool(np.abs(one).max() > 1e-9) for one in used] == [arm != "record", arm != "image"]
