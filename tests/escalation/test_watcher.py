"""Who is told when: by the ladder, once, as long as nobody has acknowledged, whatever the clock does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from overread.channels import Channel
from overread.errors import CaseBusy
from overread.escalation.outcome import NotSent, Unclear
from overread.records import Review
from overread.store.home import Home
from tests.escalation.climbs import HOOK, LADDER, RAISED, Sent, Time, acknowledge, case_of, put_alert, states, watcher


@pytest.fixture
def home(any_home: Home) -> Home:
    return any_home


def test_each_rung_is_told_once_at_its_time(home: Home) -> None:
    put_alert(home)
    time, sent = Time(), Sent()
    watching = watcher(home, time, sent)
    told = []
    for _ in range(26):
        watching.look()
        watching.look()
        told.append(len(sent.told))
        time.go(1)
    assert (told[0], told[9], told[10], told[15], told[20], told[25]) == (1, 1, 3, 5, 7, 7)
    assert len(set(sent.told)) == len(sent.told) == 7
    assert sent.told[0] == "a-1/0/hook/anna"


def test_an_acknowledgement_ends_it(home: Home) -> None:
    put_alert(home)
    time, sent = Time(), Sent()
    watcher(home, time, sent).look()
    acknowledge(home)
    time.go(60)
    watcher(home, time, sent).look()
    assert sent.told == ["a-1/0/hook/anna"]


@pytest.mark.parametrize("decision", ["sign", "reject"])
def test_a_case_that_a_person_closed_tells_nobody_any_more(home: Home, decision: str) -> None:
    put_alert(home)
    time, sent = Time(), Sent(refuse)
    watcher(home, time, sent).look()
    assert states(home) == {(0, "anna"): "due"}
    comment = None if decision == "sign" else "no use"
    review = Review(reviewer="A", decision=decision, comment=comment, draft_digest="d", at=RAISED)  # type: ignore[arg-type]
    home.cases.decisions.decide(case_of(), review)
    home.cases.mark(case_of(), "signed" if decision == "sign" else "rejected")
    time.go(60)
    watcher(home, time, sent).look()
    assert (states(home), sent.told) == ({(0, "anna"): "ended"}, [])


def test_who_was_away_tells_only_the_last_rung_of_each_person(home: Home) -> None:
    put_alert(home)
    time, sent = Time(), Sent()
    time.go(16)
    watcher(home, time, sent).look()
    assert sorted(sent.told) == ["a-1/0/hook/anna", "a-1/15/hook/bob", "a-1/15/hook/carl"]
    assert states(home)[10, "bob"] == "missed"


def test_a_rung_that_still_waits_is_overtaken_by_the_next_to_the_same_person(home: Home) -> None:
    put_alert(home)
    time, sent = Time(), Sent(refuse)
    time.go(10)
    watcher(home, time, sent).look()
    assert states(home)[10, "bob"] == "due"
    time.go(5)
    sent = Sent()
    watcher(home, time, sent).look()
    assert states(home)[10, "bob"] == "missed"
    assert sent.told.count("a-1/15/hook/bob") == 1


def test_a_channel_that_is_not_set_up_leaves_it_on_the_page(home: Home) -> None:
    put_alert(home)
    put_alert(home, 3, category=3)
    sent = Sent()
    watcher(home, Time(), sent, channels={}).look()
    assert (states(home), states(home, 3)) == ({(0, "anna"): "shown"}, {(0, "reader"): "shown"})
    assert sent.told == []


def test_what_is_refused_is_tried_again_later_and_later_and_then_no_more(home: Home) -> None:
    put_alert(home, category=2)
    time, tries = Time(), []

    def fail(body: dict[str, Any]) -> None:
        tries.append(time.passed)
        raise NotSent("the webhook answered 500")

    watching = watcher(home, time, Sent(fail))
    for _ in range(100):
        watching.look()
        time.go(1 / 60)
    assert tries == pytest.approx([0, 10, 30])
    (notice,) = home.notices.of(case_of())
    assert (notice.state, notice.attempts, notice.error) == ("dead", 3, "the webhook answered 500")


def test_a_refusal_and_then_an_answer_tells_once(home: Home) -> None:
    put_alert(home, category=2)
    time, fails = Time(), [NotSent("500"), None]

    def once(body: dict[str, Any]) -> None:
        if (error := fails.pop(0)) is not None:
            raise error

    sent = Sent(once)
    watching = watcher(home, time, sent)
    for _ in range(30):
        watching.look()
        time.go(0.1)
    assert sent.told == ["a-1/0/hook/reader"]
    assert [(n.state, n.attempts) for n in home.notices.of(case_of())] == [("sent", 2)]


def test_what_may_have_arrived_is_not_repeated_and_the_ladder_goes_on(home: Home) -> None:
    put_alert(home)
    time, tries = Time(), []

    def unclear(body: dict[str, Any]) -> None:
        tries.append(body["notice"])
        raise Unclear("the webhook gave no answer")

    watching = watcher(home, time, Sent(unclear))
    for _ in range(12):
        watching.look()
        time.go(1)
    assert sorted(tries) == ["a-1/0/hook/anna", "a-1/10/hook/bob", "a-1/10/hook/carl"]
    assert set(states(home).values()) == {"uncertain"}


def test_an_acknowledgement_between_two_attempts_ends_them(home: Home) -> None:
    put_alert(home)
    time = Time()

    def acknowledged_meanwhile(body: dict[str, Any]) -> None:
        acknowledge(home)
        raise NotSent("500")

    watcher(home, time, Sent(acknowledged_meanwhile)).look()
    assert states(home) == {(0, "anna"): "ended"}


def test_a_clock_that_goes_back_repeats_nothing_and_delays_nothing(home: Home) -> None:
    put_alert(home)
    time, sent = Time(), Sent()
    watching = watcher(home, time, sent)
    watching.look()
    for _ in range(11):
        time.now -= timedelta(hours=3)
        time.go(1)
        watching.look()
    assert sorted(sent.told) == ["a-1/0/hook/anna", "a-1/10/hook/bob", "a-1/10/hook/carl"]


def test_a_clock_that_goes_back_does_not_hold_up_a_retry(home: Home) -> None:
    put_alert(home, category=2)
    time, sent = Time(), Sent(refuse)
    watcher(home, time, sent).look()
    time.now -= timedelta(days=1)
    after = Sent()
    watcher(home, time, after).look()
    assert after.told == ["a-1/0/hook/reader"]


def test_an_alert_raised_by_a_clock_ahead_of_this_one_is_told_at_once(home: Home) -> None:
    put_alert(home, raised_at=RAISED + timedelta(hours=5))
    sent = Sent()
    watcher(home, Time(), sent).look()
    assert sent.told == ["a-1/0/hook/anna"]


def test_of_two_that_look_at_once_one_sends(home: Home) -> None:
    for number in range(1, 6):
        put_alert(home, number)
    time, sent = Time(), Sent()
    time.go(10)
    watchers = [watcher(home, time, sent) for _ in range(4)]

    def look(watching: Any) -> str:
        try:
            watching.look()
        except CaseBusy:
            return "busy"
        return "looked"

    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            assert "looked" in list(pool.map(look, watchers))
    assert len(sent.told) == len(set(sent.told)) == 15


def test_another_ladder_never_repeats_what_this_one_sent(home: Home) -> None:
    put_alert(home)
    time, sent = Time(), Sent()
    time.go(10)
    watcher(home, time, sent).look()
    first = LADDER.categories[1].steps[0].model_copy(update={"after_minutes": 3, "role": "other", "recipients": ("x",)})
    category = LADDER.categories[1].model_copy(update={"steps": (first, *LADDER.categories[1].steps)})
    other = LADDER.model_copy(update={"categories": {**LADDER.categories, 1: category}})
    watcher(home, time, sent, other).look()
    assert sorted(sent.told) == ["a-1/0/hook/anna", "a-1/10/hook/bob", "a-1/10/hook/carl", "a-1/3/hook/x"]


def test_a_replaced_case_goes_on_only_with_what_the_one_in_its_place_did_not_raise(home: Home) -> None:
    put_alert(home, 1)
    put_alert(home, 2, label="Pneumonia")
    put_alert(home, 9)
    for number in (1, 2):
        replace(home, number, 9)
    sent = Sent()
    watcher(home, Time(), sent).look()
    assert sorted(sent.told) == ["a-2/0/hook/anna", "a-9/0/hook/anna"]


def test_a_notice_holds_no_finding_unless_it_is_wanted_and_never_a_patient(home: Home) -> None:
    put_alert(home, laterality="left", message="Left pneumothorax of MUSTER^ANNA")
    sent = Sent()
    watcher(home, Time(), sent).look()
    (body,) = sent.bodies
    assert body == {
        "event": "critical_result",
        "notice": "a-1/0/hook/anna",
        "case": case_of(),
        "category": 1,
        "raised_at": "2026-01-02T03:00:00+00:00",
        "at": "2026-01-02T03:00:00+00:00",
        "minutes_open": 0,
        "role": "reader",
        "recipient": "anna",
        "link": f"http://here/?case={case_of()}",
    }


def test_a_channel_may_name_the_finding(home: Home) -> None:
    put_alert(home, laterality="left", message="Left pneumothorax of MUSTER^ANNA")
    sent = Sent()
    named = Channel.model_validate({**HOOK.model_dump(), "name_finding": True})
    watcher(home, Time(), sent, channels={"hook": named}).look()
    assert (sent.bodies[0]["finding"], sent.bodies[0]["laterality"]) == ("Pneumothorax", "left")
    assert "MUSTER" not in str(sent.bodies)


def refuse(body: dict[str, Any]) -> None:
    raise NotSent("500")


def replace(home: Home, number: int, by: int) -> None:
    import sqlalchemy as sa

    from overread.store import _schema as t

    row = t.cases.c.case_id == case_of(number)
    with home.database.begin() as connection:
        connection.execute(sa.update(t.cases).where(row).values(status="replaced", replaced_by=case_of(by)))


def test_nothing_open_is_nothing_done(tmp_path: Path, home: Home) -> None:
    assert watcher(home, Time(), Sent()).look() == 0
