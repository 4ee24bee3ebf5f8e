"""A ladder is data: its shape is checked, and what is wrong in it is named."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from overread.errors import SettingsError
from overread.escalation.ladder import SHIPPED, Ladder, Rung, load_ladder
from tests.escalation.climbs import LADDER

SCHEMA = json.loads((SHIPPED.parent / "ladder.schema.json").read_text())


def test_the_shipped_ladder_tells_within_the_limits_of_each_category_and_names_its_source() -> None:
    shipped = load_ladder()
    assert "ACR" in shipped.source
    assert {number: part.within_minutes for number, part in shipped.categories.items()} == {1: 60, 2: 720, 3: 4320}
    for number, part in shipped.categories.items():
        rungs = shipped.rungs(number)
        assert rungs[0].minute == 0
        assert rungs[-1].minute < part.within_minutes


def test_the_schema_is_that_of_the_record_and_the_shipped_ladder_keeps_to_it() -> None:
    assert Ladder.model_json_schema() == SCHEMA, "write ladder.schema.json anew"
    content = json.loads(json.dumps(yaml.safe_load(SHIPPED.read_text())))
    jsonschema.Draft202012Validator(SCHEMA).validate(content)


def test_a_step_is_repeated_for_each_of_its_recipients() -> None:
    later = [Rung(minute, "hook", name) for minute in (10, 15, 20) for name in ("bob", "carl")]
    assert LADDER.rungs(1) == (Rung(0, "hook", "anna"), *later)
    assert LADDER.rungs(2) == (Rung(0, "hook", "reader"),)
    assert (LADDER.role(1, "bob"), LADDER.role(2, "reader"), LADDER.role(1, "gone")) == ("on call", "reader", "gone")


def test_somebody_named_twice_for_the_same_minute_is_told_once() -> None:
    step = {"after_minutes": 5, "role": "reader", "channel": "hook", "recipients": ["anna", "anna"]}
    twice = {"within_minutes": 9, "steps": [step, step]}
    made = Ladder.model_validate({"name": "x", "source": "x", "categories": {1: twice, 2: twice, 3: twice}})
    assert made.rungs(1) == (Rung(5, "hook", "anna"),)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("after_minutes: 0", "after_minutes: -1", "categories.1.steps.0.after_minutes"),
        ("  3:", "  4:", "categories.4"),
        ("channel: hook", "canal: hook", "steps.0.channel"),
        ("within_minutes: 60", "within_minutes: soon", "categories.1.within_minutes"),
        ("name: acr", "name: [acr", "no YAML"),
        ("every_minutes: 10", "every_minutes: 0", "every_minutes"),
    ],
)
def test_what_is_wrong_in_an_own_file_is_named(tmp_path: Path, before: str, after: str, said: str) -> None:
    text = SHIPPED.read_text()
    assert before in text
    own = tmp_path / "own.yaml"
    own.write_text(text.replace(before, after, 1))
    with pytest.raises(SettingsError, match=said):
        load_ladder(own)


def test_a_ladder_without_a_category_or_a_file_is_refused(tmp_path: Path) -> None:
    content = yaml.safe_load(SHIPPED.read_text())
    del content["categories"][2]
    own = tmp_path / "own.yaml"
    own.write_text(yaml.safe_dump(content))
    with pytest.raises(SettingsError, match="category 2 has no steps"):
        load_ladder(own)
    with pytest.raises(SettingsError, match=r"escalation_file.*cannot be read"):
        load_ladder(tmp_path / "none.yaml")
