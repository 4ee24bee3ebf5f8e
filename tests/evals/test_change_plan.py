"""Change plans: what is accepted, and each thing that is refused with its reason. Scores are drawn here."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from overread.errors import UsageError
from overread.evals.change_plan.judge import Judgement, judge
from overread.evals.change_plan.plan import load_plan
from overread.settings import load_settings

SETTINGS = load_settings(profile="scripted")
COUNT = 400
RNG = np.random.default_rng(5)
TRUTH = RNG.random(COUNT) < 0.4
NOISE = RNG.normal(size=COUNT)
SEX = np.where(np.arange(COUNT) % 2 == 0, "F", "M")
CRITERION = {"metric": "auroc", "figure": "AUROC", "margin": 0.05}


def chances(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def honest(spread: float) -> np.ndarray:
    """Give the true probabilities of what lies two apart with such a spread of the noise."""
    seen = 2.0 * TRUTH + spread * NOISE
    return chances((2.0 * seen - 2.0) / spread**2 + np.log(0.4 / 0.6))


GOOD = honest(1.0)
FOUR = [{"column": "sex"}, {"column": "age", "edges": [40, 65]}, {"column": "view"}, {"column": "source"}]
GROUPS = {"columns": FOUR, "criterion": CRITERION | {"margin": 0.08}}


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def scores(path: Path, values: np.ndarray) -> None:
    write(path, [{"id": str(n), "score": float(value)} for n, value in enumerate(values)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    references = [
        {
            "id": str(n), "truth": int(truth), "patient": f"test {n}", "pixels": f"{n:064x}", "sex": str(SEX[n]),
            "age": 20 + n % 60, "view": "PA" if n % 3 else "AP", "source": "here",
        }
        for n, truth in enumerate(TRUTH)
    ]  # fmt: skip
    write(tmp_path / "test.jsonl", references)
    write(tmp_path / "train.jsonl", [{"id": str(n), "patient": f"train {n}", "pixels": f"t{n}"} for n in range(50)])
    scores(tmp_path / "current.jsonl", GOOD)
    scores(tmp_path / "proposed.jsonl", honest(0.9))
    plan(tmp_path)
    return tmp_path


def plan(folder: Path, **changed: Any) -> Path:
    content = {
        "name": "new heads",
        "change": "weights",
        "references": "test.jsonl",
        "current": "current.jsonl",
        "proposed": "proposed.jsonl",
        "train": "train.jsonl",
        "ledger": "ledger.jsonl",
        "looks": 2,
        "metrics": [CRITERION],
        "calibration": {"metric": "calibration", "figure": "ECE", "margin": 0.05},
        "subgroups": {
            "columns": [
                {"column": "sex"},
                {"column": "age", "edges": [40, 65]},
                {"column": "view"},
                {"column": "source"},
            ],
            "criterion": CRITERION | {"margin": 0.08},
        },
    }
    (folder / "plan.yaml").write_text(yaml.safe_dump(content | changed))
    return folder / "plan.yaml"


def judged(folder: Path, **changed: Any) -> Judgement:
    return judge(load_plan(plan(folder, **changed)), SETTINGS)


def kinds(folder: Path) -> list[str]:
    return [json.loads(line)["kind"] for line in (folder / "ledger.jsonl").read_text().splitlines()]


def test_what_is_no_worse_anywhere_is_accepted_and_the_look_is_written_down(folder: Path) -> None:
    found = judged(folder, subgroups=GROUPS)
    assert (found.verdict, found.reasons, found.look) == ("accepted", (), 1)
    assert {check.part for check in found.checks} == {
        "all", "sex F", "sex M", "age below 40", "age 40 to below 65", "age 65 and more", "view AP", "view PA",
        "source here",
    }  # fmt: skip
    assert kinds(folder) == ["look", "verdict"]


def test_a_test_patient_among_the_training_patients_is_refused_without_a_look(folder: Path) -> None:
    write(folder / "train.jsonl", [{"id": "1", "patient": " TEST 7", "pixels": "t"}])
    found = judged(folder)
    assert (found.verdict, found.look, found.checks) == ("outside_plan", None, ())
    assert found.reasons == ("leakage: 1 test items are of patients among the training data: 7",)
    assert kinds(folder) == ["refusal"]


def test_a_test_picture_among_the_training_pictures_is_refused_under_another_patient_too(folder: Path) -> None:
    write(folder / "train.jsonl", [{"id": "1", "patient": "another", "pixels": f"{9:064X}"}])
    (reason,) = judged(folder).reasons
    assert "by the digest of their pixels" in reason
    assert reason.endswith(": 9")


def test_leakage_that_cannot_be_ruled_out_is_refused(folder: Path) -> None:
    write(folder / "train.jsonl", [{"id": "1", "patient": "another"}])
    assert judged(folder).reasons == ("leakage cannot be ruled out: not every row of train.jsonl has 'pixels'",)


def test_harm_to_one_group_is_refused_though_all_together_pass(folder: Path) -> None:
    better = chances(4.0 * TRUTH - 2.0 + NOISE)
    harmed = np.where(np.arange(COUNT) % 60 >= 45, chances(0.2 * TRUTH + NOISE), better)  # the oldest
    scores(folder / "proposed.jsonl", harmed)
    found = judged(folder, subgroups=GROUPS, calibration={"metric": "calibration", "figure": "ECE", "margin": 1.0})
    told = {check.part: check.outcome for check in found.checks if check.figure == "AUROC"}
    assert told["all"] == "passed"
    assert told["age 65 and more"] == "failed"
    assert found.verdict == "refused"
    assert found.reasons[0].startswith("AUROC of age 65 and more is worse: -")


def test_worse_calibration_is_refused_though_the_ranking_is_the_same(folder: Path) -> None:
    scores(folder / "proposed.jsonl", GOOD**3)
    found = judged(folder)
    assert [reason.split(":")[0] for reason in found.reasons] == ["ECE of all is worse"]


def test_one_look_too_many_is_refused_and_the_same_files_take_no_further_look(folder: Path) -> None:
    assert judged(folder).look == 1
    assert judged(folder).look == 1
    scores(folder / "proposed.jsonl", honest(0.8))
    assert judged(folder).look == 2
    scores(folder / "proposed.jsonl", honest(0.7))
    found = judged(folder)
    assert (found.verdict, found.look, found.checks) == ("outside_plan", None, ())
    assert found.reasons == ("no look is left: the plan allows 2 at the test set, and 2 were taken",)


def test_the_rules_and_the_test_set_stay_as_they_were_at_the_first_look(folder: Path) -> None:
    judged(folder)
    for changed in ({"looks": 9}, {"metrics": [CRITERION | {"margin": 0.5}]}):
        assert "were changed after the first look" in judged(folder, **changed).reasons[0]
    assert judged(folder, name="another change").verdict == "accepted"
    rows = (folder / "test.jsonl").read_text().splitlines()
    (folder / "test.jsonl").write_text("\n".join(rows[:-1]))
    assert "another test set" in judged(folder).reasons[0]


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_ledger_that_was_altered_is_refused(folder: Path, line: int) -> None:
    judged(folder)
    judged(folder, name="again")
    path = folder / "ledger.jsonl"
    lines = path.read_text().splitlines()
    whole = [*lines]
    lines[line] = lines[line].replace("new heads", "old heads").replace("again", "once")
    path.write_text("\n".join(lines[:-1] if line == 2 else lines) + "\n")
    if line == 2:  # cut off at the end: the chain holds, the head is another
        assert judged(folder).verdict == "accepted"
        return
    with pytest.raises(UsageError, match="the ledger was altered"):
        judged(folder)
    path.write_text("\n".join(whole[1:]) + "\n")
    with pytest.raises(UsageError, match="line 1: the ledger was altered"):
        judged(folder)


def test_what_the_proposed_does_not_answer_is_refused_and_not_left_out(folder: Path) -> None:
    rows = (folder / "proposed.jsonl").read_text().splitlines()
    (folder / "proposed.jsonl").write_text("\n".join(rows[10:]))
    found = judged(folder)
    assert (found.verdict, found.look) == ("refused", None)
    assert found.reasons == ("the proposed gives nothing for 10 items that the current answers",)


def test_better_must_be_shown_where_the_plan_says_so(folder: Path) -> None:
    scores(folder / "proposed.jsonl", GOOD)
    found = judged(folder, metrics=[CRITERION | {"superior": True}])
    assert "is not shown to be good enough: +0.000" in found.reasons[0]


def test_groups_that_are_too_small_are_told_or_refused_as_the_plan_says(folder: Path) -> None:
    groups = {"columns": [{"column": "age", "edges": [21]}], "criterion": CRITERION}
    found = judged(folder, subgroups=groups)
    assert (found.verdict, found.told) == ("accepted", ("AUROC of age below 21: too few patients (7)",))
    (folder / "ledger.jsonl").unlink()
    assert judged(folder, subgroups=groups | {"too_few": "refuse"}).verdict == "refused"


def test_a_plan_that_does_not_fit_its_files_takes_no_look(folder: Path) -> None:
    for changed, match in (
        ({"metrics": [CRITERION | {"figure": "AUC"}]}, "gives no figure 'AUC' here; it gives: AUROC"),
        ({"metrics": [{"metric": "dice", "figure": "Dice", "margin": 0}]}, "dice compares mask"),
        ({"calibration": None}, "must say under 'calibration'"),
        ({"subgroups": {"columns": [{"column": "weight"}], "criterion": CRITERION}}, "no column 'weight'"),
        ({"train": None}, "a change of weights names 'train'"),
        ({"metrics": []}, r"plan\.yaml: metrics"),
        ({"proposed": "nothing.jsonl"}, r"nothing\.jsonl, which the plan names, is not there"),
    ):
        with pytest.raises(UsageError, match=match):
            judged(folder, **changed)
    assert not (folder / "ledger.jsonl").exists()


def test_a_change_of_a_prompt_is_judged_on_texts_and_needs_no_training_list(folder: Path) -> None:
    texts = ["Left effusion.", "Clear lungs. No effusion.", "Large heart.", "Pneumothorax on the right."]
    rows = [{"id": str(n), "patient": str(n), "text": texts[n % 4], "sex": "F"} for n in range(80)]
    write(folder / "test.jsonl", rows)
    for name, wrong in (("current", 5), ("proposed", 40)):
        write(folder / f"{name}.jsonl", [row | {"text": "Clear."} if n < wrong else row for n, row in enumerate(rows)])
    labels = {"metric": "chexpert_f1", "figure": "CheXpert-style micro F1-14", "margin": 0.05}
    groups = {"columns": [{"column": "sex"}], "criterion": labels}
    found = judged(folder, change="prompt", train=None, metrics=[labels], calibration=None, subgroups=groups)
    assert found.verdict == "refused"
    assert found.reasons[0].startswith("CheXpert-style micro F1-14 of all is worse")
