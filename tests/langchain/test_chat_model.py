"""A chat backend behind LangChain's interface: what reaches the model, what comes back, what is refused."""

import asyncio
import base64
import io
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from PIL import Image
from pydantic import BaseModel, model_validator

from overread.backends.scripted import ScriptedChat, Turns
from overread.errors import AnswerInvalid, SettingsError, Unavailable, Unreadable, UsageError
from overread.langchain import OverreadChat
from overread.ports import ChatAnswer, ChatBackend, ChatRequest, Picture
from overread.settings import Limits, Settings, load_settings

PICTURE: Picture = np.arange(48, dtype=np.uint8).reshape(6, 8)


class Answer(BaseModel):
    answer: Literal["yes", "no", "cannot tell"]


class Sure(Answer):
    @model_validator(mode="after")
    def _says_yes(self) -> "Sure":
        if self.answer != "yes":
            raise ValueError("not sure")
        return self


def encoded(kind: str = "PNG", picture: Picture = PICTURE) -> str:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, format=kind)
    return base64.b64encode(stream.getvalue()).decode()


def asked(backend: ScriptedChat, *messages: BaseMessage) -> ChatRequest:
    OverreadChat(backend=backend).invoke(list(messages))
    return backend.requests[-1]


IMAGES = {
    "standard block": {"type": "image", "base64": encoded(), "mime_type": "image/png"},
    "standard block with a data URL": {"type": "image", "url": f"data:image/png;base64,{encoded()}"},
    "OpenAI's block": {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded()}"}},
    "LangChain's old block": {
        "type": "image",
        "source_type": "base64",
        "data": encoded(),
        "mime_type": "image/png",
    },
}


@pytest.mark.parametrize("block", IMAGES.values(), ids=IMAGES.keys())
def test_text_and_image_reach_the_backend_as_they_are(block: dict[str, Any]) -> None:
    backend = ScriptedChat({"": "Clear."})
    request = asked(backend, HumanMessage(content=[{"type": "text", "text": "What is seen?"}, block]))
    assert request.prompt == "What is seen?"
    (picture,) = request.pictures
    np.testing.assert_array_equal(picture, PICTURE)


def test_a_jpeg_is_decoded_and_pictures_keep_their_order() -> None:
    dark, bright = np.full((16, 16), 10, np.uint8), np.full((16, 16), 240, np.uint8)
    blocks = [
        {"type": "image", "base64": encoded("JPEG", shade), "mime_type": "image/jpeg"} for shade in (dark, bright)
    ]
    request = asked(ScriptedChat({"": "ok"}), HumanMessage(content=blocks))  # type: ignore[arg-type]
    assert [round(float(picture.mean()), -1) for picture in request.pictures] == [10, 240]


def test_a_conversation_is_folded_into_one_turn() -> None:
    request = asked(
        ScriptedChat({"": "ok"}),
        HumanMessage("Is the heart big?"),
        SystemMessage("You read films."),
        AIMessage("No."),
        HumanMessage("And the lungs?"),
    )
    assert request.prompt == "You read films.\n\nUser: Is the heart big?\n\nAssistant: No.\n\nAnd the lungs?"


CALL = {"name": "look", "args": {}, "id": "1"}
REFUSED: dict[str, tuple[list[BaseMessage], type[Exception]]] = {
    "nothing": ([], UsageError),
    "no user last": ([HumanMessage("a"), AIMessage("b")], UsageError),
    "a tool call": ([HumanMessage("a"), AIMessage("", tool_calls=[CALL]), HumanMessage("b")], UsageError),  # type: ignore[list-item]
    "a tool's message": ([ToolMessage("a", tool_call_id="1"), HumanMessage("b")], UsageError),
    "an address": ([HumanMessage([{"type": "image", "url": "http://127.0.0.1:9/x.png"}])], UsageError),
    "OpenAI's address": (
        [HumanMessage([{"type": "image_url", "image_url": {"url": "https://a.b/x.png"}}])],
        UsageError,
    ),
    "a file's address": ([HumanMessage([{"type": "image", "url": "file:///etc/hostname"}])], UsageError),
    "a file id": ([HumanMessage([{"type": "image", "file_id": "7"}])], UsageError),
    "sound": ([HumanMessage([{"type": "audio", "base64": "AAAA", "mime_type": "audio/wav"}])], UsageError),
    "an image of the system": ([SystemMessage([IMAGES["standard block"]]), HumanMessage("a")], UsageError),
    "no base64": ([HumanMessage([{"type": "image", "base64": "§", "mime_type": "image/png"}])], Unreadable),
    "no picture": ([HumanMessage([{"type": "image", "base64": "AAAA", "mime_type": "image/png"}])], Unreadable),
    "half a picture": (
        [HumanMessage([{"type": "image", "base64": encoded()[:60], "mime_type": "image/png"}])],
        Unreadable,
    ),
}


@pytest.mark.parametrize(("messages", "error"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_one_turn_is_refused_and_never_asked(
    messages: list[BaseMessage], error: type[Exception]
) -> None:
    backend = ScriptedChat({"": "ok"})
    with pytest.raises(error):
        OverreadChat(backend=backend).invoke(messages)
    assert backend.requests == []


def test_images_are_bound_by_bytes_and_by_pixels() -> None:
    message = HumanMessage([IMAGES["standard block"]])
    for limits in (Limits(file_bytes=40), Limits(pixels=20)):
        with pytest.raises(Unreadable) as refused:
            OverreadChat(backend=ScriptedChat({"": "ok"}), limits=limits).invoke([message])
        assert refused.value.reason == "too_large"


def test_an_answer_says_what_it_cost_and_which_weights_gave_it() -> None:
    backend = ScriptedChat({"": "The lungs are clear."})
    said = OverreadChat(backend=backend).invoke("What is seen?")
    assert said.text == "The lungs are clear."
    assert said.usage_metadata == {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    assert said.response_metadata["model_name"] == "chat"
    assert said.response_metadata["weights_digest"] == backend.card.weights_digest


def test_options_of_the_model_and_of_the_call_reach_the_backend_and_strange_ones_are_refused() -> None:
    backend = ScriptedChat({"": "ok"})
    model = OverreadChat(backend=backend, max_tokens=7)
    model.bind(temperature=0.5, seed=3).invoke("a")
    assert (backend.requests[0].max_tokens, backend.requests[0].temperature, backend.requests[0].seed) == (7, 0.5, 3)
    with pytest.raises(UsageError, match="top_p"):
        model.invoke("a", top_p=0.5)
    with pytest.raises(NotImplementedError):
        model.bind_tools([Answer])


def test_a_stop_word_ends_the_text_and_has_no_place_in_a_schema() -> None:
    model = OverreadChat(backend=ScriptedChat({"": "No effusion. The end."}))
    assert model.invoke("a", stop=[" The"]).text == "No effusion."
    with pytest.raises(UsageError):
        model.bind(schema={"type": "object"}).invoke("a", stop=["x"])


@pytest.mark.parametrize("schema", [Answer.model_json_schema(), {"type": "object", "required": ["answer"]}])
def test_a_json_schema_guides_the_answer_and_gives_data(schema: dict[str, Any]) -> None:
    backend = ScriptedChat({"": {"answer": "yes"}})
    assert OverreadChat(backend=backend).with_structured_output(schema).invoke("a") == {"answer": "yes"}
    assert backend.requests[0].schema == schema


def test_a_pydantic_class_gives_an_instance() -> None:
    model = OverreadChat(backend=ScriptedChat({"": {"answer": "yes"}})).with_structured_output(Answer)
    assert model.invoke("a") == Answer(answer="yes")


def test_answers_off_the_schema_are_typed() -> None:
    off = OverreadChat(backend=ScriptedChat({"": {"answer": "perhaps"}})).with_structured_output(Answer)
    with pytest.raises(AnswerInvalid):
        off.invoke("a")
    unsure = OverreadChat(backend=ScriptedChat({"": {"answer": "no"}}))
    with pytest.raises(AnswerInvalid, match="Sure"):
        unsure.with_structured_output(Sure).invoke("a")
    both = unsure.with_structured_output(Sure, include_raw=True).invoke("a")
    assert both["parsed"] is None
    assert isinstance(both["parsing_error"], AnswerInvalid)
    assert both["raw"].text == '{"answer": "no"}'


def test_a_model_that_cannot_be_reached_is_tried_again_as_langchain_does_it() -> None:
    backend = ScriptedChat({"": "ok"}, turns=Turns(fault="unavailable", times=1))
    model = OverreadChat(backend=backend)
    with pytest.raises(Unavailable):
        OverreadChat(backend=ScriptedChat()).invoke("a")
    assert model.with_retry(retry_if_exception_type=(Unavailable,), wait_exponential_jitter=False).invoke("a").text


class AsyncChat(ScriptedChat):
    """A double whose server is awaited, as the vllm backend's is."""

    awaited = 0

    async def aask(self, request: ChatRequest) -> ChatAnswer:
        self.awaited += 1
        await asyncio.sleep(0)
        return self.ask(request)


def test_a_backend_with_aask_is_awaited_and_another_runs_in_a_thread() -> None:
    backend = AsyncChat({"": "ok"})

    async def ask_all() -> list[str]:
        other = OverreadChat(backend=ScriptedChat({"": "ok"}))
        said = [*await OverreadChat(backend=backend).abatch(["a", "b"]), await other.ainvoke("c")]
        return [message.text for message in said]

    assert asyncio.run(ask_all()) == ["ok", "ok", "ok"]
    assert backend.awaited == 2


def test_a_role_of_the_profile_gives_its_model(scripted: Settings) -> None:
    assert "lungs" in OverreadChat.of_role("report", scripted).invoke("a").text
    with pytest.raises(SettingsError):
        OverreadChat.of_role("nobody", scripted)


def test_the_cache_knows_one_model_from_another() -> None:
    one, other = (OverreadChat(backend=ScriptedChat({"": text})) for text in ("a", "b"))
    assert one._get_llm_string() != other._get_llm_string()


@pytest.mark.slow
def test_the_embedded_model_says_the_same_as_when_it_is_asked_directly(phantom: Path, tmp_path: Path) -> None:
    model = OverreadChat.of_role("vqa", load_settings(home=tmp_path / "home", profile="embedded", torch_threads=1))
    picture = np.tile(np.arange(224, dtype=np.uint8), (224, 1))
    schema = Answer.model_json_schema()
    block = {"type": "image", "base64": encoded(picture=picture), "mime_type": "image/png"}
    message = HumanMessage(content=[{"type": "text", "text": "Is there a pneumothorax?"}, block])
    said = model.with_structured_output(Answer, include_raw=True).invoke([message])
    backend: ChatBackend = model.backend
    direct = backend.ask(ChatRequest("Is there a pneumothorax?", (picture,), schema=schema))
    assert said["raw"].text == direct.text
    assert said["parsed"] == Answer.model_validate(direct.data)
