"""Scenario files: their schema, the shipped ones, and the one that the documentation shows."""

import json
import re
import runpy
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydicom import dcmread

from overread import plugins
from overread.errors import UsageError
from overread.evals._execute import execute
from overread.evals._scenario import load_scenario, schema
from overread.evals._studies import write_spec
from overread.evals.runner import folder_of_injected, scenarios, suites
from overread.settings import Settings, load_settings
from overread.testing.phantoms import sample_recipe, write_study
from tests.graphs.rooms import scripted_tools
from tests.needs import ROOT

SUITES = [name for name in suites() if folder_of_injected(name) is None]
FILES = sorted(path for name in SUITES for path in (ROOT / "evals" / "suites" / name).glob("*.yaml"))


@pytest.fixture
def scripted(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path / "unused", profile="scripted")


def test_the_schema_of_scenarios_is_printed() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "write_scenario_schema.py"))
    assert script["TARGET"].read_text(encoding="utf-8") == script["text"](), "run 'make docs'"


def test_every_shipped_scenario_is_of_the_schema_and_points_at_it() -> None:
    check = jsonschema.Draft202012Validator(schema())
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# yaml-language-server: $schema=../../scenario.schema.json\n"), path
        assert [fault.message for fault in check.iter_errors(json.loads(json.dumps(yaml.safe_load(text))))] == [], path


def test_the_schema_refuses_what_the_loader_refuses(tmp_path: Path) -> None:
    wrong = {"purpose": "x", "expect": {"alert": []}, "twin": {"sent": 2, "expect": {}}}
    assert list(jsonschema.Draft202012Validator(schema()).iter_errors(wrong))
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump(wrong))
    with pytest.raises(UsageError, match="alert"):
        load_scenario(tmp_path / "wrong.yaml")


def test_every_scenario_runs_without_a_model_or_says_that_it_does_not() -> None:
    tiers = {scenario.name: scenario.tier for name in SUITES for scenario in scenarios(name)}
    assert {name for name, tier in tiers.items() if tier != "T0"} == {"mirrored_by_its_header"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("tools: {segmentation: {live: true}}", "tier T0 runs no model"),
        ("tools: {report: {fault: {kind: thinking}}}", "does not fit"),
        ('tools: {report: {says: {"": x}, fault: {kind: stale}}}', "does not fit"),
        ("asks: [{question: x, outside: rude}]", "outside"),
        ("review: [{do: approve}]", "review"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(tmp_path: Path, change: str, why: str) -> None:
    (tmp_path / "told.yaml").write_text(f"purpose: x\n{change}\nexpect: {{}}\ntwin: {{sent: 2, expect: {{}}}}\n")
    with pytest.raises(UsageError, match=why):
        load_scenario(tmp_path / "told.yaml")


def test_a_synthetic_file_is_taken_by_its_path_and_any_other_is_refused(tmp_path: Path) -> None:
    write_study(tmp_path / "films", sample_recipe(5), size=64)
    other = dcmread(tmp_path / "films" / "01-pa.dcm")
    (tmp_path / "own.yaml").write_text(
        "purpose: x\nstudy: {file: films/01-pa.dcm}\nexpect: {}\ntwin: {sent: 2, expect: {}}\n"
    )
    spec = load_scenario(tmp_path / "own.yaml").study
    folder = write_spec(spec, tmp_path / "sent")
    assert dcmread(folder / "01.dcm").SOPInstanceUID == other.SOPInstanceUID

    del other.ImageComments, other.SeriesDescription
    other.save_as(tmp_path / "films" / "patient.dcm")
    with pytest.raises(UsageError, match="not marked as synthetic"):
        write_spec(spec.model_copy(update={"file": str(tmp_path / "films" / "patient.dcm")}), tmp_path / "again")


def test_the_scenario_of_the_documentation_passes_with_its_twin(tmp_path: Path, scripted: Settings) -> None:
    page = (ROOT / "docs" / "evals.md").read_text(encoding="utf-8")
    found = re.search(r"### A scenario of your own\n\n```yaml\n(.*?)```", page, re.DOTALL)
    assert found is not None
    (tmp_path / "own.yaml").write_text(found[1])
    scenario = load_scenario(tmp_path / "own.yaml")
    for setup in (scenario, scenario.twin):
        run = execute(setup, scripted, scripted_tools())
        for name in plugins.names("evals.scorers"):
            score = plugins.builder("evals.scorers", name)(scripted).score(setup.expect, run)
            assert score.passed is not False, (name, score.reason)
