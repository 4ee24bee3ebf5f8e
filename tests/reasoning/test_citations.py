import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.ports import EvidenceIndex
from overread.reasoning.citations import coverage, is_of_prior, objections
from overread.records import Case, DraftReport, Evidence, Locator, Prior, Region, Statement
from overread.testing.doubles import make_case, make_evidence, make_provenance, make_study
from overread.testing.doubles.payloads import make_header, make_score

PRIOR = make_study(patient=1, study=2)
STRANGER = make_study(patient=2, study=1)
CASE = make_case(priors=(Prior(study=PRIOR), Prior(study=STRANGER)))
SEEN = CASE.study.images[0]


def cite(*ids: str) -> Statement:
    return Statement(id="s-1", text="A sentence.", citations=ids)


def kinds(statement: Statement, *items: Evidence) -> list[str]:
    return [objection.kind for objection in objections(statement, EvidenceIndex(items), CASE)]


def at(uid: str, frame: int = 1, region: Region | None = None) -> Evidence:
    locator = Locator(sop_instance_uid=uid, frame=frame, region=region)
    return Evidence.of(make_score("Edema", 0.9), locator, make_provenance())


def test_evidence_of_this_study_and_of_a_prior_resolves() -> None:
    own, prior = make_evidence(make_header()), make_evidence(make_header(), PRIOR)
    assert kinds(cite(own.id, prior.id), own, prior) == []
    assert (is_of_prior(own, CASE), is_of_prior(prior, CASE)) == (False, True)


def test_a_statement_without_citation_is_objected_to() -> None:
    assert kinds(cite()) == ["uncited"]


def test_an_id_that_is_no_evidence_is_objected_to() -> None:
    own = make_evidence(make_header())
    assert kinds(cite(own.id, "e-000000000000"), own) == ["unknown_evidence"]


@pytest.mark.parametrize(
    "item",
    [
        make_evidence(make_header(), STRANGER),
        at("2.25.999"),
        at(SEEN.sop_instance_uid, frame=2),
        at(SEEN.sop_instance_uid, region=Region(x=SEEN.columns - 5, y=0, width=6, height=5)),
        at(SEEN.sop_instance_uid, region=Region(x=0, y=SEEN.rows, width=1, height=1)),
    ],
    ids=["another patient's prior", "no such image", "no such frame", "over the right edge", "below the image"],
)
def test_evidence_that_leads_to_no_pixel_of_the_case_is_foreign(item: Evidence) -> None:
    assert kinds(cite(item.id), item) == ["foreign_evidence"]


def test_a_region_that_touches_the_edge_is_inside() -> None:
    item = at(SEEN.sop_instance_uid, region=Region(x=0, y=0, width=SEEN.columns, height=SEEN.rows))
    assert kinds(cite(item.id), item) == []


def _drafted(case: Case, items: list[Evidence], extra: tuple[str, ...] = ()) -> DraftReport:
    statements = tuple(
        Statement(id=f"s-{number}", text="A sentence.", citations=(item.id,)) for number, item in enumerate(items)
    )
    more = tuple(Statement(id=f"x-{number}", text="More.", citations=(one,)) for number, one in enumerate(extra))
    return DraftReport(sections={"findings": statements, "impression": more}, drafter="test", banner="Draft")


@given(
    st.integers(1, 10**6),
    st.integers(1, 10**6),
    st.lists(st.sampled_from(["Edema", "Fracture", "Pneumonia"]), min_size=1, max_size=8),
)
def test_whatever_the_uids_all_citations_of_own_evidence_resolve(patient: int, number: int, labels: list[str]) -> None:
    case = make_case(make_study(patient, number))
    items = [make_evidence(make_score(label, 0.5), case.study) for label in labels]
    report = coverage(_drafted(case, items), EvidenceIndex(items), case)
    assert report.complete
    assert (report.statements, report.ids) == (len(labels), len(labels))


@given(st.integers(2, 10**6), st.text("0123456789abcdef", min_size=12, max_size=12))
def test_whatever_the_uids_a_stranger_and_an_unknown_id_never_resolve(patient: int, digits: str) -> None:
    case = make_case(make_study(patient, 1))
    own, foreign = make_evidence(make_header(), case.study), make_evidence(make_header(), make_study(patient + 1, 1))
    report = coverage(_drafted(case, [own, foreign], (f"x-{digits}",)), EvidenceIndex([own, foreign]), case)
    assert (report.cited, report.ids, report.resolved, report.complete) == (3, 3, 1, False)


def test_an_uncited_statement_makes_the_draft_incomplete() -> None:
    draft = DraftReport(sections={"findings": (cite(),)}, drafter="test", banner="Draft")
    assert not coverage(draft, EvidenceIndex([]), CASE).complete
