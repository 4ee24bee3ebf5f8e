"""What a case's models were asked, counted by case."""

from datetime import UTC, datetime

from overread.observing.events import CaseRun, ModelCall, Place
from overread.observing.spending import HELD, Spending, Spent
from overread.ports import BackendCard

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def call(case_id: str | None, prompt: int | None = None, completion: int | None = None) -> ModelCall:
    place = Place(CaseRun(case_id, NOW), None) if case_id else None
    card = BackendCard(backend="scripted", model="m", weights_digest="d", capability="chat")
    return ModelCall(card, "chat", 1, NOW, 0.1, prompt, completion, place=place)


def test_calls_and_tokens_are_counted_by_case_and_told_once() -> None:
    spending = Spending()
    for each in (call("c-1", 10, 5), call("c-1"), call("c-2"), call(None, 100, 100), call("c-1", 1, 1)):
        spending.called(each)
    assert spending.take("c-1") == Spent(3, 11, 6)
    assert spending.take("c-2") == Spent(1, None, None)
    assert spending.take("c-1") == Spent()


def test_what_nobody_asks_for_is_let_go() -> None:
    spending = Spending()
    for number in range(HELD + 1):
        spending.called(call(f"c-{number}"))
    assert spending.take("c-0") == Spent()
    assert spending.take(f"c-{HELD}") == Spent(1)
