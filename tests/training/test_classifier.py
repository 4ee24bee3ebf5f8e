"""The classifier's heads: nobody who speaks, scales or decides about a film has seen its patient."""

from dataclasses import replace

import numpy as np
import pytest

from tests.needs import require

require("training")

from sklearn.metrics import roc_auc_score

from training.classifier import folded, taught_by
from training.classifier_features import NO_FOLD, Seen
from training.clip_data import VIEWS
from training.data import LABELS, Row
from training.folds import COUNT, fold_of, taught_the_start
from training.label_heads import ONE_SOURCE
from training.nested import calibrating, measure, points_of, probe_logits, scale_of
from training.probe import Basis, Linear
from training.silence import MOST, silenced

FILMS, PHANTOMS, WIDTH = 450, 60, 300
COUNTED = FILMS + PHANTOMS
EDEMA = LABELS.index("Edema")


def table(*, told: float) -> Seen:
    """Give films whose label shows in one feature and in what a network says, as strongly as `told`; 0: not at all."""
    draw = np.random.default_rng(0)
    labels = np.full((COUNTED, len(LABELS)), np.nan, np.float32)
    labels[:, EDEMA] = draw.integers(2, size=COUNTED)
    frozen = draw.normal(size=(COUNTED, WIDTH)).astype(np.float32)
    frozen[:, 0] += told * labels[:, EDEMA]
    heard = draw.normal(size=(COUNTED, len(LABELS))).astype(np.float32)
    heard[:, EDEMA] += told * labels[:, EDEMA]
    return Seen(
        frozen,
        heard,
        labels,
        labels,
        np.full(COUNTED, VIEWS.index("PA")),
        np.repeat(["nih-cxr14", "phantom"], [FILMS, PHANTOMS]),
        np.array([f"patient {number}" for number in range(COUNTED)]),
        np.r_[np.arange(FILMS) % COUNT, np.full(PHANTOMS, NO_FOLD)],
        np.repeat(["film", "val", "test"], [FILMS, PHANTOMS // 2, PHANTOMS // 2]),
        np.ones(COUNTED, bool),
    )


def test_a_probe_that_learnt_by_heart_does_not_judge_the_films_it_learnt() -> None:
    seen = table(told=0.0)
    basis = Basis.of(seen.frozen)
    logits = probe_logits(seen, basis, EDEMA)
    assert logits is not None
    films = seen.folds != NO_FOLD
    truth = seen.labels[films, EDEMA]
    by_heart = basis.fit(basis.project(seen.frozen[films]), truth)
    assert roc_auc_score(truth, by_heart.logit(seen.frozen[films])) > 0.8
    assert roc_auc_score(truth, logits[films]) == pytest.approx(0.5, abs=0.1)


def test_scale_and_threshold_of_a_fold_do_not_change_with_what_the_fold_is_called() -> None:
    seen = table(told=2.0)
    fold = seen.folds == 0
    turned = replace(seen, labels=seen.labels.copy())
    turned.labels[fold, EDEMA] = 1 - turned.labels[fold, EDEMA]
    heard = seen.heard[:, EDEMA]
    first, second = (measure(one, heard, EDEMA, phantoms_only=False) for one in (seen, turned))
    assert np.array_equal(first.chance[fold], second.chance[fold])
    assert np.array_equal(first.said[fold], second.said[fold])
    assert not np.array_equal(first.chance[seen.folds == 1], second.chance[seen.folds == 1])


def test_films_of_patients_that_the_start_was_taught_with_calibrate_nothing() -> None:
    seen = table(told=2.0)
    old = np.arange(COUNTED) < 100
    rows = calibrating(replace(seen, fresh=~old), EDEMA, without=None, phantoms_only=False)
    assert rows.any()
    assert not rows[old].any()
    assert not rows[seen.splits == "test"].any()


def test_one_head_says_what_the_calibrated_mean_of_the_networks_says() -> None:
    seen = table(told=1.0)
    draw = np.random.default_rng(1)
    networks = [Linear(draw.normal(size=WIDTH).astype(np.float32), float(draw.normal())) for _ in range(COUNT)]
    shown = [draw.normal(size=(COUNTED, WIDTH)).astype(np.float32) for _ in networks]
    heard = np.mean([one.logit(features) for one, features in zip(networks, shown, strict=True)], 0)
    rows = calibrating(seen, EDEMA, without=None, phantoms_only=False)
    scale = scale_of(seen, heard, EDEMA, rows)
    said = folded(scale, networks).logit(np.concatenate(shown, 1))
    assert np.allclose(said, scale.of(heard), atol=1e-4)
    points = points_of(seen, scale.of(heard), EDEMA, rows)
    assert 0 < points.low <= points.threshold <= points.high < 1


def test_calibration_makes_an_overconfident_voice_as_sure_as_it_is_right() -> None:
    draw = np.random.default_rng(1)
    seen = table(told=0.0)
    logits = draw.normal(size=COUNTED).astype(np.float32)
    seen.labels[:, EDEMA] = draw.random(COUNTED) < 1 / (1 + np.exp(-logits))
    rows = calibrating(seen, EDEMA, without=None, phantoms_only=False)
    scale = scale_of(seen, 5 * logits + 2, EDEMA, rows)
    assert scale.slope == pytest.approx(0.2, abs=0.06)
    assert scale.shift == pytest.approx(-0.4, abs=0.2)


def test_a_label_that_real_films_do_not_teach_gets_no_probe() -> None:
    seen = table(told=1.0)
    seen.taught[: FILMS - 10, EDEMA] = np.nan
    assert probe_logits(seen, Basis.of(seen.frozen), EDEMA) is None


def test_a_label_that_too_few_images_or_one_source_only_have_was_taught_by_nobody() -> None:
    many, few = {"positive": 400, "negative": 400}, {"positive": 3, "negative": 900}
    atelectasis, covid = LABELS.index("Atelectasis"), LABELS.index(next(iter(ONE_SOURCE)))
    assert taught_by({"real": many, "phantom": many}, atelectasis) == "real films and phantoms"
    assert taught_by({"real": few, "phantom": many}, atelectasis) == "phantoms only"
    assert taught_by({"real": few, "phantom": few}, atelectasis) is None
    assert taught_by({"real": many, "phantom": many}, covid) is None


def test_a_head_is_silent_on_real_films_only_when_it_fires_on_normal_ones() -> None:
    assert not silenced(None)
    assert not silenced({"value": MOST})
    assert silenced({"value": MOST + 0.001})


def test_a_patient_of_the_first_films_is_told_from_one_that_came_later() -> None:
    def row(patient: str, **fields: str) -> Row:
        given = {"patient_id": patient, "source": "nih-cxr14", "licence_nc": "0", "licence_sa": "0", "extra": ""}
        return Row({**given, **fields})

    names = [f"nih:{number}" for number in range(60)]
    first = taught_the_start(row(name) for name in names)
    assert 0 < len(first) < len(names)  # those of the training split of then
    assert taught_the_start(row(name, extra='{"via": "a set"}') for name in names) == frozenset()
    assert taught_the_start(row(name, extra='{"via": "a set", "replaces_id": "x"}') for name in names) == first
    assert taught_the_start(row(name, source="nih-cxr14-128px") for name in names) == frozenset()
    assert {fold_of(name) for name in names} == set(range(COUNT))
