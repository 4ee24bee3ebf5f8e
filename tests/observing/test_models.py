"""A watched model keeps its protocols and its answers, and tells of each question."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pytest

from overread.backends.scripted import ScriptedChat, ScriptedEmbedding, ScriptedLabels, ScriptedSegmentation, Turns
from overread.errors import AnswerInvalid, BackendError, Unavailable
from overread.observing.events import ModelCall
from overread.observing.models import watched
from overread.ports import (
    Backend,
    BatchChatBackend,
    ChatAnswer,
    ChatBackend,
    ChatRequest,
    EmbeddingBackend,
    LabelBackend,
    Picture,
    PlacedScores,
    PlacingBackend,
    SegmentationBackend,
    SelfDescribedLabels,
)
from overread.testing.conformance import check_backend
from overread.testing.doubles import make_picture

PROTOCOLS = (
    ChatBackend,
    BatchChatBackend,
    EmbeddingBackend,
    SegmentationBackend,
    LabelBackend,
    PlacingBackend,
    SelfDescribedLabels,
)
PICTURE = make_picture(1)


class Together(ScriptedChat):
    """Answers several requests together, and refuses those that say so."""

    def ask_all(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer | BackendError]]:
        for place, request in enumerate(requests):
            yield place, AnswerInvalid("no") if request.prompt == "refuse" else ChatAnswer("yes", None, 3, 2)


class Placing(ScriptedLabels):
    def score_and_place(self, picture: Picture) -> PlacedScores:
        return PlacedScores(self.score_labels(picture))


class Described(ScriptedLabels):
    labels = ("Edema",)


class DescribedPlacing(Placing, Described):
    pass


KINDS: Mapping[str, Backend] = {
    "chat": ScriptedChat({"": {"answer": "no"}}),
    "together": Together({"": "yes"}),
    "embedding": ScriptedEmbedding(),
    "segmentation": ScriptedSegmentation(),
    "labels": ScriptedLabels(),
    "placing": Placing(),
    "described": Described(),
    "described placing": DescribedPlacing(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_watched_model_has_the_protocols_of_the_model(kind: str) -> None:
    backend, told = KINDS[kind], list[ModelCall]()
    around = watched(backend, told.append)
    assert [isinstance(around, one) for one in PROTOCOLS] == [isinstance(backend, one) for one in PROTOCOLS]
    assert around.card == backend.card
    assert told == []


@pytest.mark.parametrize("kind", ["chat", "embedding", "segmentation", "labels"])
def test_a_watched_model_keeps_the_laws(kind: str) -> None:
    told: list[ModelCall] = []
    report = check_backend(watched(KINDS[kind], told.append))
    assert not report.failed, report
    assert {call.error for call in told} <= {None, "AnswerInvalid"}


def test_questions_asked_together_are_one_call_with_what_they_cost() -> None:
    told: list[ModelCall] = []
    around = watched(KINDS["together"], told.append)
    assert isinstance(around, BatchChatBackend)
    said = dict(around.ask_all([ChatRequest("a"), ChatRequest("refuse"), ChatRequest("b")]))
    assert [type(said[place]) for place in range(3)] == [ChatAnswer, AnswerInvalid, ChatAnswer]
    (call,) = told
    assert (call.batch, call.prompt_tokens, call.completion_tokens, call.error) == (3, 6, 4, "AnswerInvalid")


def test_who_stops_listening_ends_the_call() -> None:
    told: list[ModelCall] = []
    around = watched(KINDS["together"], told.append)
    assert isinstance(around, BatchChatBackend)
    answers = around.ask_all([ChatRequest("a"), ChatRequest("b")])
    next(answers)
    assert told == []
    answers.close()  # type: ignore[attr-defined]
    assert [call.prompt_tokens for call in told] == [3]


def test_a_failure_is_told_by_its_type_and_raised() -> None:
    told: list[ModelCall] = []
    around = watched(ScriptedSegmentation(turns=Turns(fault="unavailable")), told.append)
    assert isinstance(around, SegmentationBackend)
    with pytest.raises(Unavailable):
        around.segment(PICTURE)
    assert [(call.operation, call.error) for call in told] == [("segmentation", "Unavailable")]


def test_pictures_are_counted() -> None:
    told: list[ModelCall] = []
    around = watched(ScriptedEmbedding(), told.append)
    assert isinstance(around, EmbeddingBackend)
    same = ScriptedEmbedding().embed_pictures([PICTURE, PICTURE])
    assert np.array_equal(around.embed_pictures([PICTURE, PICTURE]), same)
    assert [(call.operation, call.batch, call.prompt_tokens) for call in told] == [("embeddings", 2, None)]
