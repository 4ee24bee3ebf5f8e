"""The tool speaks where a head was measured well enough and the order has what it takes; else it says why not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from overread.backends.scripted import ScriptedEmbedding
from overread.errors import ToolError
from overread.ports import ToolInput
from overread.records import Evidence, Observation, Outlook
from overread.settings import load_settings
from overread.testing.doubles import make_picture, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools._outlook_heads import ARRAYS, FOLDER, Interval
from overread.tools.prognosis import build
from tests.prognosis.heads import figures_of, lay_head

WIDTH = ScriptedEmbedding().embed_pictures([make_picture()]).shape[1]


def ask(home: Path, *observations: Observation, **changes: Any) -> list[Evidence]:
    lay_head(home, ScriptedEmbedding().card.weights_digest, WIDTH, **changes)
    return run(home, replace(of_a_patient(), observations=observations))


def run(home: Path, work: ToolInput) -> list[Evidence]:
    return list(build(make_parts(settings=load_settings(home=home))).run(work))


def of_a_patient() -> ToolInput:
    work = make_work()
    return replace(work, study=work.study.model_copy(update={"synthetic": False}))


def crp(value: float, **more: Any) -> Observation:
    return Observation.model_validate({"code": "1988-5", "value": value, "unit": "mg/L", **more})


def test_a_head_that_was_measured_gives_a_chance_with_its_interval_and_population(tmp_path: Path) -> None:
    (low,), (high,) = ask(tmp_path, crp(10)), ask(tmp_path, crp(200))
    assert isinstance(low.payload, Outlook)
    assert isinstance(high.payload, Outlook)
    assert low.payload.probability < high.payload.probability
    assert high.payload.low < high.payload.probability < high.payload.high
    assert (high.payload.patients, high.payload.share, high.payload.horizon) == (200, 0.3, "7 days")
    assert high.payload.rests_on == ("picture", "C-reactive protein")
    assert "200.0" not in high.model_dump_json()  # no value of the order goes into evidence


def test_the_newest_value_counts(tmp_path: Path) -> None:
    old, new = crp(200, at="2026-12-01T08:00:00Z"), crp(10, at="2026-12-01T09:00:00Z")
    assert ask(tmp_path, new, old)[0].id == ask(tmp_path, new)[0].id


def test_a_missing_field_and_one_beyond_the_range_abstain_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="needs C-reactive protein"):
        ask(tmp_path)
    with pytest.raises(ToolError, match="beyond 1 to 300 mg/L"):
        ask(tmp_path, crp(301))


def test_an_outcome_that_can_be_told_stands_beside_one_that_cannot(tmp_path: Path) -> None:
    lay_head(tmp_path, ScriptedEmbedding().card.weights_digest, WIDTH, outcome="death", in_use="early")
    (tmp_path / FOLDER / "icu").rename(tmp_path / FOLDER / "death")
    kept: list[Evidence] = []
    narrow = lay_head(tmp_path, ScriptedEmbedding().card.weights_digest, WIDTH).fields[0]
    lay_head(
        tmp_path, ScriptedEmbedding().card.weights_digest, WIDTH, fields=(narrow.model_copy(update={"high": 5.0}),)
    )
    with pytest.raises(ToolError, match="'icu'"):
        run(tmp_path, replace(of_a_patient(), observations=(crp(10),), keep=kept.extend))
    assert [item.payload.outcome for item in kept if isinstance(item.payload, Outlook)] == ["death"]


def test_a_phantom_has_no_prognosis(tmp_path: Path) -> None:
    lay_head(tmp_path, ScriptedEmbedding().card.weights_digest, WIDTH)
    with pytest.raises(ToolError, match="synthetic"):
        run(tmp_path, replace(make_work(), observations=(crp(10),)))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"with_outcome": 29}, "fewer than 30"),
        ({"with_outcome": 171}, "fewer than 30"),
        ({"measured": figures_of("early", corrected_low=0.5)}, "reaches 0.5"),
        ({"measured": figures_of("early", brier=Interval(value=0.21, low=0.1, high=0.3))}, "Brier"),
        ({"weights_digest": "0" * 64}, "another model"),
        ({"head_digest": "0" * 64}, "damaged"),
    ],
)
def test_a_head_beyond_its_bounds_says_nothing(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    if "weights_digest" in changes:
        lay_head(tmp_path, "0" * 64, WIDTH)
        with pytest.raises(ToolError, match=why):
            run(tmp_path, replace(of_a_patient(), observations=(crp(10),)))
        return
    with pytest.raises(ToolError, match=why):
        ask(tmp_path, crp(10), **changes)


def test_without_a_head_or_with_a_damaged_one_the_tool_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="none was measured here"):
        run(tmp_path, of_a_patient())
    lay_head(tmp_path, ScriptedEmbedding().card.weights_digest, WIDTH)
    (tmp_path / FOLDER / "icu" / ARRAYS).write_bytes(b"half")
    with pytest.raises(ToolError, match="damaged"):
        run(tmp_path, replace(of_a_patient(), observations=(crp(10),)))
