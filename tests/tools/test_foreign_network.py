"""Somebody else's network that describes itself: it is heard, and until it was measured it decides nothing alone."""

from datetime import UTC, datetime
from pathlib import Path

from overread.backends.scripted import ScriptedEmbedding, ScriptedLabels
from overread.ports import BackendCard, EvidenceIndex, SelfDescribedLabels
from overread.reasoning.alerts import alerts_in
from overread.reasoning.merging import merge
from overread.records import (
    Evidence,
    Score,
    Trust,
)
from overread.testing.doubles import make_case, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools.classification import build

CHANCES = {"Pneumothorax": 0.97, "Edema": 0.6, "Cardiomegaly": 0.1}


class Foreign(ScriptedLabels):
    """A network whose weights and figures this project does not know."""

    def __init__(self, chances: dict[str, float]) -> None:
        super().__init__(chances)
        self.card = BackendCard("torchxrayvision", "txrv-densenet", "0" * 64, "labels")
        self.labels = tuple(chances)


class Unasked(ScriptedEmbedding):
    """An encoder without heads and without measured prompts, which must not be asked."""

    def embed_pictures(self, pictures):
        raise AssertionError("it has nothing to say of a label")


def look() -> tuple[Evidence, ...]:
    return tuple(build(make_parts(classification=Unasked(), classifier=Foreign(CHANCES))).run(make_work()))


def test_only_a_network_that_names_its_labels_describes_itself() -> None:
    assert isinstance(Foreign(CHANCES), SelfDescribedLabels)
    assert not isinstance(ScriptedLabels(CHANCES), SelfDescribedLabels)


def test_it_scores_its_labels_at_its_operating_point_and_uncalibrated() -> None:
    scores = {item.payload.label: item.payload for item in look() if isinstance(item.payload, Score)}
    assert set(scores) == set(CHANCES)
    assert scores["Edema"] == Score(label="Edema", probability=0.6, threshold=0.5, calibrated=False, method="network")


def test_the_tool_names_its_labels_and_its_weights() -> None:
    card = build(make_parts(classifier=Foreign(CHANCES))).card
    assert card.labels == tuple(CHANCES)
    assert card.further_models == (("txrv-densenet", "0" * 64),)


def test_it_decides_no_finding_alone() -> None:
    findings = {item.label: item for item in merge(make_case(), EvidenceIndex(look()), (), Trust())}
    assert findings["Pneumothorax"].status == "not_assessed"
    assert findings["Cardiomegaly"].status == "not_assessed"
    assert "was not measured" in findings["Pneumothorax"].reason
    assert len(findings["Pneumothorax"].silent_ids) == 1


def test_its_screening_threshold_wakes_nobody() -> None:
    assert alerts_in(make_case(), look(), datetime(2026, 1, 2, tzinfo=UTC), Trust()) == ()


def test_a_network_that_does_not_describe_itself_stays_silent(tmp_path: Path) -> None:
    tool = build(make_parts(classification=Unasked(), classifier=ScriptedLabels(CHANCES)))
    assert list(tool.run(make_work())) == []
