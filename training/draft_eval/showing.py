"""One study as text: what is known of it, what the program found, the draft, and what a perfect reader would change."""

import json
from pathlib import Path
from typing import Any

from training.draft_eval.counts import edits, findings_in
from training.draft_eval.truth import FIRST_PHANTOM, Truth, films, phantoms


def show(which: str, film_count: int, phantom_count: int, out: Path, variant: str = "whole") -> str:
    """Give the page of a film, by its place or name, or of a phantom by its number; of the last run in `out`."""
    kind, truth = _find(which, film_count, phantom_count)
    path = out / kind / variant / f"{truth.name}.json"
    if not path.exists():
        raise SystemExit(f"{path} is not there: run `python -m training.draft_eval` first")
    file = json.loads(path.read_text(encoding="utf-8"))
    return "\n".join(
        [*_known(truth), "", *(_said(file) if file.get("draft") else ["no draft"]), "", *_edits(file, truth)]
    )


def _find(which: str, film_count: int, phantom_count: int) -> tuple[str, Truth]:
    if which.isdigit() and int(which) >= FIRST_PHANTOM:
        return "phantoms", phantoms(max(phantom_count, int(which) - FIRST_PHANTOM + 1))[int(which) - FIRST_PHANTOM]
    listed = films(max(film_count, int(which) + 1 if which.isdigit() else 0))
    found = [film for place, film in enumerate(listed) if which in (film.name, str(place))]
    if not found:
        raise SystemExit(f"no film '{which}'; there are 0 to {len(listed) - 1}, and phantoms from {FIRST_PHANTOM}")
    return "films", found[0]


def _known(truth: Truth) -> list[str]:
    sides = {label: "/".join(sorted(sides)) for label, sides in truth.sides.items()}
    present = [f"{label} ({sides[label]})" if label in sides else label for label in sorted(truth.present)]
    return [
        f"{truth.name}: {truth.path}",
        f"present: {', '.join(present) or 'nothing known'}{'; normal' if truth.normal else ''}",
        f"implied: {', '.join(sorted(truth.implied)) or 'nothing'}",
        f"absent: {', '.join(sorted(truth.absent))}",
    ]


def _said(file: dict[str, Any]) -> list[str]:
    lines = [_finding(finding) for finding in file["findings"] if finding["status"] != "not_assessed"]
    silent = [finding["label"] for finding in file["findings"] if finding["status"] == "not_assessed"]
    lines += [f"not assessed: {', '.join(silent) or 'nothing'}"]
    lines += [f"conflict, {one['resolution']}: {one['rule']}: {one['message']}" for one in file["conflicts"]]
    lines += [f"alert: {one['label']}: {one['message']}" for one in file["alerts"]]
    lines += [f"failed: {one['tool']}: {one['message']}" for one in file["failures"]]
    for name, section in file["draft"]["sections"].items():
        lines += ["", name.upper(), *(f"  {one['text']}{_free(one)}" for one in section)]
    for one in file["draft"].get("withheld", ()):
        lines += ["", f"withheld from {one['section']}: {one['statement']['text']}"]
    return lines


def _finding(finding: dict[str, Any]) -> str:
    chance = finding.get("probability")
    where = " ".join(str(finding[key]) for key in ("laterality", "location") if finding.get(key))
    shown = f" {chance:.2f}" if chance is not None else ""
    return f"{finding['status']:>9}  {finding['label']}{shown} {where} [{finding.get('reason', '')}]"


def _free(statement: dict[str, Any]) -> str:
    return "" if statement.get("needs_decision", True) else "  (no decision)"


def _edits(file: dict[str, Any], truth: Truth) -> list[str]:
    made = list(edits(findings_in(file), truth)) if file.get("draft") else []
    return [f"edits of a perfect reader: {len(made)}", *(f"  {kind}: {label}" for kind, label in made)]
