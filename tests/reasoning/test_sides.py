"""Where left and right cannot be told in a picture, nothing that was seen in it is placed on a side."""

from datetime import UTC, datetime

import pytest

from overread.errors import UsageError
from overread.ports import EvidenceIndex
from overread.reasoning.alerts import alerts_in
from overread.reasoning.merging import merge
from overread.reasoning.vocabulary import LABELS
from overread.records import (
    Box,
    Evidence,
    Finding,
    Hanging,
    Mask,
    Payload,
    Region,
    Trust,
)
from overread.rules.laterality import build
from overread.settings import load_settings
from overread.standalone import question_of
from overread.testing.doubles import make_case, make_evidence, make_study
from overread.testing.doubles.payloads import make_answer, make_claim

NOW = datetime(2026, 1, 2, tzinfo=UTC)
TRUST = Trust.of_figures({tool: dict.fromkeys(LABELS, 0.9) for tool in ("report", "vqa", "segmentation")})
LABEL = "Pneumothorax"
KNOWN = make_case(make_study(hanging=Hanging(sides="stated")))
UNKNOWN = make_case(make_study(hanging=Hanging(stated="A\\F", sides="withheld")))
LEFT = make_claim("Left pneumothorax.", LABEL, "present", "left")
RIGHT = make_claim("Right pneumothorax.", LABEL, "present", "right", section="impression")


def seen(payload: Payload, tool: str = "report", x: int | None = None) -> Evidence:
    region = None if x is None else Region(x=x, y=10, width=20, height=60)
    return make_evidence(payload, KNOWN.study, tool=tool, region=region)


def lung(side: str, x: int) -> Evidence:
    return seen(Mask(structure=f"{side}_lung", png=f"{side}.png", digest=side, area_pixels=9), "segmentation", x)


def found(case, *evidence: Evidence) -> Finding:
    findings = merge(case, EvidenceIndex(evidence), (), TRUST)
    return next(finding for finding in findings if finding.label == LABEL)


@pytest.mark.parametrize(
    "evidence",
    [
        (seen(LEFT),),
        (seen(make_answer(LABEL, "present", "left"), "vqa"),),
        (lung("right", 10), lung("left", 90), seen(Box(label=LABEL), "vqa", 90)),
    ],
)
def test_a_side_is_given_only_where_it_can_be_told(evidence: tuple[Evidence, ...]) -> None:
    known, unknown = found(KNOWN, *evidence), found(UNKNOWN, *evidence)
    assert (known.status, known.laterality) == ("present", "left")
    assert (unknown.status, unknown.laterality) == ("present", None)
    assert [alert.laterality for alert in alerts_in(KNOWN, evidence, NOW, TRUST)] == ["left"]
    assert [alert.laterality for alert in alerts_in(UNKNOWN, evidence, NOW, TRUST)] == [None]


def test_an_absence_on_one_side_does_not_become_one_on_both() -> None:
    denied = seen(make_answer(LABEL, "absent", "left"), "vqa")
    assert found(UNKNOWN, denied).status == "not_assessed"
    assert found(UNKNOWN, seen(LEFT), denied).status == "present"


def test_a_question_about_a_side_is_not_asked_of_a_picture_without_sides() -> None:
    assert question_of("Is there a left pneumothorax?", KNOWN.study).laterality == "left"
    assert question_of("Is there a pneumothorax?", UNKNOWN.study).laterality is None
    with pytest.raises(UsageError, match="without a side"):
        question_of("Is there a left pneumothorax?", UNKNOWN.study)


def test_sides_that_cannot_be_told_do_not_conflict() -> None:
    rule, index = build(load_settings()), EvidenceIndex((seen(LEFT), seen(RIGHT)))
    assert list(rule.check(KNOWN, (), index))
    assert not list(rule.check(UNKNOWN, (), index))
