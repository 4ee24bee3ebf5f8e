"""Drafts held against what is known: each correction is counted once, and what nobody knows counts nothing."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.needs import ROOT, require

require("training")

from overread.backends.scripted import ScriptedChat, ScriptedLabels, Turns
from overread.errors import Unavailable
from overread.ports import ChatRequest
from overread.testing.phantoms import sample_recipe, write_study
from training.draft_eval import pages, reading
from training.draft_eval.__main__ import compared
from training.draft_eval.counts import Counts, counts, edits, findings_in
from training.draft_eval.figures import RATIOS, by_label, changes, figures
from training.draft_eval.memory import remembering
from training.draft_eval.models import environment_for, program_with
from training.draft_eval.truth import Truth, truth_of
from training.facts import Facts, FindingFact

NOBODY = Path("no picture")
EVERYTHING = ("Edema", "Pneumonia", "Atelectasis", "Pleural Effusion", "Cardiomegaly", "Pneumothorax")


def film(*present: str, absent: Iterable[str] = EVERYTHING, normal: bool = False) -> Truth:
    """Give a real film whose source knows some labels and no side."""
    facts = Facts(tuple(FindingFact(name) for name in present), frozenset(absent) - set(present), None, placed=False)
    return truth_of("film", NOBODY, "patient", facts, normal=normal)


def phantom(**placed: str | None) -> Truth:
    """Give a phantom by label (underscores for spaces) and side."""
    findings = tuple(FindingFact(name.replace("_", " "), side) for name, side in placed.items())
    absent = frozenset({*EVERYTHING, "Lung Opacity"}) - {finding.label for finding in findings}
    return truth_of("phantom", NOBODY, "phantom", Facts(findings, absent, "PA", placed=True), normal=not findings)


def case(*said: tuple[str, str] | tuple[str, str, str], silent: Iterable[str] = (), **more: Any) -> dict[str, Any]:
    """Give the part of a case file that is counted: (label, status, side), stated unless `silent`."""
    findings = [
        {"id": f"f-{label}", "label": label, "status": status, "laterality": side[0] if side else None}
        for label, status, *side in said
    ]
    stated = [f for f in findings if f["label"] not in silent and f["status"] != "not_assessed"]
    sections = {
        "technique": [{"id": "s", "text": "Chest radiograph.", "finding_ids": [], "needs_decision": False}],
        "findings": [{"id": f["id"], "text": f["label"], "finding_ids": [f["id"]]} for f in stated],
    }
    return {
        "findings": findings,
        "conflicts": [],
        "alerts": [],
        "draft": {"sections": sections, "withheld": []},
        **more,
    }


def made(file: dict[str, Any], truth: Truth) -> list[tuple[str, str]]:
    return sorted(edits(findings_in(file), truth))


def test_a_draft_that_says_what_is_known_needs_no_edit() -> None:
    file = case(("Edema", "present"), ("Pneumonia", "absent"), ("Fracture", "not_assessed"))
    assert made(file, film("Edema")) == []


def test_each_kind_of_edit_is_one() -> None:
    file = case(("Edema", "present"), ("Pneumonia", "uncertain"), ("Pleural Effusion", "absent"))
    truth = film("Pneumonia", "Pleural Effusion", "Cardiomegaly")
    wanted = [
        ("added", "Cardiomegaly"),
        ("added", "Pleural Effusion"),
        ("made sure", "Pneumonia"),
        ("taken out", "Edema"),
    ]
    assert made(file, truth) == wanted
    counted = counts(file, truth)
    assert counted["edits"] == 4
    assert (counted["taken out"], counted["made sure"], counted["added"], counted["side"]) == (1, 1, 2, 0)


def test_a_label_that_the_source_does_not_know_counts_nothing() -> None:
    file, truth = case(("Fracture", "present"), ("Support Devices", "uncertain")), film("Edema")
    assert made(file, truth) == [("added", "Edema")]
    counted = counts(file, truth)
    assert counted["present"] == counted["uncertain"] == 1
    assert "present known" not in counted
    assert "uncertain known" not in counted


def test_a_finding_that_no_sentence_states_is_not_in_the_draft() -> None:
    truth = film("Edema")
    assert made(case(("Edema", "present"), silent=["Edema"]), truth) == [("added", "Edema")]
    assert made(case(("Pneumonia", "uncertain"), silent=["Pneumonia"]), truth) == [("added", "Edema")]


def test_a_withheld_sentence_is_said_only_where_nothing_is_verified() -> None:
    file = case(("Pneumonia", "present"), silent=["Pneumonia"])
    statement = {"id": "s-1", "text": "Pneumonia.", "finding_ids": ["f-Pneumonia"]}
    file["draft"]["withheld"] = [{"section": "findings", "statement": statement, "objections": []}]
    assert counts(file, film())["edits"] == 0
    assert counts(file, film(), withheld_too=True)["edits"] == 1
    assert counts(file, film(), withheld_too=True)["decisions"] == 1


def test_a_kind_implies_what_it_is_a_kind_of() -> None:
    truth = film("Pneumonia", absent=["Edema"])
    assert truth.of("Lung Opacity") is True
    assert made(case(("Lung Opacity", "present"), ("Pneumonia", "present")), truth) == []
    assert made(case(("Pneumonia", "present")), truth) == []
    assert made(case(("Lung Opacity", "present")), truth) == [("added", "Pneumonia")]
    denied = case(("Pneumonia", "present"), ("Lung Opacity", "absent"))
    assert made(denied, truth) == [("added", "Lung Opacity")]


def test_a_kind_covers_what_is_known_only_in_general() -> None:
    truth = phantom(Lung_Opacity="left")
    assert made(case(("Edema", "present", "left")), truth) == [("taken out", "Edema")]
    assert made(case(), truth) == [("added", "Lung Opacity")]


def test_where_nothing_of_a_kind_is_there_no_kind_of_it_is() -> None:
    assert film(absent=["Lung Opacity"]).of("Tuberculosis") is False
    assert film(absent=["Edema"]).of("Tuberculosis") is None


def test_a_source_that_contradicts_itself_knows_nothing() -> None:
    assert film("Pneumonia", absent=["Consolidation"]).of("Consolidation") is None


def test_no_real_film_has_a_wide_mediastinum_by_implication() -> None:
    assert film("Cardiomegaly").of("Enlarged Cardiomediastinum") is None
    assert phantom(Cardiomegaly=None).of("Enlarged Cardiomediastinum") is True


@pytest.mark.parametrize(
    ("said", "known", "wrong"),
    [
        ("left", "left", False),
        ("left", "right", True),
        ("bilateral", "left", True),
        ("left", "bilateral", True),
        ("left", None, False),
        (None, "left", False),
    ],
)
def test_a_wrong_side_is_an_edit(said: str | None, known: str | None, wrong: bool) -> None:
    file = case(("Pleural Effusion", "present", said) if said else ("Pleural Effusion", "present"))
    assert made(file, phantom(Pleural_Effusion=known)) == ([("side", "Pleural Effusion")] if wrong else [])


def test_the_sides_of_one_kind_will_do_for_what_is_implied() -> None:
    truth = phantom(Consolidation="left", Atelectasis="right")
    said = (("Consolidation", "present", "left"), ("Atelectasis", "present", "right"))
    assert made(case(*said, ("Lung Opacity", "present", "left")), truth) == []


def test_findings_with_one_label_are_one_with_both_sides() -> None:
    file = case(("Pleural Effusion", "present", "left"), ("Pleural Effusion", "present", "right"))
    assert made(file, phantom(Pleural_Effusion="bilateral")) == []
    assert counts(file, phantom(Pleural_Effusion="bilateral"))["present"] == 1


def test_shares_alerts_conflicts_and_decisions_are_counted() -> None:
    file = case(
        ("No Finding", "absent"),
        ("Edema", "present"),
        ("Pneumothorax", "uncertain"),
        ("Pneumonia", "absent"),
        ("Atelectasis", "absent"),
        alerts=[{"label": "Pneumothorax"}, {"label": "Tuberculosis"}],
        conflicts=[{"resolution": "open"}, {"resolution": "resolved"}],
    )
    counted = counts(file, film("Edema", "Atelectasis"))
    assert counted["decisions"] == 5
    assert (counted["present true"], counted["uncertain true"]) == (1, 0)
    assert (counted["absent known"], counted["absent true"]) == (2, 1)
    assert (counted["alerts"], counted["alerts false"], counted.get("alerts true", 0)) == (2, 1, 0)
    assert (counted["conflicts open"], counted["with a conflict open"]) == (1, 1)
    assert counted["normal with a conflict open"] == 0
    assert counts(file, film(normal=True))["normal with a conflict open"] == 1
    assert counts(case(), film("Pneumothorax"))["alerts missing"] == 1


def test_no_finding_is_counted_apart() -> None:
    counted = counts(case(("No Finding", "present")), film("Edema"))
    assert (counted["nothing acute"], counted["nothing acute true"]) == (1, 0)
    assert counted["edits"] == 1
    assert "present" not in counted


def test_a_study_without_a_draft_is_not_a_good_draft() -> None:
    rows = [counts({"status": "refused"}, film("Edema")), counts(case(("Edema", "present")), film("Edema"))]
    found = figures(rows, ["a", "b"])
    assert found["studies without a draft"]["value"] == 0.5
    assert found["edits a draft"]["value"] == 0
    assert found["present a draft"]["of"] == 1


def many() -> tuple[list[Counts], list[str]]:
    truths = [film("Edema"), film("Edema"), film()] * 8
    files = [case(("Edema", "present")), case(("Edema", "absent")), case(("Edema", "uncertain"))] * 8
    rows = [counts(file, truth) for file, truth in zip(files, truths, strict=True)]
    return rows, [f"patient {place // 2}" for place in range(24)]


def test_figures_are_ratios_of_sums_with_an_interval_over_patients() -> None:
    rows, patients = many()
    found = figures(rows, patients)
    assert found.keys() == RATIOS.keys()
    assert found["present, share true"]["value"] == 1
    assert found["possible, share true"]["value"] == 0
    assert found["edits a draft"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["edits a draft"]["low"] < 2 / 3 < found["edits a draft"]["high"]
    assert found["'nothing acute', share true"]["value"] is None
    assert by_label(rows, patients)["Edema"]["recall"] == {**by_label(rows, patients)["Edema"]["recall"], "value": 0.5}


def test_a_change_is_of_the_same_studies() -> None:
    rows, patients = many()
    assert set(changes(rows, rows, patients)["edits a draft"].items()) >= {("value", 0), ("low", 0), ("high", 0)}
    better = [{**row, "edits": 0.0} for row in rows]
    assert changes(rows, better, patients)["edits a draft"]["value"] == pytest.approx(-2 / 3, abs=1e-4)


def results(rows: list[Counts], patients: list[str]) -> dict[str, Any]:
    names = [f"film {place}" for place in range(len(rows))]
    one = {
        "studies": len(rows),
        "patients": len(set(patients)),
        "normal": 0,
        "variants": {"whole": figures(rows, patients)},
        "labels": by_label(rows, patients),
        "rows": dict(zip(names, rows, strict=True)),
        "patient of": dict(zip(names, patients, strict=True)),
    }
    return {"version": "0", "seconds": {"films: whole": 1.0}, "sets": {"films": one}}


def test_the_page_has_before_now_and_change() -> None:
    rows, patients = many()
    before, now = results(rows, patients), results([{**row, "decisions": 0} for row in rows], patients)
    found = dict(pages.tables(now, compared(before, now), before))
    line = next(row for row in found["films, before and now"] if row[0] == "decisions a draft")
    assert line[1:] == ["1.00 (1.00 to 1.00)", "0.00 (0.00 to 0.00)", "-1.00 (-1.00 to -1.00)"]
    page = pages.markdown(list(found.items()), {"version": "0"})
    assert "| decisions a draft | 1.00 (1.00 to 1.00) | 0.00 (0.00 to 0.00) | -1.00 (-1.00 to -1.00) |" in page


def test_a_model_is_asked_once_for_the_same_thing(tmp_path: Path) -> None:
    first, second = ScriptedChat(["yes", "no"]), ScriptedChat(["yes", "no"])
    remembering(first, tmp_path)
    assert [first.ask(ChatRequest(words)).text for words in ("a", "b", "a", "b")] == ["yes", "no", "yes", "no"]
    assert len(first.requests) == 2
    remembering(second, tmp_path)
    assert second.ask(ChatRequest("b")).text == "no"
    assert second.requests == []


def test_other_weights_remember_nothing_of_these(tmp_path: Path) -> None:
    one, other = ScriptedChat(["yes"]), ScriptedChat(["no"])
    remembering(one, tmp_path)
    remembering(other, tmp_path)
    assert (one.ask(ChatRequest("a")).text, other.ask(ChatRequest("a")).text) == ("yes", "no")


def test_a_failure_is_not_remembered(tmp_path: Path) -> None:
    model = ScriptedChat({"": "yes"}, turns=Turns(fault="unavailable", times=1))
    remembering(model, tmp_path)
    with pytest.raises(Unavailable):
        model.ask(ChatRequest("a"))
    assert model.ask(ChatRequest("a")).text == "yes"


class TogetherChat(ScriptedChat):
    """Answers several requests at once, as the model in this process does."""

    def ask_all(self, requests: Any) -> Any:
        for place in reversed(range(len(requests))):
            yield place, ScriptedChat.ask(self, requests[place])


def test_of_requests_that_go_together_only_the_new_ones_are_asked(tmp_path: Path) -> None:
    model = TogetherChat({"": "yes"})
    remembering(model, tmp_path)
    a, b, c = (ChatRequest(words) for words in "abc")
    model.ask(b)
    assert sorted(place for place, _ in model.ask_all([a, b, c])) == [0, 1, 2]
    assert [request.prompt for request in model.requests] == ["b", "c", "a"]
    assert sorted(place for place, _ in model.ask_all([c, b, a])) == [0, 1, 2]
    assert len(model.requests) == 3


def test_a_model_that_remembers_is_still_what_it_was(tmp_path: Path) -> None:
    model = ScriptedLabels({"Edema": 0.5})
    assert remembering(model, tmp_path) is model
    assert model.card.capability == "labels"


def in_another_process(*words: str, program: Path | None = None, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        env={**environment_for(program), **environment},
        cwd=ROOT.parent,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return done.stdout


def test_another_program_has_other_models_and_the_same_code(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    program = program_with(models, tmp_path)
    shown = "import overread.weights as w, overread.rules as r; print(w.SHIPPED.resolve(), r.__path__[0])"
    shipped, rules = in_another_process("-c", shown, program=program).split()
    assert Path(shipped) == models
    assert Path(rules).resolve() == ROOT / "rules"


@pytest.mark.slow
def test_the_real_graph_reads_a_phantom_in_every_variant(tmp_path: Path) -> None:
    write_study(tmp_path / "study", sample_recipe(3))
    variants = tuple(variant.name for variant in reading.VARIANTS)
    out, job = tmp_path / "out", tmp_path / "job.json"
    reading.save(reading.Job({"one": str(tmp_path / "study")}, variants, str(out)), job)
    seconds = json.loads(
        in_another_process("-m", reading.__name__, str(job), OVERREAD_TRAINING=str(tmp_path)).splitlines()[-1]
    )
    assert seconds.keys() == {"taking in", *variants}
    files = {name: json.loads((out / name / "one.json").read_text()) for name in variants}
    assert {file["status"] for file in files.values()} == {"awaiting_review"}
    ran = {name: {run["tool"] for run in file["manifest"]["tool_runs"]} for name, file in files.items()}
    assert ran["classifier alone"] == {"header", "quality", "classification"}
    assert ran["report model alone"] == {"header", "quality", "report"}
    assert files["no check"]["rules"]["rules_run"] == []
    assert files["whole"]["rules"]["rules_run"]
    assert all(counts(file, phantom())["decisions"] for file in files.values())
    assert any((tmp_path / "draft-eval" / "memory").iterdir())
