"""A card of exactly the weights that answer makes their votes count; a card of others counts for nothing."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from overread.backends.scripted import ScriptedLabels
from overread.composition import trust_in
from overread.ports import BackendCard, EvidenceIndex, Parts, ToolInput
from overread.reasoning.alerts import alerts_in
from overread.reasoning.merging import merge
from overread.reasoning.trust import trust_of
from overread.records import (
    Evidence,
    Performance,
    Score,
    Trust,
)
from overread.settings import Settings, load_profile
from overread.testing.doubles import make_case, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools.classification import build

DIGEST = ScriptedLabels().card.weights_digest
GOOD = {"balanced_accuracy": 0.85, "sensitivity": 0.8, "specificity": 0.9, "auroc": 0.9, "positive": 40, "negative": 60}


def settings_with(folder: Path, card: dict[str, Any], name: str = "labels") -> Settings:
    """Give settings of an installation in which a card was written for a model."""
    own = folder / "catalogue" / name
    own.mkdir(parents=True)
    (own / "card.json").write_text(json.dumps({"measured": "2026-11-27", **card}))
    profiles = folder / "profiles"
    profiles.mkdir()
    roles = {"classifier": {"backend": "scripted", "model": "labels"}}
    (profiles / "mine.yaml").write_text(json.dumps({"describe": "d", "tools": [], "roles": roles}))
    return Settings(home=folder, profile="mine", profiles_dir=profiles)


def figures(trust: Trust, *, synthetic: bool = False) -> Mapping[tuple[str, str], Performance]:
    """Give the figures that count on a patient's film, or on a phantom."""
    return trust.on(work_on(synthetic=synthetic).study).table


def trusted(settings: Settings) -> Trust:
    return trust_in(load_profile("mine", settings), settings)


def test_figures_of_the_very_weights_count_in_the_role_that_they_were_measured_in(tmp_path: Path) -> None:
    tables = {"classification.network": {"Edema": GOOD}, "vqa": {"Edema": GOOD}}
    trust = trusted(settings_with(tmp_path, {"weights_digest": DIGEST, "trust": tables}))
    edema = figures(trust)["classification.network", "Edema"]
    assert (edema.figure, edema.sensitivity) == (0.85, 0.8)
    assert ("vqa", "Edema") not in figures(trust)


def test_figures_of_other_weights_count_for_nothing_and_it_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    card = {"weights_digest": "0" * 64, "trust": {"classification.network": {"Edema": GOOD}}}
    with caplog.at_level(logging.WARNING):
        trust = trusted(settings_with(tmp_path, card))
    assert ("classification.network", "Edema") not in figures(trust)
    assert "'labels' is of other weights and counts for nothing" in caplog.text


def test_the_same_weights_under_another_name_keep_their_figures(tmp_path: Path) -> None:
    card = {"weights_digest": DIGEST, "trust": {"classification.network": {"Edema": GOOD}}}
    trust = trusted(settings_with(tmp_path, card, name="other"))
    assert figures(trust)["classification.network", "Edema"].figure == 0.85


def test_a_damaged_card_counts_as_none(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, {})
    (tmp_path / "catalogue" / "labels" / "card.json").write_text("{")
    assert trusted(settings) == Trust()


def test_what_was_measured_here_takes_the_place_of_what_came_with_the_model() -> None:
    shipped = Trust.of_figures({"vqa": {"Edema": 0.9, "Fracture": 0.9}})
    here = trust_of({"vqa": {"trust": {"vqa": {"Edema": {**GOOD, "balanced_accuracy": 0.55}}}}})
    merged = here.over(shipped)
    own = {label: figures(merged)["vqa", label].figure for label in ("Edema", "Fracture")}
    assert own == {"Edema": 0.55, "Fracture": 0.9}
    assert figures(merged, synthetic=True)["vqa", "Edema"].figure == 0.9


class Foreign(ScriptedLabels):
    """Somebody else's network, which names its labels."""

    def __init__(self) -> None:
        super().__init__({"Pneumothorax": 0.3, "Edema": 0.3})
        self.card = BackendCard("transformers", "theirs", "f" * 64, "labels")
        self.labels = ("Pneumothorax", "Edema")


CALIBRATED = {
    "weights_digest": "f" * 64,
    "trust": {"classification.network": {"Pneumothorax": GOOD}},
    "calibration": {
        "classification.network": {
            "Pneumothorax": {"slope": 2.0, "intercept": 3.0, "threshold": 0.4, "band": [0.35, 0.45]}
        }
    },
}


def look(parts: Parts, *, synthetic: bool = False) -> dict[str, Evidence]:
    items = build(parts).run(work_on(synthetic=synthetic))
    return {item.payload.label: item for item in items if isinstance(item.payload, Score)}


def work_on(*, synthetic: bool = False) -> ToolInput:
    """Give the double's work as on a patient's film, or on a phantom."""
    work = make_work()
    return replace(work, study=work.study.model_copy(update={"synthetic": synthetic}))


def test_a_measured_score_is_calibrated_and_operates_where_it_was_measured(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, CALIBRATED, name="theirs")
    seen = look(make_parts(classifier=Foreign(), settings=settings))
    assert seen["Pneumothorax"].payload == Score(
        label="Pneumothorax", probability=0.7867, threshold=0.4, band=(0.35, 0.45), calibrated=True, method="network"
    )
    assert seen["Edema"].payload == Score(
        label="Edema", probability=0.3, threshold=0.5, calibrated=False, method="network"
    )


def test_on_a_phantom_nothing_of_it_holds(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, CALIBRATED, name="theirs")
    seen = look(make_parts(classifier=Foreign(), settings=settings), synthetic=True)
    assert (seen["Pneumothorax"].payload.probability, seen["Pneumothorax"].payload.calibrated) == (0.3, False)


def test_a_measured_network_decides_and_alerts_where_an_unmeasured_one_does_not(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, CALIBRATED, name="theirs")
    now = datetime(2026, 11, 27, tzinfo=UTC)
    for parts, trust, status, told in (
        (make_parts(classifier=Foreign()), Trust(), "not_assessed", 0),
        (make_parts(classifier=Foreign(), settings=settings), trust_of({"classifier": CALIBRATED}), "present", 1),
    ):
        evidence = list(look(parts).values())
        case = make_case(work_on().study)
        found = {item.label: item for item in merge(case, EvidenceIndex(evidence), (), trust)}
        assert found["Pneumothorax"].status == status
        assert len(alerts_in(case, evidence, now, trust)) == told
