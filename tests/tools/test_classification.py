"""A label is scored by its head, else by measured prompts, else not at all."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from overread.backends.scripted import ScriptedEmbedding
from overread.ports import BackendCard, Tool
from overread.records import Measurement, Score
from overread.settings import Settings
from overread.testing.doubles import make_picture, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools.classification import build

CENTRE = ScriptedEmbedding().embed_pictures([make_picture()])[0]


def write_model(folder: Path, *, heads: bool = True, prompts: bool = True) -> BackendCard:
    (folder / "config.json").write_text("{}")
    if heads:
        described = {
            "schema": 1,
            "labels": [
                {"name": "Edema", "row": 1, "threshold": 0.4, "abstain": [0.3, 0.6]},
                {"name": "Fracture", "row": 0, "threshold": 0.5, "abstain": None},
                {"name": "Pneumothorax", "row": 0, "threshold": 0.0, "abstain": [0.0, 0.0]},
            ],
            "not_trained": ["Tuberculosis"],
            "view": {"classes": ["PA", "AP", "LATERAL"], "abstain_below": 0.6},
        }
        (folder / "heads.json").write_text(json.dumps(described))
        arrays = {
            "label_weight": np.stack([-CENTRE, CENTRE]),
            "label_bias": np.zeros(2, np.float32),
            "view_weight": np.stack([CENTRE, 0 * CENTRE, -CENTRE]),
            "view_bias": np.zeros(3, np.float32),
        }
        save_file(arrays, folder / "heads.safetensors")
    if prompts:
        pair = {"positive": ["shown", "seen"], "negative": ["not shown"], "slope": 0.5, "intercept": 0.1}
        labels = {"Edema": pair, "COVID-19": pair, "Pneumonia": pair, "Atelectasis": {**pair, "slope": 0.0}}
        measured = {label: {"auroc": 0.7, "positive": 50, "negative": 50} for label in ("COVID-19", "Atelectasis")}
        (folder / "card.json").write_text(json.dumps({"trust": {"classification.zero_shot": measured}}))
        (folder / "prompts.json").write_text(json.dumps({"schema": 1, "logit_scale": 10.0, "labels": labels}))
    return BackendCard("scripted", str(folder), "d1", "embedding")


def tool(folder: Path, *, heads: bool = True, prompts: bool = True) -> Tool:
    model = ScriptedEmbedding({"shown": CENTRE.tolist(), "seen": CENTRE.tolist(), "not shown": (-CENTRE).tolist()})
    model.card = write_model(folder, heads=heads, prompts=prompts)
    return build(make_parts(classification=model))


def scores(built: Tool, *, synthetic: bool = True) -> dict[str, Score]:
    work = make_work()
    work = replace(work, study=work.study.model_copy(update={"synthetic": synthetic}))
    return {item.payload.label: item.payload for item in built.run(work) if isinstance(item.payload, Score)}


def test_a_head_gives_its_calibrated_probability_and_operating_point(tmp_path: Path) -> None:
    edema = scores(tool(tmp_path))["Edema"]
    assert edema.probability == pytest.approx(1 / (1 + np.exp(-1.0)), abs=1e-4)
    assert (edema.threshold, edema.band, edema.calibrated, edema.method) == (0.4, (0.3, 0.6), True, "head")


def test_a_label_without_a_head_is_scored_by_measured_prompts_only(tmp_path: Path) -> None:
    told = scores(tool(tmp_path))
    assert set(told) == {"Edema", "Fracture", "COVID-19"}
    assert told["COVID-19"].method == "zero_shot"
    assert not told["COVID-19"].calibrated
    # margin = 10 * (1 - -1) = 20
    assert told["COVID-19"].probability == pytest.approx(1 / (1 + np.exp(-(0.5 * 20 + 0.1))), abs=1e-4)


def test_a_head_that_calls_every_picture_the_same_gives_no_score(tmp_path: Path) -> None:
    assert "Pneumothorax" not in scores(tool(tmp_path))


@pytest.mark.parametrize(("synthetic", "scored"), [(False, False), (True, True)])
def test_a_head_that_fires_on_normal_films_scores_phantoms_only(tmp_path: Path, synthetic: bool, scored: bool) -> None:
    built = tool(tmp_path)
    described = json.loads((tmp_path / "heads.json").read_text())
    described["labels"][1]["silent_on_real_films"] = True
    (tmp_path / "heads.json").write_text(json.dumps(described))
    labels = scores(built, synthetic=synthetic)
    assert ("Fracture" in labels) is scored
    assert "Edema" in labels


def test_a_silent_head_that_was_measured_on_own_films_speaks(tmp_path: Path) -> None:
    weights, home = tmp_path / "weights", tmp_path / "home"
    (home / "catalogue" / "mine").mkdir(parents=True)
    weights.mkdir()
    model = ScriptedEmbedding()
    model.card = write_model(weights, prompts=False)
    described = json.loads((weights / "heads.json").read_text())
    described["labels"][1]["silent_on_real_films"] = True
    (weights / "heads.json").write_text(json.dumps(described))
    built = build(make_parts(classification=model, settings=Settings(home=home)))
    assert "Fracture" not in scores(built, synthetic=False)
    figures = {"auroc": 0.8, "positive": 40, "negative": 60}
    card = {"weights_digest": model.card.weights_digest, "trust": {"classification": {"Fracture": figures}}}
    (home / "catalogue" / "mine" / "card.json").write_text(json.dumps(card))
    assert "Fracture" in scores(built, synthetic=False)


def test_the_card_lists_the_labels_that_can_be_scored(tmp_path: Path) -> None:
    assert tool(tmp_path).card.labels == ("Edema", "Fracture", "COVID-19")
    assert tool(tmp_path).card.weights_digest == "d1"


def test_a_model_without_heads_and_prompts_scores_nothing(tmp_path: Path) -> None:
    assert list(tool(tmp_path, heads=False, prompts=False).run(make_work())) == []


def test_the_view_head_gives_a_probability_for_each_view(tmp_path: Path) -> None:
    evidence = tool(tmp_path).run(make_work())
    views = {item.payload.name: item for item in evidence if isinstance(item.payload, Measurement)}
    assert set(views) == {"view_pa_probability", "view_ap_probability", "view_lateral_probability"}
    shares = [item.payload.value for item in views.values() if isinstance(item.payload, Measurement)]
    assert sum(shares) == pytest.approx(1, abs=2e-4)  # four digits each
    assert views["view_pa_probability"].provenance.parameters["abstain_below"] == 0.6
