"""Voices are compared on the same items: McNemar's exact test, and intervals of the difference over clusters."""

import numpy as np
import pytest
from scipy.stats import binom

from overread.evals._paired import mcnemar, paired_rights
from overread.evals._ranking import auroc
from overread.evals.answering._replies import Control
from overread.evals.answering._result import Said, Sample, Voice
from overread.evals.comparing._benchmarks import compared_voices
from overread.evals.comparing._suites import compared_profiles
from overread.evals.running._result import EvalRow, ScoreRow
from overread.evals.running._summarising import dimension_rates


def voice(profile: str, control: Control = "as_is", system: str = "model") -> Voice:
    return Voice.model_validate({"profile": profile, "system": system, "control": control, "identity": profile})


def said(who: Voice, right: bool | None, scores: dict[str, float] | None = None) -> Said:
    fate = "skipped" if right is None and not scores else "answered"
    return Said(voice=who.name, fate=fate, said="x", read="x", right=right, words=None, why=None, scores=scores or {})


def sample(number: int, cluster: str, *replies: Said, labels: dict[str, bool] | None = None) -> Sample:
    return Sample(
        id=str(number), cluster=cluster, kind="yes_no", in_scope=None, task=None, question="?", truth="yes",
        labels=labels or {}, said=replies,
    )  # fmt: skip


def test_mcnemar_is_exact_and_two_sided() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(1, 9) == pytest.approx(2 * binom.cdf(1, 10, 0.5))
    assert mcnemar(5, 5) == 1.0


def test_the_interval_of_a_difference_is_paired_and_over_clusters() -> None:
    noisy = [number % 2 == 0 for number in range(200)]
    better = [right or number % 10 == 1 for number, right in enumerate(noisy)]
    alone = paired_rights("a", "b", "closed", noisy, better, [str(number) for number in range(200)])
    assert alone.difference == 0.1
    assert (alone.only_first, alone.only_second) == (0, 20)
    assert 0.05 < alone.low < 0.1 < alone.high < 0.15  # unpaired it would reach below nothing
    clustered = paired_rights("a", "b", "closed", noisy, better, [str(number % 10) for number in range(200)])
    assert clustered.low == 0.0  # the twenty are one cluster
    assert clustered.clusters == 10


def test_only_items_that_both_were_shown_are_compared_and_only_voices_that_differ_in_one_thing() -> None:
    one, two, three = voice("one"), voice("two"), voice("two", "no_picture")
    samples = [
        sample(number, str(number), said(one, True), said(two, None if number < 5 else False), said(three, True))
        for number in range(20)
    ]
    found = {(pair.first, pair.second): pair for pair in compared_voices((one, two, three), samples)}
    assert set(found) == {("one model", "two model"), ("two model", "two model, no_picture")}
    assert found["one model", "two model"].items == 15
    assert found["one model", "two model"].difference == -1.0


def test_a_classifiers_auroc_is_compared_on_the_films_that_both_spoke_of() -> None:
    one, two = voice("one", system="classification"), voice("two", system="classification")
    rng = np.random.default_rng(0)
    samples, truths, scores = [], [], []
    for number in range(60):
        truth = bool(number % 2)
        a, b = rng.normal(truth * 0.5), rng.normal(truth * 2)
        truths.append(truth)
        scores.append((a, b))
        replies = said(one, None, {"Edema": a}), said(two, None, {"Edema": b})
        samples.append(sample(number, str(number), *replies, labels={"Edema": truth}))
    (pair,) = compared_voices((one, two), samples)
    wanted = auroc(np.asarray(truths), np.asarray(scores)[:, 1]) - auroc(np.asarray(truths), np.asarray(scores)[:, 0])
    assert (pair.part, pair.measure, pair.p) == ("Edema", "AUROC", None)
    assert pair.difference == pytest.approx(wanted, abs=1e-4)
    assert pair.low > 0


def row(profile: str, scenario: str, passed: bool, variant: str = "main") -> EvalRow:
    score = ScoreRow(scorer="alerts", dimension="safety", kind="gate", passed=passed, reason="" if passed else "late")
    return EvalRow.model_validate(
        {"profile": profile, "scenario": scenario, "number": None, "variant": variant, "purpose": "", "seconds": 1.0,
         "gate_passed": passed, "scores": (score,), "reason": ""}
    )  # fmt: skip


def test_profiles_are_compared_by_whole_scenarios() -> None:
    rows = [row("a", str(number), True) for number in range(8)] + [
        row("b", str(number), number > 2) for number in range(8)
    ]
    rows += [row("b", "7", False, "twin"), row("b", "new", True)]
    whole, safety = compared_profiles(("a", "b"), rows)
    assert (whole.part, whole.items, whole.only_first, whole.only_second) == ("scenarios", 8, 4, 0)
    assert whole.p == pytest.approx(0.125)
    assert (safety.part, safety.difference) == ("safety", -0.5)


def test_a_dimension_is_told_for_its_gates_and_its_scores_apart() -> None:
    told = ScoreRow(scorer="words", dimension="safety", kind="score", passed=False, reason="many")
    rows = [row("a", "0", True).model_copy(update={"scores": (*row("a", "0", True).scores, told)})]
    assert {(one.kind, one.passed, one.total) for one in dimension_rates(("a",), rows)} == {
        ("gate", 1, 1), ("score", 0, 1),
    }  # fmt: skip
