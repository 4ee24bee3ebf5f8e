"""A mirrored film is told by how much better it fits mirrored, once for each picture."""

import pytest

from overread import plugins
from overread.ports import EvidenceIndex
from overread.reasoning.zones import MIRRORED_FIT
from overread.records import Case, Conflict, Evidence, Hanging, Mask, Measurement, Region
from overread.rules.orientation import MIRRORED
from overread.settings import Settings
from overread.testing.doubles import make_case, make_evidence, make_study


def run(*evidence: Evidence, case: Case | None = None) -> list[Conflict]:
    rule = plugins.builder("rules", "orientation")(Settings())
    return list(rule.check(case or make_case(), (), EvidenceIndex(evidence)))


def fit(value: float) -> Evidence:
    return make_evidence(Measurement(name=MIRRORED_FIT, value=value, unit="1", method="double"), tool="segmentation")


def masks(heart: int) -> list[Evidence]:
    boxes = {"right_lung": 10, "left_lung": 65, "heart": heart}
    return [
        make_evidence(
            Mask(structure=name, png=f"{name}.png", digest=name, area_pixels=900, quality=0.95),
            tool="segmentation",
            region=Region(x=left, y=20, width=45, height=80),
        )
        for name, left in boxes.items()
    ]


@pytest.mark.parametrize(("value", "fires"), [(MIRRORED, True), (MIRRORED - 0.01, False), (-0.2, False)])
def test_a_picture_that_fits_better_mirrored_is_told(value: float, fires: bool) -> None:
    found = run(fit(value))
    assert bool(found) == fires
    assert all("confirm the orientation" in conflict.message for conflict in found)


def test_a_picture_is_told_once() -> None:
    assert len(run(fit(0.2), *masks(25))) == 1
    assert len(run(*masks(25))) == 1
    assert run(*masks(45)) == []


def test_where_no_side_can_be_told_none_is_questioned() -> None:
    case = make_case(make_study(hanging=Hanging(sides="withheld")))
    assert run(fit(0.2), case=case) == []


def test_what_was_seen_in_another_study_questions_nothing_here() -> None:
    there = make_evidence(
        Measurement(name=MIRRORED_FIT, value=0.2, unit="1", method="double"), make_study(1, 2), tool="prior"
    )
    assert run(there) == []
