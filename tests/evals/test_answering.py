"""Questions of a benchmark are asked one by one, read without guessing, kept as they come, and scored over clusters."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overread.backends.scripted import ScriptedChat
from overread.errors import UsageError
from overread.evals._intervals import clustered
from overread.evals.answering._figures import commonest
from overread.evals.answering._judging import letter_in, named_in, word_f1, yes_or_no_in
from overread.evals.answering._ledger import Ledger
from overread.evals.answering._pictures import Seen, digest_of
from overread.evals.answering._replies import Reply
from overread.evals.answering._systems import Asked, ModelAlone
from overread.evals.benchmark import Request, name_of, run
from overread.evals.benchmarks._item import Item, PictureFile, YesNo
from overread.settings import Settings, load_settings

ROW = {
    "phrase_type": "test_freeform", "image_organ": "CHEST", "question_type": "PRES", "answer_type": "CLOSED",
}  # fmt: skip


def folder_of(path: Path, answers: Sequence[str], missing: int | None = None) -> Path:
    """Write a VQA-RAD of two questions an image."""
    path.mkdir(parents=True)
    rows = []
    for number, answer in enumerate(answers):
        image = f"{number // 2}.png"
        if number // 2 != missing:
            grey = np.full((40, 30), 40 + number // 2, np.uint8)
            Image.fromarray(grey).save(path / image)
        rows.append(
            ROW | {"qid": str(number), "image_name": image, "question": f"Is {number} there?", "answer": answer}
        )
    (path / "VQA_RAD Dataset Public.json").write_text(json.dumps(rows))
    return path


def scripted(tmp_path: Path, answer: str) -> Settings:
    """Give settings whose VQA model says the same to everything."""
    profiles = tmp_path / "profiles"
    profiles.mkdir(exist_ok=True)
    (profiles / "same.yaml").write_text(
        "describe: Says the same.\ntools: [header, quality, vqa]\nroles:\n"
        f"  vqa: {{backend: scripted, model: chat, parameters: {{answer: '{json.dumps({'answer': answer})}'}}}}\n"
    )
    return load_settings(home=tmp_path / "home", profile="same", profiles_dir=profiles)


def test_a_model_that_says_yes_has_the_share_of_yes_with_and_without_pictures(tmp_path: Path) -> None:
    answers = ["yes", "yes", "no", "yes"] * 6
    result = run(Request("vqa_rad", folder_of(tmp_path / "set", answers)), scripted(tmp_path, "yes"), tmp_path / "out")
    closed = {figure.voice: figure for figure in result.figures if figure.part == "closed"}
    assert set(closed) == {"same model", "same model, no_picture", "same model, shuffled"}
    assert {figure.value for figure in closed.values()} == {0.75}
    assert all(figure.low <= 0.75 <= figure.high for figure in closed.values())
    assert closed["same model"].commonest == 0.75
    assert {one.difference for one in result.compared} == {0.0}
    written = json.loads((tmp_path / "out/results.json").read_text())
    assert written["spec"]["split"] == "test"
    assert len(written["samples"]) == 24


def test_an_item_without_its_picture_is_skipped_and_counted_and_never_wrong(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", ["yes"] * 24, missing=0)
    result = run(Request("vqa_rad", folder, controls=("as_is",)), scripted(tmp_path, "yes"))
    assert result.skipped == {"no picture there": 2}
    (figure,) = [figure for figure in result.figures if figure.measure == "accuracy"]
    assert (figure.value, figure.items) == (1.0, 22)
    assert [said.right for sample in result.samples[:2] for said in sample.said] == [None, None]


def test_what_was_answered_is_not_asked_again_after_a_kill(tmp_path: Path) -> None:
    folder, out = folder_of(tmp_path / "set", ["yes"] * 24), tmp_path / "out"
    request = Request("vqa_rad", folder, controls=("as_is",))
    first = run(request, scripted(tmp_path, "yes"), out)
    kept = (out / "replies.jsonl").read_text().splitlines()
    (out / "replies.jsonl").write_text("\n".join(kept[:10]) + "\n" + kept[10][:40])  # what a kill leaves
    second = run(request, scripted(tmp_path, "yes"), out)
    assert second == first
    assert len((out / "replies.jsonl").read_text().splitlines()) == 24


def test_other_weights_are_asked_anew(tmp_path: Path) -> None:
    folder, out = folder_of(tmp_path / "set", ["yes"] * 24), tmp_path / "out"
    request = Request("vqa_rad", folder, controls=("as_is",))
    run(request, scripted(tmp_path, "yes"), out)
    changed = run(request, scripted(tmp_path, "no"), out)
    assert changed.figures[0].value == 0.0


def test_each_question_is_sent_alone_with_its_own_picture(tmp_path: Path) -> None:
    chat = ScriptedChat({"": {"answer": "yes"}})
    pictures = [np.full((8, 8), shade, np.uint8) for shade in (10, 20, 30)]
    asked = [
        Asked(str(number), f"Question {number}?", Seen((one,), (digest_of(one),)), "as_is")
        for number, one in enumerate(pictures)
    ]
    assert [outcome.said for _, outcome in ModelAlone(chat).answer(asked)] == ["yes"] * 3
    for number, request in enumerate(chat.requests):
        assert [word for word in request.prompt.split() if word.strip("?").isdigit()] == [f"{number}?"]
        assert [digest_of(picture) for picture in request.pictures] == [digest_of(pictures[number])]


def test_a_limit_draws_whole_images_and_the_same_ones_again(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", ["yes"] * 24)
    request = Request("vqa_rad", folder, limit=11, controls=("as_is",))
    one, two = (run(request, scripted(tmp_path, "yes")) for _ in range(2))
    assert [sample.id for sample in one.samples] == [sample.id for sample in two.samples]
    assert len(one.samples) == 10


def test_the_agent_is_silent_where_its_gate_refuses(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", ["yes"] * 24)  # even fields: no radiograph at all
    result = run(Request("vqa_rad", folder, systems=("agent",), controls=("as_is",)), scripted(tmp_path, "yes"))
    told = {(said.fate, said.right) for sample in result.samples for said in sample.said}
    assert told == {("silent", False)}
    assert all("refused at the gate" in (said.why or "") for sample in result.samples for said in sample.said)


@pytest.mark.parametrize(
    ("said", "letter"),
    [
        ("B", "B"), ("(b)", "B"), ("B: right", "B"), ("The answer is A.", "A"), ("right", "B"), ("The right.", "B"),
        ("a mass", None), ("left or right", None), ("D", None), ("", None), ("yes", None),
    ],
)  # fmt: skip
def test_a_letter_is_read_or_nothing_is(said: str, letter: str | None) -> None:
    assert letter_in(said, {"A": "left", "B": "right"}) == letter


def test_yes_and_no_are_read_at_the_beginning_only() -> None:
    assert [yes_or_no_in(said) for said in ("Yes, it is.", "no", "It is not", "not sure", "nodule", "yesterday")] == [
        "yes", "no", None, None, None, None,
    ]  # fmt: skip


def test_named_options_do_not_count_twice() -> None:
    options = ("left lower lobe", "lower lobe", "right upper lobe")
    assert named_in("Left lower lobe and right upper lobe", options) == {"left lower lobe", "right upper lobe"}
    assert word_f1("the left lung", "left lung.") == 1.0
    assert word_f1("", "left") == 0.0


def test_intervals_are_over_clusters_and_not_over_items() -> None:
    right = np.repeat(np.asarray([0.0, 1.0] * 10), 20)
    clusters = [str(number // 20) for number in range(400)]
    value, low, high = clustered(lambda weights: float((right * weights).sum() / weights.sum()), clusters)
    _, alone_low, alone_high = clustered(
        lambda weights: float((right * weights).sum() / weights.sum()), [str(number) for number in range(400)]
    )
    assert value == 0.5
    assert high - low > 3 * (alone_high - alone_low)


def test_the_commonest_answer_is_that_of_the_other_clusters() -> None:
    def item(number: int, cluster: str, yes: bool) -> Item:
        return Item(
            id=str(number), benchmark="b", split="s", cluster=cluster, pictures=(PictureFile(),), question="?",
            gold=YesNo(yes=yes),
        )  # fmt: skip

    items = [item(0, "a", True), item(1, "a", True), item(2, "b", False)]
    assert commonest(items) == 0.0


def test_a_failure_is_written_down_and_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    ledger = Ledger(path)
    reply = Reply(item="1", system="model", control="as_is", fate="failed", why="gone", asked="d")
    ledger.keep(reply)
    ledger.keep(reply.model_copy(update={"asked": "e", "fate": "answered", "said": "yes"}))
    again = Ledger(path)
    assert again.known("d", "1") is None
    assert again.known("e", "2") == reply.model_copy(
        update={"asked": "e", "fate": "answered", "said": "yes", "item": "2"}
    )


def test_a_profile_without_the_tool_that_a_benchmark_needs_is_told(tmp_path: Path) -> None:
    row = {"Path": "valid/patient1/a.jpg", "Edema": "1"}
    (tmp_path / "valid.csv").write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
    with pytest.raises(UsageError, match="has no tool 'classification'"):
        run(Request("chexpert", tmp_path), scripted(tmp_path, "yes"))


OWN = """
from overread.evals.benchmarks._files import found, table
from overread.evals.benchmarks._item import About, Benchmark, Item, PictureFile, YesNo

ABOUT = About(name="wards", title="Our wards", needs=(), licence="ours", source="us", splits=("all",), protocol="?")


def read(folder, split):
    for number, row in table(found(folder, "questions.csv")):
        yield Item(id=row["id"], benchmark="wards", split=split, cluster=row["patient"],
                   pictures=(PictureFile(path=row["image"]),), question=row["question"],
                   gold=YesNo(yes=row["answer"] == "yes"))


def build(settings):
    return Benchmark(ABOUT, read)
"""


def test_a_loader_of_ones_own_is_a_file(tmp_path: Path) -> None:
    loader = tmp_path / "wards.py"
    loader.write_text(OWN)
    rows = [f"q{number},p{number // 2},a.png,Is {number} there?,yes" for number in range(12)]
    (tmp_path / "questions.csv").write_text("\n".join(["id,patient,image,question,answer", *rows]))
    Image.fromarray(np.full((20, 20), 90, np.uint8)).save(tmp_path / "a.png")
    name = name_of(str(loader))
    assert name == str(loader)
    result = run(Request(name, tmp_path, controls=("as_is",)), scripted(tmp_path, "yes"))
    (figure,) = result.figures
    assert (figure.value, figure.items, figure.clusters) == (1.0, 12, 6)
    assert (result.spec.benchmark, result.about.title) == ("wards", "Our wards")


def test_a_word_names_a_benchmark_a_module_or_none(tmp_path: Path) -> None:
    (tmp_path / "my.suite").mkdir()
    named = [name_of(word) for word in ("VQA-RAD", "our.evals.wards", str(tmp_path / "my.suite"), "scenarios")]
    assert named == ["vqa_rad", "our.evals.wards", None, None]
