"""Metrics of probabilities, masks, boxes, rankings and points, against values by hand and against scikit-learn's."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overread.errors import UsageError
from overread.evals._calibration import area_under_risk_coverage
from overread.evals.metrics._loading import load
from overread.evals.metrics._metric import Given, Measured, NotScored, Pair
from overread.evals.metrics._page import write_page
from overread.evals.metrics._scoring import run
from overread.settings import load_settings
from tests.needs import require

SETTINGS = load_settings(profile="scripted")


def measured(name: str, pairs: list[Pair], **options: str) -> dict[str, Measured]:
    found = load([name], Given(SETTINGS), {name: options} if options else {})[0].measure(pairs)
    assert not isinstance(found, NotScored)
    return {one.name: one for one in found}


def value(one: Measured) -> float:
    return one.figure(np.ones(4))


def drawn(count: int = 300) -> tuple[np.ndarray, np.ndarray, list[Pair]]:
    rng = np.random.default_rng(3)
    truth = rng.random(count) < 0.3
    score = np.round(np.clip(0.3 * truth + 0.7 * rng.random(count), 0, 1), 2)  # with ties
    return truth, score, [Pair(str(n), str(n // 2), *both) for n, both in enumerate(zip(truth, score, strict=True))]


def test_ranking_figures_are_those_of_scikit_learn_with_weights_too() -> None:
    require("training")
    from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

    truth, score, pairs = drawn()
    weight = np.random.default_rng(0).integers(0, 3, truth.size).astype(float)
    for each in (np.ones(truth.size), weight):
        found = measured("auroc", pairs) | measured("average_precision", pairs) | measured("calibration", pairs)
        assert found["AUROC"].figure(each) == pytest.approx(roc_auc_score(truth, score, sample_weight=each))
        own = average_precision_score(truth, score, sample_weight=each)
        assert found["Average precision"].figure(each) == pytest.approx(own)
        assert found["Brier score"].figure(each) == pytest.approx(brier_score_loss(truth, score, sample_weight=each))


def test_calibration_error_is_small_for_honest_probabilities_and_large_for_bold_ones() -> None:
    rng = np.random.default_rng(1)
    chance = rng.random(4000)
    truth = rng.random(4000) < chance
    honest = [Pair(str(n), str(n), *both) for n, both in enumerate(zip(truth, chance, strict=True))]
    bold = [Pair(p.id, p.cluster, p.reference, float(p.candidate > 0.5)) for p in honest]
    figures = [measured("calibration", pairs)["ECE"].figure(np.ones(4000)) for pairs in (honest, bold)]
    assert figures[0] < 0.03
    assert figures[1] > 0.2
    raw = load(["calibration"], Given(SETTINGS), {})[0].measure([Pair("1", "1", True, 3.2)])
    assert isinstance(raw, NotScored)


def test_risk_falls_as_the_unsure_abstain_and_ties_do_not_depend_on_their_order() -> None:
    wrong, margin = np.array([True, False, False, False]), np.array([0.1, 3.0, 2.0, 1.0])
    assert area_under_risk_coverage(wrong, margin) == pytest.approx((0 + 0 + 0 + 0.25) / 4)
    flat = np.ones(4)
    assert area_under_risk_coverage(wrong, flat) == area_under_risk_coverage(wrong[::-1], flat) == 0.25
    pairs = [Pair(str(n), str(n), truth, score) for n, (truth, score) in enumerate(
        [(True, 0.99), (True, 0.95), (False, 0.02), (False, 0.1), (True, 0.4)])]  # fmt: skip
    found = measured("risk_coverage", pairs)
    assert found["Risk at 80 % coverage"].figure(np.ones(5)) == 0.0
    assert found["AURC"].figure(np.ones(5)) == pytest.approx(0.2 / 5)
    with pytest.raises(UsageError, match="between 0 and 1"):
        measured("risk_coverage", pairs, threshold="2")


def square(at: int, size: int = 10) -> np.ndarray:
    mask = np.zeros((40, 40), np.bool_)
    mask[at : at + size, 5:15] = True
    return mask


def test_masks_that_lie_apart_have_distances_and_an_empty_one_has_none() -> None:
    empty = np.zeros((40, 40), np.bool_)
    pairs = [
        Pair("same", "1", square(5), square(5), 0.5),
        Pair("moved", "2", square(5), square(10), 0.5),
        Pair("missed", "3", square(5), empty),
        Pair("nothing", "4", empty, empty),
    ]
    dice = measured("dice", pairs)
    assert dice["Dice"].samples == (1.0, 0.5, 0.0, None)
    assert dice["IoU of masks"].samples == (1.0, pytest.approx(1 / 3), 0.0, None)
    away = measured("hausdorff", pairs)
    assert away["Hausdorff, pixels"].samples == (0.0, 5.0, None, None)
    assert away["Hausdorff, mm"].samples == (0.0, 2.5, None, None)
    assert away["Hausdorff 95, pixels"].samples[1] <= 5.0
    assert away["Hausdorff, pixels"].unscored == 2
    with pytest.raises(UsageError, match="differ in size"):
        measured("dice", [Pair("1", "1", square(5), square(5)[:20])])


def test_hausdorff_is_that_of_scikit_image() -> None:
    from skimage.metrics import hausdorff_distance

    rng = np.random.default_rng(0)
    blob = rng.random((40, 40)) > 0.9
    left, right = square(5), square(8) | blob
    found = measured("hausdorff", [Pair("1", "1", left, right)])["Hausdorff, pixels"].samples[0]
    assert found == pytest.approx(hausdorff_distance(left & ~eroded(left), right & ~eroded(right)))


def eroded(mask: np.ndarray) -> np.ndarray:
    from skimage.morphology import erosion

    return erosion(mask, np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)).astype(bool)


def boxes(*rows: tuple[float, ...]) -> np.ndarray:
    return np.asarray(rows, float).reshape(len(rows), -1) if rows else np.zeros((0, 5))


def test_boxes_are_matched_once_by_falling_score() -> None:
    pairs = [
        Pair("1", "1", boxes((0, 0, 10, 10), (20, 20, 30, 30)), boxes((0, 0, 10, 10, 0.9), (0, 0, 10, 9, 0.8))),
        Pair("2", "2", np.zeros((0, 4)), boxes((0, 0, 5, 5, 0.95))),
    ]
    found = measured("boxes", pairs)
    # False at .95, right at .9, a second box on the same place is false: precision 1/2 at recall 1/2.
    assert found["AP at IoU .50"].figure(np.ones(2)) == pytest.approx(0.25)
    assert found["AP at IoU .50"].figure(np.asarray([1.0, 0.0])) == pytest.approx(0.5)
    assert found["Best IoU of reference boxes"].samples == (0.5, None)
    assert np.isnan(found["mAP at IoU .50 to .95"].figure(np.asarray([0.0, 1.0])))


def test_recall_and_pointing_leave_out_what_has_nothing_to_find() -> None:
    ranking = [Pair("1", "1", frozenset({"a"}), ["b", "a"]), Pair("2", "2", frozenset(), ["b"])]
    found = measured("recall_at_k", ranking, k="1,2")
    assert (found["Recall@1"].samples, found["Recall@2"].samples) == ((0.0, None), (1.0, None))
    box = np.asarray([[0.0, 0, 10, 10]])
    points = [
        Pair("1", "1", box, np.asarray([5.0, 5])), Pair("2", "2", box, np.asarray([11.0, 5])),
        Pair("3", "3", np.zeros((0, 4)), np.asarray([1.0, 1])),
    ]  # fmt: skip
    assert measured("pointing_game", points)["Pointing game"].samples == (1.0, 0.0, None)


def test_tables_of_each_kind_are_read_and_a_page_with_plots_needs_nothing_else(tmp_path: Path) -> None:
    require("plots")
    truth, score, _ = drawn(60)
    for name in ("a", "b"):
        Image.fromarray(square(5 if name == "a" else 6).astype(np.uint8) * 255).save(tmp_path / f"{name}.png")
    references = [{"id": str(n), "truth": int(one)} for n, one in enumerate(truth)]
    candidates = [{"id": str(n), "score": float(one)} for n, one in enumerate(score)]
    references += [
        {"id": "m", "mask": "a.png", "spacing_mm": 0.5}, {"id": "x", "boxes": [[0, 0, 4, 4]]},
        {"id": "q", "relevant": ["7"]}, {"id": "p", "boxes": [[0, 0, 4, 4]]},
    ]  # fmt: skip
    candidates += [
        {"id": "m", "mask": "b.png"}, {"id": "x", "boxes": [[0, 0, 4, 4, 0.5]]},
        {"id": "q", "ranked": ["1", "7"]}, {"id": "p", "point": [1, 1]},
    ]  # fmt: skip
    for name, rows in (("r.jsonl", references), ("c.jsonl", candidates)):
        (tmp_path / name).write_text("\n".join(map(json.dumps, rows)))
    result = run(tmp_path / "r.jsonl", tmp_path / "c.jsonl", SETTINGS)
    found = {figure.name: figure for figure in result.figures}
    assert {
        "AUROC",
        "AURC",
        "ECE",
        "Dice",
        "Hausdorff 95, mm",
        "Recall@5",
        "Pointing game",
        "AP at IoU .50",
    } <= found.keys()
    assert (found["AUROC"].pairs, found["Dice"].pairs) == (60, 1)
    assert result.not_scored == ()
    write_page(result, tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert page.count("data:image/svg+xml") == 2
    assert "http" not in page.split("<body>")[1]


def test_a_row_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("id,score\n1,0.5\n")
    for text, match in (
        ("id,truth\n1,maybe\n", "the row '1' has the truth 'maybe'"),
        ("id,truth\n1,1\n1,0\n", "row 2: its id is there twice"),
        ("id,truth\n,1\n", "row 1: it has no id"),
        ("id,text\n1,Clear.\n", "no row of the same id with columns"),
    ):
        (tmp_path / "r.csv").write_text(text)
        with pytest.raises(UsageError, match=match):
            run(tmp_path / "r.csv", tmp_path / "c.csv", SETTINGS)
