"""The laws of a chat backend."""

from collections.abc import Iterator
from typing import Any

import jsonschema

from overread.ports import ChatBackend, ChatRequest
from overread.testing.conformance._backend_trial import BackendTrial, breach_on_garbage, breach_when_unreachable
from overread.testing.conformance.report import NotApplicable
from overread.testing.doubles import make_picture

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"answer": {"enum": ["yes", "no", "cannot tell"]}},
    "required": ["answer"],
    "additionalProperties": False,
}
QUESTION = "Question: Is there a pleural effusion? Answer as JSON."
Trial = BackendTrial[ChatBackend]


def ask(seed: int = 1) -> ChatRequest:
    return ChatRequest(QUESTION, (make_picture(seed),), schema=SCHEMA, max_tokens=48)


def law_card_is_complete(trial: Trial) -> Iterator[str]:
    """The card names the backend, the model, its weights and the capability."""
    card = trial.backend.card
    if not (card.backend and card.model and card.weights_digest) or card.capability != "chat":
        yield f"the card is {card}"


def law_schema_is_honoured(trial: Trial) -> Iterator[str]:
    """An answer to a schema is data that is valid against it."""
    for seed in range(3):
        data = trial.backend.ask(ask(seed)).data
        if not jsonschema.Draft202012Validator(SCHEMA).is_valid(data):
            yield f"picture {seed} was answered outside the schema"


def law_greedy_answers_repeat(trial: Trial) -> Iterator[str]:
    """At temperature 0 the same request has the same answer."""
    if trial.backend.ask(ask()).text != trial.backend.ask(ask()).text:
        yield "two answers differ"


def law_logprob_is_one(trial: Trial) -> Iterator[str]:
    """A mean log-probability is at most 0, and None when it is not known."""
    value = trial.backend.ask(ask()).mean_logprob
    if value is None:
        raise NotApplicable("the backend does not know its log-probabilities")
    if value > 0:
        yield f"the mean log-probability is {value:g}"


def law_order_of_pictures_is_kept(trial: Trial) -> Iterator[str]:
    """Two pictures in another order are another request."""
    one, two = make_picture(1), make_picture(9, 100, 140)
    orders = ((one, two), (two, one))
    said = [trial.backend.ask(ChatRequest(QUESTION, order, schema=SCHEMA, max_tokens=48)) for order in orders]
    if said[0].mean_logprob is None:
        raise NotApplicable("the backend does not know its log-probabilities, by which orders are told apart")
    if said[0].mean_logprob == said[1].mean_logprob:
        yield "the order made no difference"


def law_unreachable_is_unavailable(trial: Trial) -> Iterator[str]:
    """A model that is late or gone raises Unavailable."""
    if breach := breach_when_unreachable(trial.unreachable, lambda backend: backend.ask(ask())):
        yield breach


def law_garbage_is_invalid(trial: Trial) -> Iterator[str]:
    """An answer outside the schema raises AnswerInvalid."""
    if breach := breach_on_garbage(trial.garbage, lambda backend: backend.ask(ask())):
        yield breach
