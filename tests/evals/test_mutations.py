"""Each part of the agent is held by a scenario: with the part it passes, without it it fails."""

import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from overread import plugins
from overread.composition import build_tools
from overread.errors import UsageError
from overread.evals._scenario import Scenario, load_scenario
from overread.evals.mutations._composer import SPOILS
from overread.evals.mutations.run import Bench, mutate, mutations
from overread.evals.mutations.table import markdown
from overread.evals.runner import scenarios
from overread.settings import Settings, load_profile, load_settings

KILLERS: dict[str, str] = yaml.safe_load((files("overread.evals") / "mutations" / "killers.yaml").read_text())
UNREACHED = {"rule foreign_evidence"}
"""Tools that give such evidence are refused before any rule sees it; `conflicts` holds the rule itself."""


@pytest.fixture(scope="module")
def own() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory() as folder:
        yield load_settings(home=Path(folder), profile="embedded")


@pytest.fixture(scope="module")
def bench(own: Settings) -> Bench:
    return Bench(own, build_tools(load_profile(own.profile, own), own))


def scenario(name: str) -> Scenario:
    return load_scenario(Path(str(files("overread.evals") / "suites" / f"{name}.yaml")))


def test_every_part_has_a_scenario_that_holds_it() -> None:
    assert set(KILLERS) | UNREACHED == {mutation.name for mutation in mutations()}
    assert {name for name in KILLERS if name.startswith("rule ")} | UNREACHED == {
        f"rule {rule}" for rule in plugins.names("rules")
    }


@pytest.mark.slow
@pytest.mark.parametrize("part", KILLERS)
def test_without_the_part_its_scenario_fails(bench: Bench, part: str) -> None:
    """That each passes with the part is what the suites show (`test_scenarios.py`)."""
    (mutation,) = mutations([part])
    assert bench.noticed(scenario(KILLERS[part]), mutation)


@pytest.mark.slow
def test_no_sentence_that_is_composed_wrong_passes_the_verifier(own: Settings) -> None:
    named = "03_large_pneumothorax"  # scripts/mutation_table.py takes more
    chosen = [one.model_copy(update={"variants": (), "k": 1}) for one in scenarios("scenarios") if one.name == named]
    found = mutate({"scenarios": chosen}, own, mutations(["verifier"]))
    assert found.failing == ()
    assert {row.fault for row in found.composer} == set(SPOILS)
    assert [row.fault for row in found.composer if not row.made] == []
    assert [row.fault for row in found.composer if row.reached] == []
    assert [row.fault for row in found.composer if row.reached_without_verifier != row.made] == []
    assert "reaches the reviewer" in markdown(found)


def test_a_part_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="no mutation named 'lunch'; there are: adjudication"):
        mutations(["lunch"])
