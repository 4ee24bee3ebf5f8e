"""A suite run goes on where it was stopped, runs again what changed, and gives the same by any number of processes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from overread.errors import PluginError, UsageError
from overread.evals.runner import How, run
from overread.evals.running._ledger import NAME
from overread.evals.running._result import EvalResult, Selection
from overread.settings import Settings, load_settings
from tests.evals.suites import PROFILE, write_suite

Runs = Callable[..., EvalResult]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    return write_suite(tmp_path / "suite", 2)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    (profiles / "own.yaml").write_text(PROFILE)
    return load_settings(home=tmp_path / "home", profile="own", profiles_dir=profiles)


def kept(out: Path) -> list[str]:
    return (out / NAME).read_text().splitlines()


def test_a_stopped_run_goes_on_and_gives_the_same(tmp_path: Path, suite: Path, settings: Settings) -> None:
    out = tmp_path / "out"
    first = run(str(suite), settings, out=out)
    assert len(kept(out)) == 4
    lines = kept(out)
    (out / NAME).write_text(lines[0] + "\n" + lines[1][:50])  # what a kill leaves
    told: list[str] = []
    second = run(str(suite), settings, out=out, progress=lambda done, total, name: told.append(name))
    assert len(told) == 3
    assert second.digest == first.digest
    assert second.rows[0] == first.rows[0]  # its seconds too: it was not run again
    assert len(kept(out)) == 4


def test_a_changed_scenario_is_run_again_and_no_other(tmp_path: Path, suite: Path, settings: Settings) -> None:
    out = tmp_path / "out"
    first = run(str(suite), settings, out=out)
    path = suite / "told_0.yaml"
    path.write_text(path.read_text().replace("status: present", "status: absent", 1))
    second = run(str(suite), settings, out=out)
    assert len(kept(out)) == 6
    assert [row.gate_passed for row in first.rows] == [True] * 4
    assert [row.gate_passed for row in second.rows] == [False, True, True, True]
    assert second.digest != first.digest


@pytest.mark.slow
def test_other_models_or_seeds_are_run_again(tmp_path: Path, suite: Path, settings: Settings) -> None:
    out = tmp_path / "out"
    run(str(suite), settings, out=out)
    assert settings.profiles_dir is not None
    (settings.profiles_dir / "own.yaml").write_text(PROFILE.replace("cannot tell", "no"))
    run(str(suite), settings, out=out)
    assert len(kept(out)) == 8
    run(str(suite), settings, out=out, how=How(seed=5))
    assert len(kept(out)) == 12
    run(str(suite), settings, out=out, how=How(seed=5, fresh=True))
    assert len(kept(out)) == 4


@pytest.mark.slow
def test_two_processes_give_what_one_gives(suite: Path, settings: Settings) -> None:
    assert run(str(suite), settings, how=How(workers=2)).digest == run(str(suite), settings).digest


def test_repeats_have_seeds_of_their_own_and_tell_pass_at_k(suite: Path, settings: Settings) -> None:
    result = run(str(suite), settings, how=How(Selection(names=("told_0",)), repeats=2, seed=7))
    assert [(row.place, row.seed) for row in result.rows] == [
        ("told_0 main", 7), ("told_0 main 2", 8), ("told_0 twin", 7), ("told_0 twin 2", 8),
    ]  # fmt: skip
    assert [(one.k, one.value, one.variants) for one in result.reliability] == [(1, 1.0, 2), (2, 1.0, 2)]


def test_scenarios_are_selected_by_name_number_and_tag(suite: Path, settings: Settings) -> None:
    def named(**chosen: tuple[str, ...]) -> list[str]:
        return [row.place for row in run(str(suite), settings, how=How(Selection(**chosen))).rows]

    assert named(names=("told_1",)) == ["told_1 main", "told_1 twin"]
    assert named(names=("900",)) == ["told_0 main", "told_0 twin"]
    assert named(tags=("odd",)) == ["told_1 main", "told_1 twin"]
    with pytest.raises(UsageError, match="its tags are: critical, odd"):
        named(tags=("elephants",))


def test_results_say_what_was_asked_and_what_was_seen(tmp_path: Path, suite: Path, settings: Settings) -> None:
    out = tmp_path / "out"
    run(str(suite), settings, out=out)
    read = EvalResult.model_validate_json((out / "results.json").read_text())
    assert read.spec.scenarios["told_0"]["purpose"] == "A pneumothorax is told."
    assert {"overread", "source", "python", "pydantic"} <= set(read.versions)
    assert all(model.weights_digest for model in read.profiles[0].models)
    observed = read.rows[0].observed
    assert observed is not None
    known = {item.id for item in observed.evidence}
    assert observed.sentences
    assert all(set(sentence.citations) <= known for sentence in observed.sentences)
    assert any(told.kind == "alert" and told.name == "Pneumothorax" for told in observed.told)
    assert read.digested().digest == read.digest


def test_a_scorer_of_ones_own_is_a_file(tmp_path: Path, suite: Path, settings: Settings) -> None:
    path = tmp_path / "brief.py"
    path.write_text(OWN_SCORER)
    result = run(str(suite), settings, how=How(Selection(names=("told_0",)), scorers=(str(path),)))
    (score,) = [score for score in result.rows[0].scores if score.scorer == str(path)]
    assert (score.dimension, score.kind, score.passed) == ("length", "score", False)
    assert result.gates_passed  # a score that fails fails no gate
    with pytest.raises(PluginError, match="no file"):
        run(str(suite), settings, how=How(scorers=("gone.py",)))


OWN_SCORER = '''
"""Drafts are brief."""
from overread.evals.scorers._score import Score


class Brief:
    dimension = "length"
    kind = "score"

    def score(self, expect, run):
        count = len(run.file.draft.statements) if run.file and run.file.draft else 0
        return Score(count <= 1, f"{count} sentences")


def build(settings):
    return Brief()
'''
