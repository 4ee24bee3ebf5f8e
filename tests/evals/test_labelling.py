"""Labels of a benchmark against a classifier, a report model and the labeler: real tools on phantoms, real texts."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overread.errors import UsageError
from overread.evals._ranking import auroc
from overread.evals.benchmark import Request, run
from overread.evals.benchmarks._item import Item, Labels, PictureFile, Report
from overread.evals.labelling._figures import truth_of
from overread.settings import load_settings
from overread.testing.phantoms import PlacedFinding, render, sample_recipe


def item(gold: Labels | Report) -> Item:
    return Item(id="1", benchmark="b", split="s", cluster="c", pictures=(PictureFile(),), question="", gold=gold)


def test_what_is_uncertain_is_neither_there_nor_not_there() -> None:
    assert truth_of(item(Labels(values={"Edema": 1, "Fracture": -1, "Pneumonia": 0}))) == {
        "Edema": True, "Pneumonia": False,
    }  # fmt: skip
    read = truth_of(item(Report(findings="No effusion.", impression="Possible pneumonia. Large heart.")))
    assert (read["Pleural Effusion"], read["Cardiomegaly"]) == (False, True)
    assert "Pneumonia" not in read


def test_reports_of_ct_rate_are_labelled_and_reconstructions_are_one_cluster(tmp_path: Path) -> None:
    texts = {True: "There is a pleural effusion.", False: "No pleural effusion."}
    reports, labels = [], []
    for number in range(20):
        there = number % 2 == 0
        said = texts[there] if number != 1 else texts[True]  # one is wrong
        name = f"valid_{number // 2}_a_{number % 2 + 1}.nii.gz"
        reports.append({"VolumeName": name, "Findings_EN": said, "Impressions_EN": ""})
        labels.append({"VolumeName": name, "Pleural effusion": int(there)})
    for path, rows in (("validation_reports.csv", reports), ("valid_predicted_labels.csv", labels)):
        with (tmp_path / path).open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    result = run(Request("ct_rate", tmp_path), load_settings(profile="scripted"), tmp_path / "out")
    told = {figure.measure: figure for figure in result.figures if figure.part == "Pleural Effusion"}
    assert told["recall"].value == 1.0
    assert told["precision"].value == pytest.approx(10 / 11, abs=1e-4)
    assert (told["F1"].items, told["F1"].clusters) == (20, 10)
    assert result.voices[0].system == "labeler"
    assert (result.spec.systems, result.spec.controls) == ((), ("as_is",))
    with pytest.raises(UsageError, match="asks no questions"):
        run(Request("ct_rate", tmp_path, systems=("model", "agent")), load_settings(profile="scripted"))
    assert "valid_0_a_1" in (tmp_path / "out/report.html").read_text()


def films(folder: Path, count: int) -> None:
    """Write phantoms under CheXpert's columns and names; the last image is not there."""
    rows = []
    for number in range(count):
        found = (PlacedFinding(label="Pleural Effusion", laterality="left", severity="large"),) if number % 2 else ()
        path = f"CheXpert-v1.0/valid/patient{number}/study1/view1_frontal.png"
        rows.append({"Path": path, "Frontal/Lateral": "Frontal", "Pleural Effusion": f"{number % 2}.0"})
        if number < count - 1:
            (folder / path).parent.mkdir(parents=True)
            pixels = render(sample_recipe(900 + number, view="PA", findings=found), 256).pixels
            Image.fromarray((pixels / pixels.max() * 255).astype(np.uint8)).save(folder / path)
    with (folder / "valid.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_a_classifier_is_scored_on_chexpert_and_a_missing_film_is_left_out(tmp_path: Path) -> None:
    films(tmp_path, 13)
    settings = load_settings(home=tmp_path / "home", profile="scripted")
    result = run(Request("chexpert", tmp_path), settings)
    assert result.skipped == {"no picture there": 1}
    fates = [said.fate for sample in result.samples for said in sample.said]
    assert fates.count("answered") == 12
    assert all(figure.measure.endswith("AUROC") for figure in result.figures)


def test_a_report_model_is_scored_on_reports(tmp_path: Path) -> None:
    films(tmp_path, 13)
    entries = [
        {"id": f"CXR{number}", "report": "There is a left pleural effusion." if number % 2 else "The lungs are clear.",
         "image_path": [f"CheXpert-v1.0/valid/patient{number}/study1/view1_frontal.png"]}
        for number in range(12)
    ]  # fmt: skip
    (tmp_path / "images").symlink_to(tmp_path)
    (tmp_path / "annotation.json").write_text(json.dumps({"test": entries}))
    settings = load_settings(home=tmp_path / "home", profile="scripted")
    result = run(Request("openi", tmp_path), settings)
    told = {figure.measure: figure.value for figure in result.figures if figure.part == "Pleural Effusion"}
    assert told == {"F1": 0.0, "recall": 0.0}  # the scripted report never has one: its precision is no figure
    assert all("No pleural effusion" not in (said.said or "") for sample in result.samples for said in sample.said)
    words = {figure.measure: figure for figure in result.figures if figure.part == "words of the report"}
    assert words["Temporal F1"].items == len(result.samples)
    assert all(0 <= figure.low <= figure.value <= figure.high <= 1 for figure in words.values())


def test_auroc_of_weighted_items_is_that_of_the_items_repeated() -> None:
    truth, score = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.3, 0.1])
    weight = np.array([2.0, 1.0, 1.0, 3.0])
    repeated = np.repeat(np.arange(4), weight.astype(int))
    assert auroc(truth, score, weight) == pytest.approx(auroc(truth[repeated], score[repeated]))
