"""The kit catches what it is there to catch."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from overread.backends.scripted import ScriptedEmbedding
from overread.ports import Picture, ToolInput
from overread.records import Evidence, Mask, Measurement, Refusal, Region, Score, Study
from overread.rules import laterality
from overread.settings import Settings
from overread.testing.conformance import check_backend, check_rule, check_tool
from overread.testing.doubles import Fault, ScriptedTool, make_evidence

EDEMA = Score(label="Edema", probability=0.2, method="head")


def broken_by(tool: ScriptedTool) -> set[str]:
    return {result.law for result in check_tool(tool).failed}


class ChestTool(ScriptedTool):
    """A scripted tool that takes chest radiographs only."""

    def accepts(self, study: Study) -> Refusal | None:
        if study.series[0].modality not in ("DX", "CR"):
            return Refusal(reason="wrong_modality", detail="not a radiograph", next_step="send one")
        return super().accepts(study)


def measured(unit: str) -> Measurement:
    return Measurement(name="lung_height", value=24.0, unit=unit, method="guess")


def test_a_tool_that_keeps_the_laws_passes() -> None:
    report = check_tool(ChestTool("classification", [EDEMA], labels=("Edema",)))
    assert not report.failed, report
    assert "passed" in str(report)


def ones(work: ToolInput) -> Sequence[Mask]:
    stored = work.artifacts.put_png(np.ones((4, 4), np.uint8))
    return [Mask(structure="heart", png=stored.path, digest=stored.digest, area_pixels=16)]


@pytest.mark.parametrize(
    ("tool", "law"),
    [
        (ChestTool("t", [EDEMA]), "Payload kinds, labels and structures are those of the card."),
        (ChestTool("t", [measured("cm")]), "Without spacing nothing is measured in millimetres or centimetres."),
        (
            ScriptedTool("t"),
            "CT, MR and mammography are refused with a reason; by a tool that reads CT, radiographs are.",
        ),
        (
            ChestTool("t", [EDEMA], labels=("Edema",), fault=Fault("foreign_study")),
            "Every locator names an image of the study, or of an earlier one, and a region inside it.",
        ),
        (
            ChestTool("t", [(EDEMA, Region(x=80, y=0, width=50, height=5))], labels=("Edema",)),
            "Every locator names an image of the study, or of an earlier one, and a region inside it.",
        ),
        (
            ChestTool("t", [EDEMA, EDEMA], labels=("Edema",)),
            "The same work gives evidence with the same ids, in the same order, each once.",
        ),
        (
            ChestTool("t", ones, structures=("heart",)),
            "A mask is 0 or 255, of the size of the image as shown, and its area is its pixels.",
        ),
    ],
)
def test_a_tool_that_breaks_a_law_is_caught(tool: ScriptedTool, law: str) -> None:
    assert broken_by(tool) == {law}


class BackdatedTool(ChestTool):
    """Gives evidence whose times were made up."""

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        return [make_evidence(EDEMA, tool="t", image=work.image)]


def test_made_up_times_and_models_are_caught() -> None:
    tool = BackdatedTool("t", labels=("Edema",))
    assert "Start and end lie within the run, in UTC or with an offset." in broken_by(tool)
    assert "Evidence carries the tool's name and version, and the model that the card names." in broken_by(tool)


class LongVectors(ScriptedEmbedding):
    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        return super().embed_pictures(pictures) * np.float32(2)


class SortedVectors(ScriptedEmbedding):
    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        return super().embed_pictures(sorted(pictures, key=lambda picture: int(picture.sum())))


@pytest.mark.parametrize(
    ("backend", "law"),
    [
        (LongVectors(), "Pictures and texts are float32 [n, d] of norm 1, with one d."),
        (SortedVectors(), "Embeddings come in the order of what was asked, and alone as in a batch."),
    ],
)
def test_a_backend_that_breaks_a_law_is_caught(backend: ScriptedEmbedding, law: str) -> None:
    report = check_backend(backend)
    assert law in {result.law for result in report.failed}, report
    assert "A model that is late or gone raises Unavailable." in {result.law for result in report.skipped}


def test_a_backend_that_answers_when_it_should_be_out_of_reach_is_caught() -> None:
    report = check_backend(ScriptedEmbedding(), unreachable=ScriptedEmbedding())
    assert {result.law for result in report.failed} == {"A model that is late or gone raises Unavailable."}


def test_a_rule_whose_examples_are_mixed_up_is_caught() -> None:
    rule = laterality.build(Settings())
    report = check_rule(rule, bad=laterality.good_example, good=laterality.bad_example)
    broken = {result.law for result in report.failed}
    assert "The rule fires on its own bad example, in its own name." in broken
    assert "The rule is silent on its own good example." in broken
