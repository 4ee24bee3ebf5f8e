"""Metrics that a language model judges: a scripted judge that is fit, and ones that are not."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from overread.backends.scripted import ScriptedChat, Turns
from overread.evals._report_errors import ERRORS
from overread.evals.metrics._fitness import FAITHFUL, known_pairs
from overread.evals.metrics._loading import load
from overread.evals.metrics._metric import Given, NotScored, Pair
from overread.evals.metrics._scoring import run
from overread.evals.metrics.crimson import signed
from overread.settings import ModelSpec, load_settings
from overread.testing.model_server import ModelServer

SETTINGS = load_settings(profile="scripted")
NONE = {"significant": 0, "insignificant": 0}


def counts(matched: int, **wrong: int) -> dict[str, Any]:
    errors = {kind: {**NONE, "significant": wrong.get(kind, 0)} for kind in ERRORS}
    return {"matched": matched, **errors}


def fit_counts() -> list[dict[str, Any]]:
    """Give what a judge that is right says to the pairs with a known answer."""
    return [counts(3) if one.change in FAITHFUL else counts(2, missing_finding=1) for one in known_pairs()]


def judged(name: str, script: Any, pairs: list[Pair], turns: Turns | None = None) -> Any:
    judge = ScriptedChat(script, turns=turns)
    return load([name], Given(SETTINGS, judge=lambda: judge), {})[0].measure(pairs)


PAIRS = [Pair("1", "1", "Left effusion.", "Left effusion."), Pair("2", "2", "Left effusion.", "Right effusion.")]


def test_a_judge_that_is_fit_gives_figures_with_its_own_identity() -> None:
    (found,) = judged("green", [*fit_counts(), counts(1), counts(1, wrong_location=1)], PAIRS)
    assert found.samples == (1.0, 0.5)
    assert found.figure(np.ones(2)) == 0.75
    assert "judge_errors@v1#" in found.identity


@pytest.mark.parametrize("change", ["negation_flipped", "side_flipped", "finding_omitted", "paraphrase", "identical"])
def test_a_judge_that_gets_one_kind_of_known_pair_wrong_scores_nothing(change: str) -> None:
    turned = [
        (counts(3) if one.change not in FAITHFUL else counts(1, missing_finding=2)) if one.change == change else right
        for one, right in zip(known_pairs(), fit_counts(), strict=True)
    ]
    found = judged("green", [*turned, counts(1), counts(1)], PAIRS)
    assert isinstance(found, NotScored)
    assert found.why.startswith("judge not fit: 3 of 15")
    assert change.replace("_", " ") in found.why


def test_a_judge_that_always_says_the_same_is_not_fit() -> None:
    for always in (counts(3), counts(0, false_finding=1), counts(0)):
        assert isinstance(judged("green", {"": always}, PAIRS), NotScored)


def test_a_failed_answer_is_an_error_and_never_a_wrong_report() -> None:
    (found,) = judged("green", [*fit_counts(), counts(1), {"matched": "many"}], PAIRS)
    assert found.samples == (1.0, None)
    assert (found.unscored, found.errors) == (1, 1)
    assert found.figure(np.ones(2)) == 1.0


def test_a_judge_that_cannot_be_reached_is_not_fit_and_says_so() -> None:
    found = judged("green", fit_counts(), PAIRS, Turns(fault="unavailable"))
    assert isinstance(found, NotScored)
    assert "not reachable" in found.why


def test_entailment_is_asked_both_ways() -> None:
    script: list[Any] = []
    for one in known_pairs():
        said, truth = (text.count(".") for text in (one.pair.candidate, one.pair.reference))
        wrong = one.change not in FAITHFUL
        omitted = one.change == "finding_omitted"
        script.append({"verdicts": [not wrong or omitted, *[True] * (said - 1)]})
        script.append({"verdicts": [not wrong, *[True] * (truth - 1)]})
    script += [{"verdicts": [True, False]}, {"verdicts": [True]}]
    pair = Pair("1", "1", "Left effusion.", "Left effusion. Pneumothorax.")
    found = {one.name: one.samples[0] for one in judged("radfact", script, [pair])}
    assert found == {
        "RadFact-like precision": 0.5, "RadFact-like recall": 1.0, "RadFact-like F1": pytest.approx(2 / 3),
    }  # fmt: skip


def listed(said: Mapping[str, str], *false: str) -> dict[str, Any]:
    findings = [{"finding": "f", "weight": weight, "said": state} for weight, state in said.items()]
    return {"findings": findings, "false_findings": [{"finding": "f", "weight": weight} for weight in false]}


def test_the_signed_score_weighs_findings_and_goes_below_0_for_false_ones() -> None:
    assert signed(listed({})) == 1.0
    assert signed(listed({"urgent": "full", "minor": "full"})) == 1.0
    assert signed(listed({"urgent": "missing", "minor": "full"})) == pytest.approx(0.2)
    assert signed(listed({"urgent": "partial"})) == pytest.approx(1 / 1.5)
    assert signed(listed({"actionable": "full"}, "actionable")) == 0.0
    assert signed(listed({"actionable": "full"}, "urgent", "urgent")) == pytest.approx(-1.5 / 2.5)
    assert signed(listed({}, "benign")) == 1.0
    assert signed(listed({}, "urgent")) == -0.5


def test_a_judge_behind_a_server_of_the_openai_kind(tmp_path) -> None:
    for name, text in (("r", "Left effusion."), ("c", "Right effusion.")):
        (tmp_path / f"{name}.csv").write_text(f"id,text\n1,{text}\n")
    found = [listed({"urgent": "full" if one.change in FAITHFUL else "missing"}) for one in known_pairs()]
    by_words = {
        f"{one.pair.reference}\n</reference>\n<candidate>\n{one.pair.candidate}\n": said
        for one, said in zip(known_pairs(), found, strict=True)
    }
    judge = ScriptedChat({**by_words, "": listed({"urgent": "partial"})})
    with ModelServer(chat=judge) as server:
        spec = ModelSpec(
            backend="vllm", model="judge-7b", url=server.url, parameters={"task": "chat", "weights_digest": "unstated"}
        )
        result = run(tmp_path / "r.csv", tmp_path / "c.csv", SETTINGS, ["crimson"], judge=spec)
    assert [(figure.name, figure.value) for figure in result.figures] == [("CRIMSON-like", 0.6667)]
    assert "judge-7b" in result.figures[0].identity
