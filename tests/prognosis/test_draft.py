"""An outlook is one sentence for the reviewer, who must decide on it; nothing else of the draft changes."""

from pathlib import Path
from typing import Any

import pytest

from overread.records import CaseFile, Outlook
from overread.testing.doubles import ScriptedTool
from tests.graphs.rooms import put_case, scripted_room, scripted_tools

OUTLOOK = Outlook(
    outcome="death or pneumothorax",
    horizon="30 days",
    probability=0.34,
    low=0.2,
    high=0.5,
    patients=240,
    share=0.3,
    auroc=0.8,
    auroc_low=0.7,
    auroc_high=0.9,
)


def read(home: Path, **tools: Any) -> CaseFile:
    with scripted_room(home, scripted_tools(**tools)) as room:
        return room.read(put_case(room))


@pytest.mark.parametrize("outcome", ["intensive care", "death or pneumothorax", "no pleural effusion left"])
def test_an_outlook_is_a_sentence_to_decide_on_and_no_finding_and_no_alert(tmp_path: Path, outcome: str) -> None:
    said = ScriptedTool("prognosis", [OUTLOOK.model_copy(update={"outcome": outcome})])
    without, beside = read(tmp_path / "a"), read(tmp_path / "b", prognosis=said)
    assert without.draft is not None
    assert beside.draft is not None
    (more,) = [one for one in beside.draft.statements if one.text not in {s.text for s in without.draft.statements}]
    assert more in beside.draft.sections["limitations"]
    assert more.text.startswith(f"For the reviewer, no finding: the chance of '{outcome}' within 30 days")
    assert more.needs_decision
    assert [item.tool for item in beside.evidence if item.id in more.citations] == ["prognosis"]
    assert (beside.findings, beside.alerts) == (without.findings, without.alerts)
    assert beside.draft.withheld == without.draft.withheld
