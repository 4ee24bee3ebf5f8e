"""Metrics of report text, on texts written here whose figures are known or computed by the libraries themselves."""

import json
from pathlib import Path

import numpy as np
import pytest

from overread.errors import UsageError
from overread.evals.metrics._loading import load, parse_options
from overread.evals.metrics._metric import Given, Measured, NotScored, Pair
from overread.evals.metrics._scoring import run, score
from overread.settings import load_settings
from tests.needs import require

SETTINGS = load_settings(profile="scripted")
REFERENCES = (
    "The heart is enlarged. There is a small left pleural effusion. No pneumothorax.",
    "Lungs are clear. No effusion. Heart size is normal.",
    "Increased right basilar opacity, possible pneumonia. Stable cardiomegaly.",
    "There is no acute cardiopulmonary abnormality in this patient.",
)
CANDIDATES = (
    "Cardiomegaly with left effusion. No pneumothorax.",
    "Lungs are clear. No effusion. Heart size is normal.",
    "Worsening left basilar opacity. Heart size is normal.",
    "There is an acute abnormality.",
)


def pairs(references=REFERENCES, candidates=CANDIDATES) -> list[Pair]:
    return [
        Pair(str(number), f"patient {number // 2}", *both)
        for number, both in enumerate(zip(references, candidates, strict=True))
    ]


def measured(name: str, own: list[Pair] | None = None, **options: str) -> dict[str, Measured]:
    metric = load([name], Given(SETTINGS), {name: options} if options else {})[0]
    assert metric.missing() is None
    found = metric.measure(own or pairs())
    assert not isinstance(found, NotScored)
    return {one.name: one for one in found}


def value(one: Measured, count: int = 4) -> float:
    return one.figure(np.ones(count))


def test_bleu_of_all_is_that_of_sacrebleu_and_of_the_summed_counts_not_the_mean() -> None:
    require("metrics")
    from sacrebleu.metrics import BLEU

    found = measured("bleu")
    for order in (1, 2, 3, 4):
        own = BLEU(lowercase=True, max_ngram_order=order).corpus_score(list(CANDIDATES), [list(REFERENCES)])
        assert value(found[f"BLEU-{order}"]) == pytest.approx(own.score / 100, abs=1e-9)
    assert "case:lc" in found["BLEU-4"].identity
    assert found["BLEU-4"].samples[1] == pytest.approx(1.0)
    drawn = BLEU(lowercase=True).corpus_score(
        [CANDIDATES[0]] * 2 + [CANDIDATES[3]], [[REFERENCES[0]] * 2 + [REFERENCES[3]]]
    )
    assert found["BLEU-4"].figure(np.asarray([2.0, 0, 0, 1])) == pytest.approx(drawn.score / 100, abs=1e-9)


def test_rouge_and_meteor_stem_are_1_for_the_same_words_and_stems_count() -> None:
    require("metrics")
    found = measured("rouge") | measured("meteor_stem")
    assert [found[f"ROUGE-{kind}"].samples[1] for kind in "12L"] == [1.0, 1.0, 1.0]
    assert found["METEOR-stem"].samples[1] > 0.99
    stems = measured("meteor_stem", pairs(["effusions increasing"], ["effusion increased"]))["METEOR-stem"]
    assert stems.samples[0] > 0.9
    assert "without" not in stems.name
    assert value(found["ROUGE-L"]) == pytest.approx(np.mean(found["ROUGE-L"].samples))


def test_cider_weighs_by_the_references_at_hand_and_has_none_of_one_report() -> None:
    require("coco")
    found = measured("cider")["CIDEr-D"]
    assert found.samples[1] == pytest.approx(10.0)
    assert 0 < value(found) < 10
    assert isinstance(load(["cider"], Given(SETTINGS), {})[0].measure(pairs()[:1]), NotScored)


def test_meteor_runs_its_java_program() -> None:
    require("coco")
    metric = load(["meteor"], Given(SETTINGS), {})[0]
    if metric.missing():
        pytest.skip(f"needs coco ({metric.missing()})")
    found = metric.measure(pairs())[0]
    assert found.samples[1] == pytest.approx(1.0)
    assert found.samples[1] > found.samples[2]


def test_labels_keep_uncertain_apart_and_a_label_that_is_nowhere_has_no_f1() -> None:
    found = measured("chexpert_f1")
    assert found["CheXpert-style micro F1-5"].samples[1] is None  # nothing is there on either side
    apart, together = measured("chexpert_f1", uncertain="absent"), measured("chexpert_f1", uncertain="present")
    name = "CheXpert-style micro F1-14"
    assert value(apart[name]) > value(together[name])  # the possible pneumonia counts as missed
    same = measured("chexpert_f1", pairs(REFERENCES, REFERENCES))
    assert value(same["CheXpert-style macro F1-14"]) == 1.0
    assert value(same["CheXpert-style three-valued agreement"]) == 1.0
    unsure = pairs(["Possible pneumonia."], ["Pneumonia."])
    assert measured("chexpert_f1", unsure)["CheXpert-style three-valued agreement"].samples[0] < 1.0
    with pytest.raises(UsageError, match="absent, present, left_out"):
        measured("chexpert_f1", uncertain="maybe")


def test_temporal_f1_is_of_words_of_change() -> None:
    own = pairs(["Effusion has increased, heart stable.", "Clear lungs."], ["Increased effusion.", "New opacity."])
    found = measured("temporal_f1", own)
    assert found["Temporal F1"].samples == (pytest.approx(2 / 3), 0.0)
    assert found["Temporal F1, references that compare"].samples == (pytest.approx(2 / 3), None)


def test_radgraph_is_scored_from_annotations_and_one_without_is_unscored(tmp_path: Path) -> None:
    def annotation(side: str) -> dict:
        return {
            "entities": {
                "1": {"tokens": "effusion", "label": "OBS-DP", "relations": [["located_at", "2"]]},
                "2": {"tokens": side, "label": "ANAT-DP", "relations": []},
            }
        }

    (tmp_path / "r.json").write_text(json.dumps({"0": annotation("left"), "1": annotation("left")}))
    (tmp_path / "c.json").write_text(json.dumps({"0": annotation("left"), "1": annotation("right")}))
    files = {"references": str(tmp_path / "r.json"), "candidates": str(tmp_path / "c.json")}
    found = measured("radgraph_f1", **files)
    assert found["RadGraph F1, simple"].samples == (1.0, 0.5, None, None)
    assert found["RadGraph F1, complete"].samples == (1.0, 0.0, None, None)
    assert found["RadGraph F1, simple"].unscored == 2
    assert value(found["RadGraph F1, simple"]) == 0.75
    (tmp_path / "c.json").write_text("{")
    with pytest.raises(UsageError, match="no JSON of RadGraph"):
        measured("radgraph_f1", **files)


def tables(folder: Path, candidates=CANDIDATES) -> tuple[Path, Path]:
    for name, texts in (("r.jsonl", REFERENCES), ("c.jsonl", candidates)):
        rows = [{"id": str(n), "cluster": f"p{n // 2}", "text": text} for n, text in enumerate(texts)]
        (folder / name).write_text("\n".join(map(json.dumps, rows)))
    return folder / "r.jsonl", folder / "c.jsonl"


def test_what_has_no_candidate_is_counted_and_in_no_figure(tmp_path: Path) -> None:
    whole = run(*tables(tmp_path), SETTINGS, ["chexpert_f1"])
    part = run(*tables(tmp_path, (*CANDIDATES[:3], "")), SETTINGS, ["chexpert_f1"])
    assert (whole.missing, part.missing) == ((), ("3",))
    assert [figure.pairs for figure in part.figures if figure.name.endswith("agreement")] == [3]
    assert all(figure.low <= figure.value <= figure.high for figure in whole.figures)
    assert {figure.clusters for figure in whole.figures} == {2}


def test_what_cannot_be_computed_here_is_told_with_the_reason_unless_it_was_asked_for(tmp_path: Path) -> None:
    told = {one.metric: one.why for one in run(*tables(tmp_path), SETTINGS).not_scored}
    assert {"bertscore", "chexbert_f1", "radgraph_f1", "radfact", "green", "crimson"} <= told.keys()
    assert "none is downloaded" in told["bertscore"]
    with pytest.raises(UsageError, match=r"bertscore needs -o bertscore\.model=DIR"):
        run(*tables(tmp_path), SETTINGS, ["bertscore"])


def test_options_are_those_of_a_metric_that_is_asked_for(tmp_path: Path) -> None:
    assert parse_options(["bertscore.model=a=b"]) == {"bertscore": {"model": "a=b"}}
    with pytest.raises(UsageError, match=r"METRIC\.OPTION=VALUE"):
        parse_options(["model=a"])
    with pytest.raises(UsageError, match="no option 'wrong'; it has: uncertain"):
        run(*tables(tmp_path), SETTINGS, ["chexpert_f1"], {"chexpert_f1": {"wrong": "1"}})
    with pytest.raises(UsageError, match="not among those"):
        run(*tables(tmp_path), SETTINGS, ["chexpert_f1"], {"bertscore": {"model": "x"}})


OWN = '''
"""The share of references that are repeated word by word."""
from overread.evals.metrics._metric import MetricCard, averaged

CARD = MetricCard(name="same", title="same", kind="text", better="higher", source="here")

class Same:
    card = CARD
    def missing(self): return None
    def measure(self, pairs): return [averaged("same", [float(p.reference == p.candidate) for p in pairs], "1")]

def build(given): return Same()
'''


def test_a_metric_of_ones_own_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "same.py").write_text(OWN)
    result = run(*tables(tmp_path), SETTINGS, [str(tmp_path / "same.py")])
    assert [(figure.name, figure.value) for figure in result.figures] == [("same", 0.25)]
    assert [pair.scores["same"] for pair in result.pairs] == [0.0, 1.0, 0.0, 0.0]


def test_intervals_are_over_clusters() -> None:
    same = [Pair(str(n), "one patient", "Effusion.", "Effusion." if n % 2 else "Clear.") for n in range(10)]
    metric = load(["temporal_f1", "chexpert_f1"], Given(SETTINGS), {})[1:]
    figure = score(metric, {"text": same}).figures[0]
    assert figure.low == figure.value == figure.high  # one patient: nothing to draw
