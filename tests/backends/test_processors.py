"""The embedded models say the same on another processor: kernels are chosen when a process loads its libraries."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.needs import ROOT, require

require("torch")

script = SimpleNamespace(**runpy.run_path(str(ROOT / "scripts" / "processor_agreement.py")))


@pytest.mark.slow
def test_kernels_and_threads_change_no_report_no_mask_and_no_digit_of_a_score(tmp_path: Path) -> None:
    studies = script.phantoms(2, tmp_path / "studies")
    here = script.listen(script.LEVELS[0], studies, tmp_path / "here")
    there = script.listen(script.Level("AVX2", 2, script.AVX2), studies, tmp_path / "there")
    found = script.compare(here, there)
    assert found.holds, found
    # A probability that lies on the edge of its last digit falls to either side: one in a thousand.
    assert found.same_ids >= found.evidence - 1 > 40, found


def test_what_differs_is_found() -> None:
    def score(value: float) -> list[dict[str, object]]:
        payload = {"kind": "score", "label": "Edema", "probability": value}
        return [{"id": f"e-{value}", "tool": "classification", "payload": payload}]

    assert script.compare([score(0.5)], [score(0.5001)]).holds
    assert not script.compare([score(0.5)], [score(0.5003)]).holds
    assert not script.compare([score(0.5)], [[]]).holds
    assert script.compare([score(0.5)], [score(0.5)]).same_ids == 1
