"""The case store keeps one row a case, one decision a draft, one alert a critical result."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from overread.errors import CaseBusy, CaseUnknown, StaleReview
from overread.records import Alert, Review
from overread.store.home import Home
from overread.testing.doubles import make_case

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def home(any_home: Home) -> Home:
    return any_home


def review(digest: str = "d" * 64, decision: str = "sign", reviewer: str = "Dr A") -> Review:
    comment = None if decision == "sign" else "why"
    return Review(reviewer=reviewer, decision=decision, comment=comment, draft_digest=digest, at=NOW)  # type: ignore[arg-type]


def test_the_same_case_is_admitted_once(home: Home) -> None:
    case = make_case()
    assert home.cases.admit(case, 1, {}, {"name": "X"})
    assert not home.cases.admit(case, 1, {}, {"name": "Y"})
    assert home.cases.identity(case.case_id) == {"name": "X"}
    assert len(home.cases.rows()) == 1


def test_many_may_open_a_store_that_is_new(tmp_path: Path) -> None:
    def opened(number: int) -> int:
        found = Home(tmp_path / str(number % 4))
        try:
            return len(found.cases.rows())
        finally:
            found.close()

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(opened, range(64))) == [0] * 64


def test_an_unknown_case_is_named(home: Home) -> None:
    with pytest.raises(CaseUnknown, match="c-nothing"):
        home.cases.row("c-nothing")


def test_one_draft_is_decided_once_and_one_case_signed_once(home: Home) -> None:
    case = make_case()
    home.cases.admit(case, 1, {}, None)
    home.cases.decisions.decide(case.case_id, review("a" * 64, "revise"))
    with pytest.raises(StaleReview):
        home.cases.decisions.decide(case.case_id, review("a" * 64, "sign"))
    home.cases.decisions.decide(case.case_id, review("b" * 64, "sign"))
    with pytest.raises(StaleReview):
        home.cases.decisions.decide(case.case_id, review("c" * 64, "reject"))
    kept = home.cases.decisions.decision(case.case_id, "b" * 64)
    assert kept is not None
    assert kept.decision == "sign"
    assert home.cases.decisions.decision(case.case_id, "c" * 64) is None


def test_an_alert_is_raised_once(home: Home) -> None:
    case = make_case()
    home.cases.admit(case, 1, {}, None)
    alert = Alert(id="a-1", label="Pneumothorax", category=1, message="m", evidence_ids=("e-1",), raised_at=NOW)
    assert home.cases.raise_alert(case.case_id, alert)
    assert not home.cases.raise_alert(case.case_id, alert)
    assert home.cases.alerts(case.case_id) == (alert,)


def test_an_alert_without_a_side_adds_nothing_to_one_of_its_label(home: Home) -> None:
    case = make_case()
    home.cases.admit(case, 1, {}, None)
    right = Alert(
        id="a-1",
        label="Pneumothorax",
        laterality="right",
        category=1,
        message="m",
        evidence_ids=("e-1",),
        raised_at=NOW,
    )
    assert home.cases.raise_alert(case.case_id, right)
    assert not home.cases.raise_alert(case.case_id, right.model_copy(update={"id": "a-2", "laterality": None}))
    assert home.cases.raise_alert(case.case_id, right.model_copy(update={"id": "a-3", "laterality": "left"}))
    assert [alert.id for alert in home.cases.alerts(case.case_id)] == ["a-1", "a-3"]


def test_a_side_that_comes_later_makes_the_standing_alert_precise(home: Home) -> None:
    case = make_case()
    home.cases.admit(case, 1, {}, None)
    unsided = Alert(id="a-1", label="Pneumothorax", category=1, message="m", evidence_ids=("e-1",), raised_at=NOW)
    sided = unsided.model_copy(update={"id": "a-2", "laterality": "right", "evidence_ids": ("e-2",)})
    assert home.cases.raise_alert(case.case_id, unsided)
    assert not home.cases.raise_alert(case.case_id, sided)
    assert not home.cases.raise_alert(case.case_id, sided)
    (standing,) = home.cases.alerts(case.case_id)
    assert (standing.id, standing.laterality, standing.evidence_ids) == ("a-1", "right", ("e-1", "e-2"))


def test_a_case_is_held_by_one_at_a_time(home: Home) -> None:
    with home.cases.hold("c-1"), pytest.raises(CaseBusy), home.cases.hold("c-1"):
        pass
    with home.cases.hold("c-1"):
        pass


def test_the_journal_is_in_order(home: Home) -> None:
    for number in range(3):
        home.cases.write("c-1", "tool", number=number)
    assert [detail["number"] for _, _, detail in home.cases.journal("c-1")] == [0, 1, 2]


def test_the_home_is_for_its_owner_only_and_keeps_its_key(tmp_path: Path) -> None:
    root = tmp_path / "home"
    first = Home(root)
    key = first.key
    first.close()
    again = Home(root)
    assert again.key == key
    assert len(key) == 32
    assert root.stat().st_mode & 0o077 == 0
    assert (root / "patient.key").stat().st_mode & 0o077 == 0
    again.close()
