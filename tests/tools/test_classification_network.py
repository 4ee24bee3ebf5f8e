"""Beside a CLIP a network answers for the labels that it was measured to tell best; a label has one score."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from overread.backends.scripted import ScriptedEmbedding, ScriptedLabels, Turns
from overread.composition import parts_of
from overread.errors import AnswerInvalid, SettingsError, Unavailable
from overread.ports import BackendCard, Capability, Tool, ToolInput
from overread.records import Evidence, Score
from overread.settings import ModelSpec, Profile, Settings
from overread.testing.conformance import check_tool
from overread.testing.doubles import make_picture, make_study, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools.classification import build

HEADED = ("Edema", "Fracture", "Atelectasis")
PAIR = {"positive": ["shown"], "negative": ["not shown"], "slope": 0.5, "intercept": 0.1}
CLIP = {
    "classification": {"Edema": 0.7, "Fracture": 0.9},
    "classification.zero_shot": {"COVID-19": 0.6, "Pneumonia": 0.8, "Edema": 0.95},
}
CHANCES = {
    "Edema": 0.9, "Fracture": 0.8, "Atelectasis": 0.7, "COVID-19": 0.6, "Pneumonia": 0.5, "Cardiomegaly": 0.4,
    "Lung Lesion": 0.3,
}  # fmt: skip
NETWORK = {
    "classification.network": {"Edema": 0.8, "Fracture": 0.8, "Atelectasis": 0.6, "COVID-19": 0.7, "Pneumonia": 0.7}
}
PHANTOM = {"classification.network": {"Cardiomegaly": 0.9, "Fracture": 0.6}}


def write_folder(folder: Path, labels: tuple[str, ...], width: int, **tables: Mapping[str, Any]) -> Path:
    """Write a model's heads and its card; a figure stands for an AUROC on enough studies."""
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    heads = [{"name": label, "row": row, "threshold": 0.4, "abstain": [0.3, 0.45]} for row, label in enumerate(labels)]
    (folder / "heads.json").write_text(json.dumps({"schema": 1, "labels": heads}))
    arrays = {
        "label_weight": np.zeros((len(labels), width), np.float32),
        "label_bias": np.zeros(len(labels), np.float32),
    }
    save_file(arrays, folder / "heads.safetensors")
    card = {
        kind: {
            voter: {label: {"auroc": auroc, "positive": 20, "negative": 20} for label, auroc in figures.items()}
            for voter, figures in voters.items()
        }
        for kind, voters in tables.items()
    }
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def card(folder: Path, capability: Capability) -> BackendCard:
    return BackendCard("scripted", str(folder), f"weights of {folder.name}", capability)


def clip_in(folder: Path) -> ScriptedEmbedding:
    write_folder(folder, HEADED, 64, trust=CLIP)
    prompts = {"schema": 1, "logit_scale": 10.0, "labels": dict.fromkeys(("COVID-19", "Pneumonia"), PAIR)}
    (folder / "prompts.json").write_text(json.dumps(prompts))
    model = ScriptedEmbedding()
    model.card = card(folder, "embedding")
    return model


def network_in(folder: Path, turns: Turns | None = None, chances: Mapping[str, float] = CHANCES) -> ScriptedLabels:
    model = ScriptedLabels(chances, turns=turns)
    model.card = card(write_folder(folder, tuple(CHANCES), 27, trust=NETWORK, trust_phantom=PHANTOM), "labels")
    return model


def tool(folder: Path, turns: Turns | None = None, chances: Mapping[str, float] = CHANCES) -> Tool:
    classifier = network_in(folder / "cnn", turns, chances)
    return build(make_parts(classification=clip_in(folder / "clip"), classifier=classifier))


def work(*, synthetic: bool) -> ToolInput:
    return make_work(study=make_study(pictures=(make_picture(),)).model_copy(update={"synthetic": synthetic}))


def scored(built: Tool, *, synthetic: bool = False) -> dict[str, Evidence]:
    items = [item for item in built.run(work(synthetic=synthetic)) if isinstance(item.payload, Score)]
    by_label = {item.payload.label: item for item in items if isinstance(item.payload, Score)}
    assert len(by_label) == len(items)
    return by_label


def methods(built: Tool, *, synthetic: bool = False) -> dict[str, str]:
    scores = scored(built, synthetic=synthetic)
    return {label: item.payload.method for label, item in scores.items() if isinstance(item.payload, Score)}


def test_on_a_film_the_best_figure_from_films_decides_who_answers(tmp_path: Path) -> None:
    assert methods(tool(tmp_path)) == {
        "Edema": "network",  # its prompts were measured higher still, but a head comes before prompts
        "Fracture": "head",
        "Atelectasis": "network",  # the head was never measured
        "COVID-19": "network",
        "Pneumonia": "zero_shot",
    }


def test_on_a_phantom_only_figures_from_phantoms_count(tmp_path: Path) -> None:
    assert methods(tool(tmp_path), synthetic=True) == {
        "Edema": "head",
        "Fracture": "network",
        "Atelectasis": "head",
        "COVID-19": "zero_shot",
        "Pneumonia": "zero_shot",
        "Cardiomegaly": "network",
    }


def test_a_score_of_the_network_carries_its_operating_point_and_its_weights(tmp_path: Path) -> None:
    scores = scored(tool(tmp_path))
    edema, fracture = scores["Edema"], scores["Fracture"]
    assert edema.payload == Score(
        label="Edema", probability=0.9, threshold=0.4, band=(0.3, 0.45), calibrated=True, method="network"
    )
    assert (edema.provenance.model, edema.provenance.weights_digest) == ("cnn", "weights of cnn")
    assert (fracture.provenance.model, fracture.provenance.weights_digest) == ("clip", "weights of clip")


def test_the_card_lists_the_labels_of_both_models(tmp_path: Path) -> None:
    told = tool(tmp_path).card
    assert set(told.labels) == {*HEADED, *CHANCES}
    assert len(set(told.labels)) == len(told.labels)
    assert (told.model, told.further_models) == ("clip", (("cnn", "weights of cnn"),))


def test_the_tool_with_two_models_keeps_the_laws(tmp_path: Path) -> None:
    report = check_tool(tool(tmp_path), work(synthetic=False))
    assert not report.failed, report


def test_a_network_out_of_reach_is_not_silently_replaced(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        tool(tmp_path, Turns(fault="unavailable")).run(work(synthetic=False))


def test_what_the_clip_saw_stands_when_the_network_is_gone(tmp_path: Path) -> None:
    kept: list[Sequence[Evidence]] = []
    asked = replace(work(synthetic=False), keep=lambda items: kept.append(tuple(items)))
    with pytest.raises(Unavailable):
        tool(tmp_path, Turns(fault="unavailable")).run(asked)
    methods = {item.payload.method for item in kept[-1] if isinstance(item.payload, Score)}
    assert methods == {"head", "zero_shot"}


def test_a_network_without_any_label_to_answer_for_is_not_asked(tmp_path: Path) -> None:
    model = network_in(tmp_path / "cnn", Turns(fault="unavailable"))
    write_folder(tmp_path / "unmeasured", tuple(CHANCES), 27)
    model.card = card(tmp_path / "unmeasured", "labels")
    built = build(make_parts(classification=clip_in(tmp_path / "clip"), classifier=model))
    assert set(methods(built).values()) == {"head", "zero_shot"}


def test_a_network_that_leaves_out_a_label_of_its_heads_is_invalid(tmp_path: Path) -> None:
    with pytest.raises(AnswerInvalid, match="Edema"):
        tool(tmp_path, chances={"Fracture": 0.5}).run(work(synthetic=False))


def test_damaged_heads_of_the_network_are_unavailable(tmp_path: Path) -> None:
    built = tool(tmp_path)
    (tmp_path / "cnn" / "heads.safetensors").write_bytes(b"short")
    with pytest.raises(Unavailable, match="damaged"):
        built.run(work(synthetic=False))


def test_a_profile_with_another_kind_of_model_in_the_role_is_refused(tmp_path: Path) -> None:
    roles = {
        "classification": ModelSpec(backend="scripted", model="embedding"),
        "classifier": ModelSpec(backend="scripted", model="segmentation"),
    }
    profile = Profile(name="p", describe="d", tools=("classification",), roles=roles)
    with pytest.raises(SettingsError, match="classifier"):
        build(parts_of(profile, Settings())).run(work(synthetic=False))
    without = profile.model_copy(update={"roles": {"classification": roles["classification"]}})
    assert list(build(parts_of(without, Settings())).run(work(synthetic=False))) == []
