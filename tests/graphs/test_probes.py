"""An answer that is to settle a conflict is asked otherwise as well; one that does not hold settles nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from overread.composition import open_room
from overread.reasoning.questions import CONTROL, NORMAL, ask_about
from overread.reasoning.vocabulary import LABELS
from overread.records import CaseFile, Claim, Prevalence, Trust
from overread.testing.doubles import ScriptedTool
from overread.testing.doubles.answerers import Answerer, answering_tool, no_sayer, one_that_looks, yes_sayer
from overread.testing.doubles.payloads import make_claim, make_score
from tests.graphs.rooms import put_case, scripted_tools, settings

EFFUSION = "Pleural Effusion"
FIGURES = {"classification": 0.94, "report": 0.94, "vqa": 0.999}
KNOWN = replace(
    Trust.of_figures({tool: dict.fromkeys(LABELS, figure) for tool, figure in FIGURES.items()}),
    prevalence_of_phantoms=Prevalence(dict.fromkeys(LABELS, 0.3)),
)
"""Everybody has a vote, and the answers would settle what the others leave open."""


def read(home: Path, answerer: Answerer, denied: str = "No pleural effusion.", **values: object) -> CaseFile:
    """Read a case in which a score sees an effusion and a report denies it."""
    claim: Claim = make_claim(denied, EFFUSION, "absent")
    tools = scripted_tools(
        classification=ScriptedTool("classification", [make_score(EFFUSION, 0.97)]),
        report=ScriptedTool("report", [claim]),
        vqa=answering_tool(answerer),
    )
    with open_room(settings(home, **values), tools=tools, trust=KNOWN) as room:
        return room.read(put_case(room))


def resolution(file: CaseFile) -> str:
    return next(c.resolution for c in file.conflicts if c.rule == "polarity" and c.label == EFFUSION)


def answer_ids(file: CaseFile) -> set[str]:
    wanted = ask_about(EFFUSION).text
    return {e.id for e in file.evidence if e.payload.kind == "answer" and e.payload.question == wanted}


@pytest.mark.parametrize("answerer", [yes_sayer, no_sayer])
def test_one_who_says_the_same_to_everything_settles_nothing_and_is_kept_without_a_vote(
    tmp_path: Path, answerer: Answerer
) -> None:
    file = read(tmp_path, answerer)
    assert resolution(file) == "open"
    effusion = next(finding for finding in file.findings if finding.label == EFFUSION)
    assert answer_ids(file)
    assert answer_ids(file) <= set(effusion.silent_ids)


@pytest.mark.parametrize(("there", "status"), [({EFFUSION: "left"}, "present"), ({}, "absent")])
def test_one_that_looks_keeps_its_voice_and_settles(tmp_path: Path, there: dict[str, str], status: str) -> None:
    file = read(tmp_path, one_that_looks(there))  # type: ignore[arg-type]
    effusion = next(finding for finding in file.findings if finding.label == EFFUSION)
    assert (resolution(file), effusion.status) == ("resolved", status)
    assert answer_ids(file) <= set(effusion.evidence_ids)


def test_without_probes_the_yes_sayer_would_have_settled_it(tmp_path: Path) -> None:
    assert resolution(read(tmp_path, yes_sayer, adjudication_probes=0)) == "resolved"


def test_a_negation_is_asked_literally_only_of_a_model_that_reads_it(tmp_path: Path) -> None:
    reads = one_that_looks({EFFUSION: "left"}, reads_negations=True)
    overhears = one_that_looks({EFFUSION: "left"})
    assert resolution(read(tmp_path / "a", reads, adjudication_negation="literal")) == "resolved"
    assert resolution(read(tmp_path / "b", overhears, adjudication_negation="literal")) == "open"


def test_questions_and_probes_go_in_one_call_within_the_budget_and_are_recorded(tmp_path: Path) -> None:
    file = read(tmp_path, one_that_looks({EFFUSION: "left"}))
    planned = {question.text for question in file.plan.questions} if file.plan else set()
    asked = [question.text for question in file.questions_asked if question.text not in planned]
    assert asked[0] == ask_about(EFFUSION).text
    assert {NORMAL.text, CONTROL.text, "Is there a left pleural effusion?"} <= set(asked)
    assert len(asked) <= 6
    assert sum(run.tool == "vqa" for run in file.manifest.tool_runs) == 2


def test_a_smaller_budget_asks_the_most_telling_probe_alone(tmp_path: Path) -> None:
    file = read(tmp_path, yes_sayer, adjudication_probes=1)
    assert resolution(file) == "open"
    assert {question.text for question in file.questions_asked} & {CONTROL.text, NORMAL.text} == {NORMAL.text}
