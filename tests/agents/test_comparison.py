"""A draft says what became of a finding where both pictures show it, cites that, and says what was left out."""

import itertools
from datetime import UTC, datetime

import pytest

from overread.agents._phrases import WORDINGS
from overread.agents._styles import load_style
from overread.agents.drafter import draft
from overread.agents.planner import NO_PRIOR, plan
from overread.agents.verifier import verify
from overread.labeler import assertions
from overread.ports import EvidenceIndex
from overread.reasoning.change import with_changes
from overread.reasoning.context import Reading, context_evidence
from overread.reasoning.merging import merge
from overread.reasoning.trust import BY
from overread.reasoning.vocabulary import LABELS
from overread.records import (
    Case,
    Change,
    Course,
    DraftReport,
    Evidence,
    Growth,
    Laterality,
    Locator,
    Prior,
    Registration,
    Section,
    Status,
    Trust,
)
from overread.testing.doubles import ScriptedTool, make_case, make_evidence, make_provenance, make_study
from overread.testing.doubles.payloads import make_header, make_ratio, make_score

NOW = datetime(2026, 1, 2, tzinfo=UTC)
EFFUSION = "Pleural Effusion"
THEN = make_study(1, 2, date="20251201")
CASE = make_case(priors=(Prior(study=THEN),))
EARLIER = Locator(sop_instance_uid=THEN.images[0].sop_instance_uid)
TRUSTED = Trust.of_figures({"classification": dict.fromkeys(LABELS, 0.98), "segmentation": {"Cardiomegaly": 0.97}})


def laid(overlap: float = 0.97) -> Evidence:
    return make_evidence(
        Registration(prior=EARLIER, matrix=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), overlap=overlap), tool="prior"
    )


def then(label: str, probability: float) -> Evidence:
    provenance = make_provenance("prior", parameters={BY: "classification"})
    return Evidence.of(make_score(label, probability), EARLIER, provenance)


def now(label: str, probability: float) -> Evidence:
    return make_evidence(make_score(label, probability))


def grown(label: str, course: Course) -> Evidence:
    assert course in ("increased", "unchanged", "decreased")
    return make_evidence(Growth(label=label, prior=EARLIER, ratio=2.0, course=course), tool="prior")


def wrote(*evidence: Evidence, case: Case = CASE) -> DraftReport:
    """Write a draft as the graph does, and see that the verifier has nothing against it."""
    index = EvidenceIndex([make_evidence(make_header(), tool="header"), *evidence])
    findings = with_changes(case, merge(case, index, (), TRUSTED), index.all(), TRUSTED)
    planned = plan(case, {}, ())
    known = context_evidence(Reading(case, planned, findings, (), (), index.all(), TRUSTED), NOW)
    index = EvidenceIndex([*index.all(), *known])
    written = draft(case, planned, findings, index, (), (), (), trust=TRUSTED)
    assert verify(written, case, findings, index, TRUSTED) == ()
    for item in written.statements:
        if "since" in item.text:
            assert any(isinstance(index.get(cited).payload, Change) for cited in item.citations)  # type: ignore[union-attr]
    return written


def text(written: DraftReport, section: Section) -> list[str]:
    return [item.text for item in written.sections[section]]


@pytest.mark.parametrize(
    ("before", "after", "course", "said"),
    [
        (0.01, 0.99, None, "There is a pleural effusion, new since 2025-12-01."),
        (0.99, 0.99, "increased", "There is a pleural effusion, increased since 2025-12-01."),
        (0.99, 0.99, "unchanged", "There is a pleural effusion, unchanged since 2025-12-01."),
        (0.99, 0.99, "decreased", "There is a pleural effusion, decreased since 2025-12-01."),
        (0.99, 0.01, None, "No pleural effusion, resolved since 2025-12-01."),
        (0.99, 0.99, None, "There is a pleural effusion, present on 2025-12-01 too; its extent was not compared."),
    ],
)
def test_a_finding_is_told_with_its_course(before: float, after: float, course: Course | None, said: str) -> None:
    size = (grown(EFFUSION, course),) if course else ()
    written = wrote(laid(), then(EFFUSION, before), now(EFFUSION, after), *size)
    assert said in text(written, "findings")
    assert text(written, "comparison") == ["Compared with the study of 2025-12-01."]
    expected = "absent" if after < 0.5 else "present"
    assert [(each.label, each.status) for each in assertions(said)] == [(EFFUSION, expected)]


def test_the_impression_tells_the_course_too() -> None:
    written = wrote(laid(), then(EFFUSION, 0.01), now(EFFUSION, 0.99))
    assert text(written, "impression")[0].startswith("Pleural effusion, new since 2025-12-01")
    gone = wrote(laid(), then(EFFUSION, 0.99), now(EFFUSION, 0.01))
    assert text(gone, "impression") == ["No pleural effusion, resolved since 2025-12-01."]


def test_a_heart_that_became_normal_is_said_so() -> None:
    ratio = make_evidence(make_ratio(0.44), tool="segmentation")
    written = wrote(laid(), then("Cardiomegaly", 0.99), now("Cardiomegaly", 0.01), ratio)
    said = "The heart size is normal, cardiothoracic ratio 0.44; cardiomegaly resolved since 2025-12-01."
    assert said in text(written, "findings")
    assert {(each.label, each.status) for each in assertions(said)} == {("Cardiomegaly", "absent")}


def test_pictures_that_do_not_lie_over_each_other_are_said_not_to_be_compared() -> None:
    written = wrote(laid(0.5), then(EFFUSION, 0.01), now(EFFUSION, 0.99))
    assert text(written, "findings") == ["There is a pleural effusion."]
    (said,) = text(written, "comparison")
    assert said.startswith("Not compared with the study of 2025-12-01: the lungs")


def test_a_prior_that_no_tool_looked_at_was_not_compared() -> None:
    written = wrote(now(EFFUSION, 0.99))
    assert text(written, "comparison") == ["Not compared by the models with the study of 2025-12-01."]


def test_only_the_newest_of_several_is_compared_and_that_is_said() -> None:
    older = CASE.model_copy(update={"priors": (*CASE.priors, Prior(study=make_study(1, 3, date="20240101")))})
    written = wrote(laid(), then(EFFUSION, 0.01), now(EFFUSION, 0.99), case=older)
    assert text(written, "comparison") == ["Compared with the study of 2025-12-01; older ones were not compared."]


def test_what_cannot_be_compared_is_named_with_its_reason() -> None:
    lying = make_study(1, 2, views=("AP",), date="20251201")
    case = make_case(priors=(Prior(study=lying),))
    written = wrote(laid(), then("Cardiomegaly", 0.01), now("Cardiomegaly", 0.99), case=case)
    assert "Change not assessed: cardiomegaly; the projections differ or are not known." in text(written, "limitations")
    assert not any("since" in said for said in text(written, "findings"))


def test_without_a_date_the_earlier_study_is_named() -> None:
    undated = make_study(1, 2, date=None)
    written = wrote(laid(), then(EFFUSION, 0.01), now(EFFUSION, 0.99), case=make_case(priors=(Prior(study=undated),)))
    assert "There is a pleural effusion, new since the earlier study." in text(written, "findings")


@pytest.mark.parametrize("style", ["plain", "structured"])
def test_no_style_says_something_else_once_a_change_is_added(style: str) -> None:
    phrases = load_style(style)
    sides: tuple[Laterality | None, ...] = (None, "left", "right", "bilateral")
    tails: dict[Status, tuple[str, ...]] = {
        "present": (
            ", new since 2025-12-01",
            ", increased since the earlier study",
            ", unchanged since 2025-12-01",
            ", decreased since 2025-12-01",
            ", present on 2025-12-01 too; its extent was not compared",
        ),
        "absent": (", resolved since 2025-12-01",),
    }
    for label, side in itertools.product(WORDINGS, sides):
        for status, all_tails in tails.items():
            for tail in all_tails:
                said = f"{phrases.says(status, label, side)}{tail}."
                assert {(each.label, each.status) for each in assertions(said)} == {(label, status)}, said


def test_the_prior_tool_is_planned_where_there_is_a_prior_and_is_no_limit_where_there_is_none() -> None:
    tools = {"prior": ScriptedTool(name="prior")}
    assert plan(CASE, tools, ()).tools == ("prior",)
    alone = plan(make_case(), tools, ())
    assert alone.tools == ()
    assert ("prior", NO_PRIOR) in alone.skipped
