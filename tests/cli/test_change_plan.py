"""`overread eval --plan`: exit codes, the table, and the reason in words."""

import json
from pathlib import Path

import yaml


def test_a_change_is_accepted_or_refused_with_the_reason(overread, tmp_path: Path) -> None:
    texts = ("Left effusion.", "Large heart.")
    rows = [{"id": str(n), "patient": str(n), "text": texts[n % 2], "sex": "FM"[n % 2]} for n in range(80)]
    for name, wrong in (("test", 0), ("current", 4), ("same", 4), ("worse", 60)):
        said = [row | {"text": "Clear."} if n < wrong else row for n, row in enumerate(rows)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, said)))
    criterion = {"metric": "chexpert_f1", "figure": "CheXpert-style micro F1-14", "margin": 0.1}
    plan = {
        "name": "a new prompt", "change": "prompt", "references": "test.jsonl", "current": "current.jsonl",
        "proposed": "same.jsonl", "ledger": "ledger.jsonl", "looks": 1, "metrics": [criterion],
        "subgroups": {"columns": [{"column": "sex"}], "criterion": criterion},
    }  # fmt: skip
    path, out = tmp_path / "plan.yaml", tmp_path / "out"
    path.write_text(yaml.safe_dump(plan))
    said = overread("eval", "--plan", str(path), "--out", str(out))
    assert said.code == 0
    assert "a new prompt: accepted (look 1 of 1)" in said.out
    head = json.loads((out / "change.json").read_text())["ledger_head"]
    assert head in said.out
    path.write_text(yaml.safe_dump(plan | {"proposed": "worse.jsonl"}))
    said = overread("eval", "--plan", str(path), "--out", str(out))
    assert said.code == 1
    assert "outside plan (no look at the test set was taken)" in said.out
    assert "no look is left" in said.out
    (tmp_path / "ledger.jsonl").unlink()
    told = overread("eval", "--plan", str(path), "--out", str(out), "--json")
    assert (told.code, told.json["verdict"]) == (1, "refused")
    assert overread("eval", "--plan", str(tmp_path / "none.yaml")).code == 2
