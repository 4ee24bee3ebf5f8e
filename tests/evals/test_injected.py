"""The suite of injected conflicts: every rule has cases, each wording is tried, and a blind rule fails its gate."""

import json
from pathlib import Path

import pytest

from overread import plugins
from overread.errors import UsageError
from overread.evals.injected.report import write_result
from overread.evals.injected.run import rules_fired, run_injected
from overread.evals.injected.wordings import all_cases, read_wordings
from overread.evals.runner import folder_of_injected
from overread.settings import Settings

SMALL = """
vary: {side: [left, right]}
words:
  small: {tuned: ["Small {side} effusion."], held_out: ["Tiny {side} effusion.", "Trace {side} effusion."]}
wrong: [{findings: ["{small}"], impression: ["Large {side} effusion."]}]
right: [{findings: ["{small}"], impression: ["Large {other} effusion."]}]
"""


def folder_with(tmp_path: Path, text: str, rule: str = "severity") -> Path:
    (tmp_path / f"{rule}.yaml").write_text(text)
    return tmp_path


def shipped() -> Path:
    folder = folder_of_injected("conflicts")
    assert folder is not None
    return folder


def test_every_rule_has_conflicts_and_twins_in_the_suite_and_other_suites_are_not_taken_for_it() -> None:
    kinds = {(case.rule, case.wrong) for case in all_cases(shipped())}
    assert kinds == {(rule, wrong) for rule in plugins.names("rules") for wrong in (True, False)}
    assert folder_of_injected("scenarios") is None
    assert folder_of_injected("nothing") is None


def test_wordings_and_variations_are_expanded(tmp_path: Path) -> None:
    cases = list(read_wordings(folder_with(tmp_path, SMALL) / "severity.yaml").cases("severity"))
    assert len([case for case in cases if case.wrong and case.part == "held_out"]) == 4
    twin = next(case.told for case in cases if not case.wrong)
    assert (twin.findings, twin.impression) == (("Small left effusion.",), ("Large right effusion.",))


def test_a_conflict_that_is_none_fails_the_gate_and_is_told(tmp_path: Path) -> None:
    nothing = SMALL.replace("Large {side}", "Small {side}")
    result = run_injected("own", folder_with(tmp_path, nothing), Settings())
    (row,) = result.rows
    assert not row.passed
    assert not result.gates_passed
    assert row.recall["all"].hits == 0
    write_result(result, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "results.json").read_text())["rows"][0]["rule"] == "severity"
    page = (tmp_path / "out" / "report.html").read_text()
    assert "not found" in page
    assert ">FAIL<" in page


def test_a_file_with_an_unknown_key_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"severity\.yaml"):
        read_wordings(folder_with(tmp_path, "wrong: []\nright: []\nsaid: []\n") / "severity.yaml")


@pytest.mark.parametrize("rule", plugins.names("rules"))
def test_each_rule_finds_all_of_its_conflicts_and_none_in_their_twins(rule: str) -> None:
    rules = [plugins.builder("rules", rule)(Settings())]
    cases = list(read_wordings(shipped() / f"{rule}.yaml").cases(rule))
    assert [case.told for case in cases if case.wrong != (rule in rules_fired(case.told, rules))] == []
