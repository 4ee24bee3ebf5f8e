"""A backend that answers one request at a time is asked for all of them one by one."""

from overread.asking import ask_all
from overread.backends.scripted import ScriptedChat, Turns
from overread.errors import AnswerInvalid, Unavailable
from overread.ports import ChatAnswer, ChatRequest

SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
REQUESTS = [ChatRequest(f"question {number}", schema=SCHEMA) for number in range(3)]


def test_each_request_has_its_answer_in_the_order_asked() -> None:
    model = ScriptedChat([{"answer": "a"}, {"answer": "b"}, {"answer": "c"}])
    said = list(ask_all(model, REQUESTS))
    assert [(place, answer.text) for place, answer in said if isinstance(answer, ChatAnswer)] == [
        (0, '{"answer": "a"}'),
        (1, '{"answer": "b"}'),
        (2, '{"answer": "c"}'),
    ]
    assert model.requests == REQUESTS


def test_a_bad_answer_costs_only_itself() -> None:
    said = dict(ask_all(ScriptedChat([{"answer": "a"}, {"reply": "b"}, {"answer": "c"}]), REQUESTS))
    assert [type(said[place]) for place in range(3)] == [ChatAnswer, AnswerInvalid, ChatAnswer]


def test_a_model_that_is_gone_is_asked_once() -> None:
    model = ScriptedChat({"": {"answer": "a"}}, turns=Turns(fault="unavailable"))
    said = [error for _, error in ask_all(model, REQUESTS)]
    assert [type(error) for error in said] == [Unavailable] * 3
    assert len(model.requests) == 1


def test_who_stops_listening_has_asked_no_more_than_was_heard() -> None:
    model = ScriptedChat({"": {"answer": "a"}})
    next(ask_all(model, REQUESTS))
    assert len(model.requests) == 1
