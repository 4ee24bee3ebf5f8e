"""The shipped suite passes its gates, and a gate that should fail does."""

from pathlib import Path

import pytest

from overread.errors import UsageError
from overread.evals._execute import execute
from overread.evals._scenario import Expect, load_scenario
from overread.evals.runner import How, folder_of_injected, run, scenarios, suites
from overread.evals.running._result import Selection
from overread.evals.scorers import alerts, findings, outcome, wording
from overread.ports import Tool
from overread.settings import Settings, load_settings
from tests.graphs.rooms import gate_tools

AT_ONCE = 8
MINIMAL = """
purpose: A pneumothorax is told.
study: {phantom: 5}
trust: {classification: {"*": 0.97}}
tools:
  header: {live: true}
  classification:
    gives:
      - payload: {kind: score, label: Pneumothorax, probability: 0.9, threshold: 0.5, method: head}
expect: {alerts: [{label: Pneumothorax}], findings: {Pneumothorax: {status: present}}}
twin:
  tools:
    classification:
      gives:
        - payload: {kind: score, label: Pneumothorax, probability: 0.1, threshold: 0.5, method: head}
  expect: {findings: {Pneumothorax: {status: absent}}}
"""


@pytest.fixture
def scripted(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path / "unused", profile="scripted")


def write(folder: Path, text: str) -> Path:
    path = folder / "told.yaml"
    path.write_text(text)
    return path


def live() -> dict[str, Tool]:
    return {**gate_tools()}


def test_the_suite_has_the_forty_eight_published_scenarios_each_with_a_twin() -> None:
    assert "scenarios" in suites()
    assert [scenario.number for scenario in scenarios("scenarios")] == list(range(1, 49))
    assert all(scenario.purpose and scenario.twin.expect for scenario in scenarios("scenarios"))


def test_a_scenario_and_its_twin_end_differently(tmp_path: Path, scripted: Settings) -> None:
    scenario = load_scenario(write(tmp_path, MINIMAL))
    main = execute(scenario, scripted, live())
    twin = execute(scenario.twin, scripted, live())
    for scorer in (alerts.build(scripted), findings.build(scripted), outcome.build(scripted)):
        assert scorer.score(scenario.expect, main).passed
        assert scorer.score(scenario.twin.expect, twin).passed is not False
    assert alerts.build(scripted).score(scenario.expect, twin).passed is False
    assert findings.build(scripted).score(scenario.expect, twin).passed is False


def test_wording_gates_fail_on_what_is_said_and_unsaid(tmp_path: Path, scripted: Settings) -> None:
    finished = execute(load_scenario(write(tmp_path, MINIMAL)), scripted, live())
    scorer = wording.build(scripted)
    assert scorer.score(Expect(must_say=("pneumothorax",)), finished).passed
    assert scorer.score(Expect(must_say=("elephant",)), finished).passed is False
    assert scorer.score(Expect(must_not_say=("pneumothorax",)), finished).passed is False


def test_a_twin_that_is_the_scenario_is_refused(tmp_path: Path) -> None:
    same = MINIMAL.split("twin:")[0] + "twin: {expect: {alerts: [{label: Pneumothorax}], findings: "
    with pytest.raises(UsageError, match="twin is the scenario itself"):
        load_scenario(write(tmp_path, same + "{Pneumothorax: {status: present}}}}\n"))


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expct"):
        load_scenario(write(tmp_path, MINIMAL + "expct: {}\n"))


def test_an_unknown_suite_lists_those_there_are(scripted: Settings) -> None:
    with pytest.raises(UsageError, match="scenarios"):
        run("nothing", scripted)


def pieces() -> list[tuple[str, tuple[str, ...]]]:
    """Cut every suite that ships into pieces of a few scenarios, so that no test is long."""
    return [
        (suite, names[start : start + AT_ONCE])
        for suite in suites()
        if folder_of_injected(suite) is None
        for names in [tuple(scenario.name for scenario in scenarios(suite))]
        for start in range(0, len(names), AT_ONCE)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("suite", "names"), pieces(), ids=lambda value: value if isinstance(value, str) else value[0])
def test_every_gate_of_a_shipped_suite_passes(tmp_path: Path, suite: str, names: tuple[str, ...]) -> None:
    how = How(Selection(names=names))
    result = run(suite, load_settings(home=tmp_path / "unused"), out=tmp_path / "out", how=how)
    assert [(row.scenario, row.variant, row.reason) for row in result.rows if not row.gate_passed] == []
    assert set(names) == {row.scenario for row in result.rows}
    assert (tmp_path / "out" / "results.json").is_file()
    assert "<table>" in (tmp_path / "out" / "report.html").read_text()


def test_a_suite_that_ships_is_found_beside_a_folder_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "review").mkdir()
    write(tmp_path / "review", MINIMAL)
    monkeypatch.chdir(tmp_path)
    assert len(scenarios("review")) > 1
    assert [one.name for one in scenarios("./review")] == ["told"]
