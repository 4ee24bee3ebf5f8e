"""What a server sends beside an answer may be missing, null or wrong; the answer stands."""

import json

import pytest
from pydantic import ValidationError

from overread.backends._vllm_chat import Completion, _mean

NULL: dict[str, object] = {"content": [{"token": "a", "logprob": None, "top_logprobs": []}]}


def completion(content: str | None, **choice: object) -> bytes:
    told = {"message": {"role": "assistant", "content": content, "reasoning": "because"}, **choice}
    return json.dumps({"choices": [{"finish_reason": "stop", **told}]}).encode()


@pytest.mark.parametrize("logprobs", [NULL, None, {"content": None}, {"content": "words"}, "words"])
def test_a_null_or_wrong_log_probability_costs_no_answer(logprobs: object) -> None:
    choice = Completion.model_validate_json(completion("yes", logprobs=logprobs)).choices[0]
    assert choice.message.content == "yes"
    assert _mean(choice.logprobs) is None


def test_a_log_probability_that_is_there_is_read() -> None:
    chances = {"content": [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": -1.5}]}
    assert _mean(Completion.model_validate_json(completion("yes", logprobs=chances)).choices[0].logprobs) == -1.0


def test_what_a_model_thought_is_not_taken_for_its_answer() -> None:
    with pytest.raises(ValidationError):
        Completion.model_validate_json(completion(None))
