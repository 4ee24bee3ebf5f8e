"""The laws of a chat backend."""

from collections.abc import Iterator
from typing import Any

import jsonschema

from overread.asking import ask_all
from overread.errors import AnswerInvalid, BackendError, Unavailable
from overread.ports import ChatAnswer, ChatBackend, ChatRequest
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
ROUNDING = 1e-3
"""Of a mean log-probability: sums over a batch are added in another order, in bfloat16 on a GPU more coarsely."""
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


def law_together_is_as_alone(trial: Trial) -> Iterator[str]:
    """Of several requests each has one answer, the one that it has alone, whatever is asked beside it."""
    picture = make_picture(1)
    prompts = (QUESTION, "Question: Heart? Answer as JSON.", "Question: Is any fracture to be seen? Answer as JSON.")
    requests = [ChatRequest(prompt, (picture,), schema=SCHEMA, max_tokens=48) for prompt in prompts]
    requests += [ask(9), ChatRequest(QUESTION, (picture,), max_tokens=48, schema={**SCHEMA, "title": "Another"})]
    said = list(ask_all(trial.backend, requests))
    if sorted(place for place, _ in said) != list(range(len(requests))):
        yield f"the places {sorted(place for place, _ in said)} came for {len(requests)} requests"
    for place, answer in said:
        if not isinstance(answer, ChatAnswer):
            yield f"request {place} failed: {answer}"
        elif not _alike(answer, trial.backend.ask(requests[place])):
            yield f"request {place} has another answer alone"


def law_nothing_together_is_nothing(trial: Trial) -> Iterator[str]:
    """No request has no answer."""
    if list(ask_all(trial.backend, ())):
        yield "no request was answered"


def law_failures_together_are_each_one_s_own(trial: Trial) -> Iterator[str]:
    """Asked together, each failure comes as the answer of its request and is raised by none."""
    failing = ((trial.unreachable, Unavailable), (trial.garbage, AnswerInvalid))
    if not any(backend for backend, _ in failing):
        raise NotApplicable("no backend was given that fails")
    for backend, wanted in failing:
        if backend is None:
            continue
        try:
            said = [error for _, error in ask_all(backend, [ask(1), ask(2)])]
        except BackendError as error:
            yield f"raised {type(error).__name__} instead of giving it"
            continue
        if len(said) != 2 or not all(isinstance(error, wanted) for error in said):
            yield f"gave {[type(error).__name__ for error in said]}, not {wanted.__name__} for each"


def _alike(one: ChatAnswer, other: ChatAnswer) -> bool:
    if (one.text, one.data) != (other.text, other.data):
        return False
    if one.mean_logprob is None or other.mean_logprob is None:
        return one.mean_logprob is other.mean_logprob
    return abs(one.mean_logprob - other.mean_logprob) <= ROUNDING
