"""How it stands with critical results, in one word for the list and in lines for the case."""

from datetime import timedelta

from overread.escalation.outcome import NotSent
from overread.escalation.state import critical_state, next_step, notice_lines
from overread.store.home import Home
from tests.escalation.climbs import LADDER, RAISED, Sent, Time, acknowledge, case_of, put_alert, watcher


def state(home: Home) -> str | None:
    return critical_state(home.cases.alerts(case_of()), home.notices.escalated())


def test_open_then_escalated_then_acknowledged(any_home: Home) -> None:
    assert state(any_home) is None
    put_alert(any_home)
    assert state(any_home) == "open"
    time = Time()
    watcher(any_home, time, Sent()).look()
    assert state(any_home) == "open", "the foot of the ladder is where everybody stands"
    time.go(10)
    watcher(any_home, time, Sent()).look()
    assert state(any_home) == "escalated"
    acknowledge(any_home)
    assert state(any_home) == "acknowledged"


def test_one_open_result_beside_an_acknowledged_one_keeps_the_case_open(any_home: Home) -> None:
    put_alert(any_home)
    acknowledge(any_home)
    (told,) = any_home.cases.alerts(case_of())
    other = told.model_copy(update={"id": "a-2", "acknowledged": None})
    assert critical_state([told, other], frozenset()) == "open"
    assert critical_state([told, other], {"a-2"}) == "escalated"
    assert critical_state([told, other], {"a-1"}) == "open"


def test_lines_say_who_was_told_when_and_are_loud_until_somebody_acknowledged(any_home: Home) -> None:
    alert = put_alert(any_home)

    def fail(body: dict[str, object]) -> None:
        if body["recipient"] == "bob":
            raise NotSent("the webhook answered 500")

    time = Time()
    time.go(10)
    watching = watcher(any_home, time, Sent(fail))
    for _ in range(3):
        watching.look()
        time.go(1)
    lines = {
        f"{line.at:%H:%M} {line.text}": line.loud
        for line in notice_lines(alert, any_home.notices.of(case_of()), LADDER)
    }
    assert lines == {
        "03:10 reader by hook: told": False,
        "03:12 on call by hook: NOT TOLD, every attempt failed, attempt 3 (the webhook answered 500)": True,
        "03:10 on call by hook: told": False,
    }
    acknowledge(any_home)
    (known,) = any_home.cases.alerts(case_of())
    assert not any(line.loud for line in notice_lines(known, any_home.notices.of(case_of()), LADDER))


def test_the_next_step_counts_down_and_ends_at_the_top_or_with_the_acknowledgement(any_home: Home) -> None:
    alert = put_alert(any_home)
    assert next_step(alert, LADDER, RAISED + timedelta(minutes=3)) == "next on call in 7 min"
    assert next_step(alert, LADDER, RAISED + timedelta(minutes=21)) is None
    acknowledge(any_home)
    (known,) = any_home.cases.alerts(case_of())
    assert next_step(known, LADDER, RAISED + timedelta(minutes=3)) is None
