"""Each benchmark's files, written here as their publishers write them, are read into one record or refused by row."""

import base64
import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from overread import plugins
from overread.errors import UsageError
from overread.evals.benchmarks._choices import by_text, closed_or_open, lettered
from overread.evals.benchmarks._item import Benchmark, Choice, Item, Labels, Open, Report, Several, YesNo
from overread.settings import load_settings
from tests.needs import data_folder, require


def table(path: Path, rows: Sequence[Mapping[str, Any]], delimiter: str = ",") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def data(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def lines(path: Path, rows: Sequence[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def png() -> bytes:
    stream = io.BytesIO()
    Image.new("L", (8, 8), 90).save(stream, "PNG")
    return stream.getvalue()


def benchmark(name: str) -> Benchmark:
    built: Benchmark = plugins.builder("evals.benchmarks", name)(load_settings())
    return built


def read(name: str, folder: Path, split: str | None = None) -> list[Item]:
    one = benchmark(name)
    return list(one.read(folder, split or one.about.splits[0]))


PUBLIC = {
    "qid": "7", "phrase_type": "test_freeform", "qid_linked_id": "03f", "image_case_url": "u", "image_name": "a.jpg",
    "image_organ": "CHEST", "evaluation": "evaluated", "question": "Is the heart large? ", "question_type": "SIZE",
    "answer": "Yes", "answer_type": "CLOSED",
}  # fmt: skip


def test_vqa_rad_as_published_tells_test_from_training_by_the_phrase(tmp_path: Path) -> None:
    rows = [PUBLIC, PUBLIC | {"qid": "8", "phrase_type": "freeform"}, PUBLIC | {"qid": "9", "answer": 2}]
    data(tmp_path / "VQA_RAD Dataset Public.json", rows)
    first, second = read("vqa_rad", tmp_path)
    assert (first.gold, first.cluster, first.in_scope) == (YesNo(yes=True), "a.jpg", True)
    assert second.gold == Open(text="2")
    assert len(read("vqa_rad", tmp_path, "all")) == 3


def test_slake_gives_one_language_and_knows_what_shows_a_chest(tmp_path: Path) -> None:
    row = {
        "img_id": 1, "img_name": "xmlab1/source.jpg", "question": "Which organ?", "answer": "Lung", "q_lang": "en",
        "location": "Lung", "modality": "X-Ray", "answer_type": "OPEN", "base_type": "vqa", "content_type": "Organ",
        "triple": ["vhead", "_", "_"], "qid": 11,
    }  # fmt: skip
    data(tmp_path / "test.json", [row, row | {"qid": 12, "q_lang": "zh"}, row | {"qid": 13, "modality": "CT"}])
    chest, other = read("slake", tmp_path)
    assert (chest.pictures[0].path, chest.in_scope, other.in_scope) == ("imgs/xmlab1/source.jpg", True, False)
    assert [item.id for item in read("slake", tmp_path, "test-zh")] == ["slake-12"]


FIRST = {
    "Figure_path": "PMC1_Fig1.jpg", "Question": "What is shown?", "Answer": " a mass", "Choice A": " A:a mass ",
    "Choice B": " B:air ", "Choice C": " C:fluid ", "Choice D": " D:nothing ", "Answer_label": "A",
}  # fmt: skip


def test_both_editions_of_pmc_vqa_are_read(tmp_path: Path) -> None:
    table(tmp_path / "test_clean.csv", [FIRST])
    (item,) = read("pmc_vqa", tmp_path, "test_clean")
    assert item.gold == Choice(options={"A": "a mass", "B": "air", "C": "fluid", "D": "nothing"}, letter="A")
    second = [["0", "f.jpg", "caption", "What?", "A: x", "B: y", "C: z", "D: w", "C", "test"]]
    with (tmp_path / "test_2.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["any", "heading"], *second])
    (item,) = read("pmc_vqa", tmp_path)
    assert isinstance(item.gold, Choice)
    assert item.gold.letter == "C"
    assert item.pictures[0].path == "images_2/f.jpg"


OMNI = {
    "dataset": "Set", "question_id": "Set_0001", "question_type": "Modality Recognition", "question": "Which?",
    "gt_answer": "X-Ray", "image_path": "Images/Set/a.png", "option_A": "CT", "option_B": "X-ray",
    "modality": "X-Ray",
}  # fmt: skip


def test_omnimedvqa_finds_the_option_that_has_the_words_of_the_answer(tmp_path: Path) -> None:
    data(tmp_path / "QA_information/Open-access/Set.json", [OMNI])
    (item,) = read("omnimedvqa", tmp_path)
    assert item.gold == Choice(options={"A": "CT", "B": "X-ray"}, letter="B")
    assert item.modality == "X-Ray"


def test_gmai_mmbench_has_its_pictures_in_the_table(tmp_path: Path) -> None:
    row = {
        "index": 3, "image": base64.b64encode(png()).decode(), "question": "Which?", "A": "one", "B": "two", "C": "",
        "D": "", "E": "", "answer": "B", "category": "c", "split": "val", "clinical vqa task": "Counting",
        "department": "Pulmonary Medicine", "perceptual granularity": "image",
    }  # fmt: skip
    table(tmp_path / "GMAI-MMBench_VAL.tsv", [row], "\t")
    (item,) = read("gmai_mmbench", tmp_path)
    assert item.pictures[0].read(tmp_path) == png()
    assert item.gold == Choice(options={"A": "one", "B": "two"}, letter="B")


def test_medxpertqa_keeps_the_order_of_its_options(tmp_path: Path) -> None:
    row = {
        "id": "MM-1", "question": "Which?", "options": {"A": "e", "B": "d", "C": "c", "D": "b", "E": "a"},
        "label": "D", "images": ["MM-1-a.jpeg", "MM-1-b.jpeg"], "medical_task": "Diagnosis", "body_system": "Lung",
        "question_type": "Reasoning",
    }  # fmt: skip
    lines(tmp_path / "MM/test.jsonl", [row])
    (item,) = read("medxpertqa_mm", tmp_path)
    assert isinstance(item.gold, Choice)
    assert list(item.gold.options.values()) == ["e", "d", "c", "b", "a"]
    assert [file.path for file in item.pictures] == ["images/MM-1-a.jpeg", "images/MM-1-b.jpeg"]


def test_chestagentbench_parts_the_options_from_the_question(tmp_path: Path) -> None:
    text = "What is seen in Figure 1? A) air B) fluid in the left base C) a mass D) none E) wires F) a fracture"
    row = {
        "question_id": "1", "full_question_id": "17_1", "case_id": "17", "question": text, "answer": "B",
        "explanation": "e", "categories": "detection,localization", "sections": "s", "type": "single",
        "images": ["figures/17/1.jpg"], "image_source_urls": [],
    }  # fmt: skip
    lines(tmp_path / "metadata.jsonl", [row, row])
    (item,) = read("chestagentbench", tmp_path)
    assert isinstance(item.gold, Choice)
    assert item.question == "What is seen in Figure 1?"
    assert item.gold.options["B"] == "fluid in the left base"
    assert len(item.gold.options) == 6


HARRISON = {
    "imageSource": "medpix", "CASE_ID": "", "imageIDs": "a,b", "modality": "XR - Plain Film", "IMAGE_ORGAN": "CHEST",
    "PRIMARY_DX": "x", "QUESTION": "Is there air?", "Q_TYPE": "pathology", "ANSWER": "yes", "A_TYPE": "CLOSED ",
    "OPTIONS": "yes,no",
}  # fmt: skip


def test_radbench_of_harrison_has_closed_open_and_sets(tmp_path: Path) -> None:
    rows = [
        HARRISON,
        HARRISON | {"ANSWER": "left", "OPTIONS": "left,right", "IMAGE_ORGAN": "HAND"},
        HARRISON | {"ANSWER": "frontal,lateral", "OPTIONS": "frontal,oblique,lateral"},
        HARRISON | {"ANSWER": "Air under the diaphragm.", "A_TYPE": "OPEN", "OPTIONS": ""},
    ]
    table(tmp_path / "radbench.csv", rows)
    closed, side, several, opened = read("radbench_harrison", tmp_path)
    assert (closed.gold, closed.in_scope, side.in_scope) == (YesNo(yes=True), True, False)
    assert side.gold == Choice(options={"A": "left", "B": "right"}, letter="A")
    assert several.gold == Several(texts=("frontal", "lateral"), options=("frontal", "oblique", "lateral"))
    assert isinstance(opened.gold, Open)
    assert len({item.cluster for item in (closed, side, several, opened)}) == 1


def test_radbench_of_radfm_asks_for_diseases_and_takes_questions(tmp_path: Path) -> None:
    table(tmp_path / "vqa_test.csv", [{"image_path": "a.png", "question": "Side?", "answer": "left"}])
    table(tmp_path / "disease_test.csv", [{"image_path": "b.png", "disease": "edema", "label": 0}])
    disease, asked = read("radbench_radfm", tmp_path)
    assert (disease.question, disease.gold) == ("Is there edema in the image?", YesNo(yes=False))
    assert asked.gold == Open(text="left")


def test_rad_restruct_asks_each_step_with_what_led_to_it(tmp_path: Path) -> None:
    single = {"answer_type": "single_choice", "options": ["yes", "no"], "path": "lung_signs"}
    many = {"answer_type": "multi_choice", "options": ["left", "right"], "path": "lung_signs_region"}
    asked = [
        ["Any signs in the lung?", ["yes"], [], single],
        ["In which part?", ["left", "right"], [["Any signs in the lung?", ["yes"]]], many],
    ]
    data(tmp_path / "test_qa_pairs/31.json", asked)
    data(tmp_path / "id_to_img_mapping_frontal_reports.json", {"31": ["CXR31_1"]})
    first, second = read("rad_restruct", tmp_path)
    assert (first.gold, first.pictures[0].path) == (YesNo(yes=True), "images/CXR31_1.png")
    assert second.question == "Any signs in the lung? yes. In which part?"
    assert second.gold == Several(texts=("left", "right"), options=("left", "right"))


def test_rexvqa_takes_the_answer_by_letter_or_by_words(tmp_path: Path) -> None:
    row = {
        "question": "Which?", "options": ["A. air", "B. fluid"], "correct_answer": "B", "study_id": "s1",
        "task_name": "presence", "ImagePath": ["../deid_png/p/1.png"],
    }  # fmt: skip
    data(tmp_path / "metadata/test_vqa_data.json", {"q1": row, "q2": row | {"correct_answer": "A. air"}})
    first, second = read("rexvqa", tmp_path)
    assert [item.gold.letter for item in (first, second) if isinstance(item.gold, Choice)] == ["B", "A"]
    assert first.pictures[0].path == "deid_png/p/1.png"


def test_chexpert_has_three_values_and_leaves_laterals_out(tmp_path: Path) -> None:
    row = {
        "Path": "CheXpert-v1.0-small/valid/patient1/study1/view1_frontal.jpg", "Sex": "Male", "Age": 60,
        "Frontal/Lateral": "Frontal", "AP/PA": "AP", "No Finding": "", "Edema": "1.0", "Fracture": "-1.0",
    }  # fmt: skip
    table(tmp_path / "valid.csv", [row, row | {"Frontal/Lateral": "Lateral"}])
    (item,) = read("chexpert", tmp_path)
    assert item.gold == Labels(values={"Edema": 1, "Fracture": -1})
    assert item.cluster == "patient1"


def test_ct_rate_joins_reports_and_labels_and_groups_a_scan(tmp_path: Path) -> None:
    names = ["valid_53_a_1.nii.gz", "valid_53_a_2.nii.gz"]
    reports = [{"VolumeName": name, "Findings_EN": "Fluid.", "Impressions_EN": "Effusion."} for name in names]
    labels = [{"VolumeName": name, "Pleural effusion": 1, "Emphysema": 0} for name in names]
    table(tmp_path / "validation_reports.csv", reports)
    table(tmp_path / "valid_predicted_labels.csv", labels)
    first, second = read("ct_rate", tmp_path)
    assert first.gold == Labels(values={"Pleural Effusion": 1})
    assert first.cluster == second.cluster == "valid_53"


def test_openi_reads_annotations_by_split(tmp_path: Path) -> None:
    entry = {"id": "CXR1", "report": "The lungs are clear.", "image_path": ["CXR1/0.png", "CXR1/1.png"]}
    data(tmp_path / "annotation.json", {"train": [], "val": [], "test": [entry, {"id": "CXR2", "report": ""}]})
    (item,) = read("openi", tmp_path)
    assert item.gold == Report(findings="The lungs are clear.")
    assert [file.path for file in item.pictures] == ["images/CXR1/0.png"]


def wrong_letter(folder: Path) -> None:
    table(folder / "test_clean.csv", [FIRST, FIRST | {"Answer_label": "E"}])


def two_right(folder: Path) -> None:
    data(folder / "QA_information/Open-access/Set.json", [OMNI | {"option_A": "x-ray"}])


def no_column(folder: Path) -> None:
    data(folder / "VQA_RAD Dataset Public.json", [{key: PUBLIC[key] for key in PUBLIC if key != "answer"}])


def no_json(folder: Path) -> None:
    (folder / "metadata.jsonl").write_text('{"question_id": "1", "SECRET NAME')


@pytest.mark.parametrize(
    ("name", "write", "split", "told"),
    [
        ("pmc_vqa", wrong_letter, "test_clean", "test_clean.csv row 3: the answer is 0 of its options"),
        ("omnimedvqa", two_right, "open-access", "Set.json entry 1: the answer is 2 of its options"),
        ("vqa_rad", no_column, "test", "row 1, column 'answer'"),
        ("chestagentbench", no_json, "test", "metadata.jsonl line 1: it is no JSON"),
        ("slake", lambda folder: None, "test", "the folder has no test.json"),
        ("rad_restruct", lambda folder: None, "test", "test_qa_pairs"),
    ],
)
def test_what_is_wrong_is_told_by_file_and_row_and_never_by_content(
    tmp_path: Path, name: str, write: Callable[[Path], None], split: str, told: str
) -> None:
    write(tmp_path)
    with pytest.raises(UsageError) as caught:
        read(name, tmp_path, split)
    assert told in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_a_path_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"x")
    data(tmp_path / "inside/VQA_RAD Dataset Public.json", [PUBLIC | {"image_name": "../secret.jpg"}])
    (item,) = read("vqa_rad", tmp_path / "inside")
    with pytest.raises(UsageError, match="leads out"):
        item.pictures[0].read(tmp_path / "inside")


@pytest.mark.parametrize(
    ("texts", "options"),
    [
        (["A: left", "(B) right"], {"A": "left", "B": "right"}),
        (["A. yes", "B. no", "", ""], {"A": "yes", "B": "no"}),
        (["S. aureus", "E. coli"], {"A": "S. aureus", "B": "E. coli"}),
        (["Vitamin B", "D-dimer"], {"A": "Vitamin B", "B": "D-dimer"}),
    ],
)
def test_letters_before_options_are_taken_off(texts: list[str], options: dict[str, str]) -> None:
    assert lettered(texts) == options


def test_words_are_compared_without_articles_and_points() -> None:
    assert by_text({"A": "the left lung", "B": "none"}, "Left lung.", "row 1").letter == "A"
    assert closed_or_open(" NO. ") == YesNo(yes=False)
    assert closed_or_open("no effusion") == Open(text="no effusion")


def test_the_shared_vqa_rad_is_read_whole() -> None:
    require("data")
    items = read("vqa_rad", data_folder() / "vqa", "all")
    assert len(items) == 2557
    assert len({item.cluster for item in items}) == 225
    assert len({item.id for item in items}) == len(items)
    assert all(file.read(data_folder() / "vqa") for item in items[:50] for file in item.pictures)


def test_every_benchmark_says_what_it_needs() -> None:
    names = plugins.names("evals.benchmarks")
    assert len(names) >= 14
    for name in names:
        about = benchmark(name).about
        assert about.name == name
        assert about.needs
        assert about.licence
        assert about.protocol
