"""Devices that are held against each other: what agrees, what the table says, and a machine without a GPU."""

import copy
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.needs import ROOT, require

require("training")

from scripts.measure_cuda import HEAD, NOWHERE, TOLERANCE, Told, agreement, holds, listen, rows_of, table_of
from scripts.processor_agreement import phantoms


def score(label: str, probability: float) -> dict[str, Any]:
    return {"id": label, "tool": "classifier", "payload": {"kind": "score", "label": label, "probability": probability}}


def told(device: str, *probabilities: float, seconds: tuple[float, ...] = (4.0, 1.0, 2.0)) -> Told:
    said = [[score(f"label {place}", value) for place, value in enumerate(probabilities)]]
    return Told(device, f"a {device}", said, list(seconds), 250_000_000)


@pytest.mark.parametrize(
    ("difference", "agrees"), [(0.0, True), (TOLERANCE.score - 0.01, True), (TOLERANCE.score + 0.01, False)]
)
def test_scores_may_differ_as_far_as_the_tolerance(difference: float, agrees: bool) -> None:
    found = agreement(told("cpu", 0.2, 0.5).said, told("cuda", 0.2, 0.5 + difference).said)
    assert holds(found) is agrees


def test_a_score_that_is_missing_or_no_number_or_nothing_at_all_is_no_agreement() -> None:
    whole = told("cpu", 0.2, 0.5).said
    assert not holds(agreement(whole, told("cuda", 0.2).said))
    assert not holds(agreement(whole, told("cuda", 0.2, float("nan")).said))
    assert not holds(agreement([[]], [[]]))


def measured(name: str, value: float) -> dict[str, Any]:
    return {"id": name, "tool": "quality", "payload": {"kind": "measurement", "name": name, "value": value}}


def test_a_small_measurement_counts_by_its_difference_a_large_one_by_its_part_and_a_missing_one_whole() -> None:
    before = [[measured("view_ap_probability", 0.0005), measured("sharpness", 200.0)]]
    after = [[measured("view_ap_probability", 0.0105), measured("sharpness", 206.0)]]
    assert agreement(before, after).measurement == pytest.approx(0.03)
    assert agreement(before, [after[0][:1]]).measurement == 1.0


def test_a_row_tells_seconds_of_the_first_case_and_of_the_warm_ones_and_the_memory() -> None:
    rows = rows_of([told("cpu", 0.2), told("cuda", 0.9, seconds=(3.0,))])
    assert rows[0][:2] == ["a cpu", "as the first"]
    assert rows[0][-3:] == ["4.0", "1.50", "250"]
    assert rows[1][:3] == ["a cuda", "no", "0.700"]
    assert rows[1][-2] == "–"
    lines = table_of(rows).splitlines()
    assert len(lines) == 4
    assert {line.count("|") for line in lines} == {len(HEAD) + 1}


def test_what_a_cpu_says_of_a_phantom_agrees_with_itself_and_not_once_a_score_is_another(tmp_path: Path) -> None:
    one = listen("cpu", phantoms(1, tmp_path / "phantoms"), tmp_path / "one")
    found = agreement(one.said, one.said)
    assert holds(found)
    assert found.evidence > 20
    assert found.texts == found.same_texts == 1
    assert one.memory > 100e6
    assert one.name.startswith("CPU")
    other = copy.deepcopy(one.said)
    scored = next(item["payload"] for item in other[0] if item["payload"]["kind"] == "score")
    scored["probability"] = abs(scored["probability"] - 0.5)
    assert not holds(agreement(one.said, other))


def test_without_cuda_nothing_is_measured_and_the_reason_is_said() -> None:
    command = [sys.executable, "-m", "scripts.measure_cuda", "--phantoms", "1"]
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, cwd=ROOT, env=hidden, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == NOWHERE
    assert done.stdout == ""
    assert "no CUDA device here" in done.stderr
