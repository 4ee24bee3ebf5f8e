"""One acknowledgement an alert, whoever writes at the same moment, and it ends what still waits to be sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from overread.errors import StaleReview, UsageError
from overread.records import Acknowledgement, Alert, NotTold, Review
from overread.store import _schema as t
from overread.store.home import Home
from overread.testing.doubles import make_case

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
ALERT = Alert(id="a-1", label="Pneumothorax", category=1, message="Pneumothorax.", evidence_ids=("e-1",), raised_at=NOW)


@pytest.fixture
def home(any_home: Home) -> Home:
    case = make_case()
    any_home.cases.admit(case, 1, {}, None)
    any_home.cases.raise_alert(case.case_id, ALERT)
    return any_home


@pytest.fixture
def case_id(home: Home) -> str:
    (row,) = home.cases.rows()
    return row.case_id


def made(by: str = "Dr A", told: str = "Dr Ward") -> Acknowledgement:
    at = NOW + timedelta(minutes=5)
    return Acknowledgement(by=by, at=at, told=told, told_at=at, how="phone", read_back=True, remark="twice")


def test_an_acknowledgement_is_kept_whole_with_what_the_alert_says(home: Home, case_id: str) -> None:
    written = home.acknowledgements.write(case_id, "a-1", made(), "local")
    assert (written.finding, written.found_at) == ("Pneumothorax.", NOW)
    assert home.cases.alerts(case_id) == (ALERT.model_copy(update={"acknowledged": written}),)


def test_it_is_audited_in_the_same_step(home: Home, case_id: str) -> None:
    home.acknowledgements.write(case_id, "a-1", made(), "anna")
    (link,) = home.cases.audit.of(case_id)
    assert (link.actor, link.action) == ("anna", "acknowledge")
    assert '"told": "Dr Ward"' in link.detail
    assert "twice" not in link.detail, "a remark may hold a patient's data"


def test_of_many_at_once_one_stands_and_the_others_are_told(home: Home, case_id: str) -> None:
    def write(number: int) -> str:
        try:
            return home.acknowledgements.write(case_id, "a-1", made(f"Dr {number}"), f"{number}").by
        except StaleReview as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(write, range(8)))
    (alert,) = home.cases.alerts(case_id)
    assert alert.acknowledged is not None
    stood = alert.acknowledged.by
    assert told.count(stood) == 1
    assert (
        sum(f"{stood} acknowledged this critical result at 03:09 UTC, Dr Ward was told" in said for said in told) == 7
    )
    assert len(home.cases.audit.of(case_id)) == 1


@pytest.mark.parametrize("alert_id", ["a-2", ""])
def test_an_alert_that_the_case_does_not_have_is_refused(home: Home, case_id: str, alert_id: str) -> None:
    with pytest.raises(UsageError, match="no critical result"):
        home.acknowledgements.write(case_id, alert_id, made(), "local")
    with pytest.raises(UsageError, match="no critical result"):
        home.acknowledgements.write("c-another", "a-1", made(), "local")
    assert home.cases.audit.head().seq == 0


def test_a_person_who_is_told_later_takes_the_place_of_a_reason_and_not_the_other_way(home: Home, case_id: str) -> None:
    home.cases.decisions.decide(case_id, review("a" * 64, "revise"))
    (alert,) = home.cases.alerts(case_id)
    assert alert.acknowledged is not None
    assert alert.acknowledged.not_told == "known since Monday"
    home.acknowledgements.write(case_id, "a-1", made(), "local")
    home.cases.decisions.decide(case_id, review("b" * 64, "sign"))
    (alert,) = home.cases.alerts(case_id)
    assert alert.acknowledged is not None
    assert (alert.acknowledged.told, alert.acknowledged.not_told) == ("Dr Ward", None)
    with pytest.raises(StaleReview):
        home.acknowledgements.write(case_id, "a-1", made("Dr B"), "local")


def test_a_decision_that_does_not_stand_leaves_no_reason(home: Home, case_id: str) -> None:
    home.cases.decisions.decide(case_id, review("a" * 64, "sign", reasons=False))
    with pytest.raises(StaleReview):
        home.cases.decisions.decide(case_id, review("a" * 64, "sign"))
    assert home.cases.alerts(case_id) == (ALERT,)


def test_a_notice_that_waits_ends_with_the_acknowledgement_and_one_under_way_does_not(home: Home, case_id: str) -> None:
    with home.database.begin() as connection:
        for step, state in enumerate(("due", "sending", "sent", "dead")):
            row = {"alert_id": "a-1", "case_id": case_id, "step": step, "state": state, "due_at": NOW, "attempts": 0}
            connection.execute(sa.insert(t.notices).values(row | {"channel": "hook", "recipient": "x"}))
    home.acknowledgements.write(case_id, "a-1", made(), "local")
    states = [row["state"] for row in home.database.rows(sa.select(t.notices).order_by(t.notices.c.step))]
    assert states == ["ended", "sending", "sent", "dead"]


def test_a_side_that_comes_after_the_acknowledgement_keeps_it(home: Home, case_id: str) -> None:
    home.acknowledgements.write(case_id, "a-1", made(), "local")
    home.cases.raise_alert(case_id, ALERT.model_copy(update={"id": "a-left", "laterality": "left"}))
    (alert,) = home.cases.alerts(case_id)
    assert (alert.id, alert.laterality) == ("a-1", "left")
    assert alert.acknowledged is not None


def review(digest: str, decision: str, *, reasons: bool = True) -> Review:
    return Review(
        reviewer="Dr A",
        decision=decision,  # type: ignore[arg-type]
        comment=None if decision == "sign" else "why",
        draft_digest=digest,
        at=NOW,
        not_told=(NotTold(alert_id="a-1", reason="known since Monday"),) if reasons else (),
    )
