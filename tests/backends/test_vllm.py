"""The client of model servers against a real HTTP server that answers from a script and goes wrong on order."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr

from overread import weights
from overread.backends import vllm
from overread.backends._http import Address, Bounds, ServerClient
from overread.backends._http_breaker import Breaker
from overread.backends._http_loop import http_loop
from overread.backends._vllm_chat import VllmChat
from overread.backends._vllm_embedding import VllmEmbedding
from overread.backends.scripted import ScriptedChat
from overread.errors import AnswerInvalid, BackendError, SettingsError, Unavailable
from overread.ports import ChatAnswer, ChatRequest
from overread.serving import state
from overread.serving.records import Server, ServingState
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture
from overread.testing.model_server import FAULTS, Fault, ModelServer

SCHEMA = {
    "type": "object",
    "properties": {"answer": {"enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}
REQUEST = ChatRequest("Is there an effusion?", (make_picture(),), schema=SCHEMA, max_tokens=48)
KEY = "sk-very-secret-7"
WAIT, SOON = 60.0, 0.5

FAILED_CHAT: dict[Fault, tuple[type[BackendError], str]] = {
    "garbage": (AnswerInvalid, "sent no chat completion"),
    "wrong_schema": (AnswerInvalid, r"broke the schema's 'required' at \$"),
    "error_500": (Unavailable, r"failed \(HTTP 500\)"),
    "unavailable_503": (Unavailable, r"is not ready \(HTTP 503\)"),
    "busy": (Unavailable, r"is busy \(HTTP 429\)"),
    "hang": (Unavailable, "gave no answer within 0.5 s"),
    "drop": (Unavailable, "cannot be reached"),
    "endless": (AnswerInvalid, "sent more than"),
    "deep": (AnswerInvalid, "nested its answer too deeply"),
    "length": (AnswerInvalid, "did not end its answer"),
    "unauthorised": (Unavailable, r"refuses the key \(HTTP 401\); set OVERREAD_SERVER_KEY"),
    "redirect": (Unavailable, r"points elsewhere \(HTTP 307\)"),
    "refuses": (AnswerInvalid, r"refused the question \(HTTP 400\)"),
}
FAILED_EMBEDDING: dict[Fault, tuple[type[BackendError], str]] = {
    **{
        fault: FAILED_CHAT[fault] for fault in FAILED_CHAT if fault not in ("garbage", "wrong_schema", "deep", "length")
    },
    "garbage": (AnswerInvalid, "sent no embeddings"),
    "wrong_schema": (AnswerInvalid, "sent no embeddings"),
    "short_embedding": (AnswerInvalid, "not of 256 numbers"),
    "nan": (AnswerInvalid, "without a direction"),
}
ASKED_AGAIN: frozenset[Fault] = frozenset({"unavailable_503", "busy", "drop"})


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(dimension=256) as running:
        yield running


def built(server: ModelServer | str, model: str, settings: Settings | None = None, **parameters: Any) -> Any:
    url = server if isinstance(server, str) else server.url
    spec = ModelSpec(backend="vllm", model=model, url=url, parameters={"seconds": WAIT, **parameters})
    return vllm.build(spec, settings or Settings())


def chat(server: ModelServer | str, settings: Settings | None = None, **parameters: Any) -> VllmChat:
    backend = built(server, "vlm", settings, **parameters)
    assert isinstance(backend, VllmChat)
    return backend


def clip(server: ModelServer | str, **parameters: Any) -> VllmEmbedding:
    backend = built(server, "clip", **parameters)
    assert isinstance(backend, VllmEmbedding)
    return backend


def deadline(fault: Fault | None) -> float:
    return SOON if fault == "hang" else WAIT


def content(server: ModelServer) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = server.requests[-1].body["messages"][0]["content"]
    return parts


def test_every_fault_of_the_double_is_tried_here() -> None:
    assert set(FAULTS) - set(FAILED_CHAT) - set(FAILED_EMBEDDING) == {"slow"}


@pytest.mark.parametrize("fault", FAILED_CHAT)
def test_a_question_to_a_broken_server_ends_typed_in_one_line(server: ModelServer, fault: Fault) -> None:
    kind, words = FAILED_CHAT[fault]
    server.misbehave(fault)
    with pytest.raises(kind, match=words) as caught:
        chat(server, seconds=deadline(fault)).ask(REQUEST)
    assert "\n" not in str(caught.value)
    assert REQUEST.prompt not in str(caught.value)
    assert (len(server.requests) > 1) == (fault in ASKED_AGAIN)


@pytest.mark.parametrize("fault", FAILED_EMBEDDING)
def test_an_embedding_from_a_broken_server_ends_typed(server: ModelServer, fault: Fault) -> None:
    kind, words = FAILED_EMBEDDING[fault]
    server.misbehave(fault)
    with pytest.raises(kind, match=words):
        clip(server, seconds=deadline(fault)).embed_pictures([make_picture()])


@pytest.mark.parametrize("fault", sorted(ASKED_AGAIN))
def test_what_passes_is_asked_again_until_it_is_well(server: ModelServer, fault: Fault) -> None:
    server.misbehave(fault, times=2)
    assert chat(server).ask(REQUEST).data == {"answer": "no"}
    assert len(server.requests) == 3


def test_a_late_answer_within_the_deadline_is_taken(server: ModelServer) -> None:
    server.seconds = 0.2
    assert chat(server).ask(REQUEST).data == {"answer": "no"}


def test_a_server_that_asks_to_wait_longer_than_the_deadline_is_not_waited_for(server: ModelServer) -> None:
    server.retry_after = "3600"
    server.misbehave("busy")
    with pytest.raises(Unavailable, match="is busy"):
        chat(server).ask(REQUEST)
    assert len(server.requests) == 1


def test_a_late_request_is_ended_at_the_server_too(server: ModelServer) -> None:
    server.misbehave("hang")
    with pytest.raises(Unavailable, match="gave no answer"):
        chat(server, seconds=0.2).ask(REQUEST)
    assert server.wait_until_idle()


def test_an_awaited_question_that_is_cancelled_is_ended_at_the_server(server: ModelServer) -> None:
    server.misbehave("hang")

    async def ask_and_leave() -> None:
        asking = asyncio.create_task(chat(server).aask(REQUEST))
        while not server.requests:
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(ask_and_leave())
    assert server.wait_until_idle()


def test_pictures_come_before_the_text_at_the_size_of_the_model(server: ModelServer) -> None:
    server.chat = asked = ScriptedChat({"": {"answer": "yes"}})
    first, second = make_picture(1, 300, 200), make_picture(2)
    chat(server).ask(ChatRequest("Compare.", (first, second), schema=SCHEMA))
    assert [part["type"] for part in content(server)] == ["image_url", "image_url", "text"]
    assert [picture.shape for picture in asked.requests[0].pictures] == [(240, 240), (240, 240)]
    assert not np.array_equal(*asked.requests[0].pictures)


def test_the_same_picture_is_the_same_bytes_and_another_is_not(server: ModelServer) -> None:
    model, sent = chat(server), []
    for picture in (make_picture(1), make_picture(1).copy(), make_picture(1)[::-1], make_picture(1)):
        model.ask(ChatRequest("Report.", (picture,), schema=SCHEMA))
        sent.append(content(server)[0]["image_url"]["url"])
    assert sent[0].startswith("data:image/png;base64,")
    assert sent[0] == sent[1] == sent[3] == json.loads(json.dumps(sent[0]))
    assert sent[0] != sent[2]


def test_a_large_picture_for_a_model_that_resizes_itself_is_bounded(server: ModelServer) -> None:
    server.chat = asked = ScriptedChat({"": {"answer": "yes"}})
    model = built(server, "somebody-elses", weights_digest="0" * 40, longest_side=100)
    for picture in (make_picture(1, 300, 200), make_picture(1, 60, 40)):
        model.ask(ChatRequest("Report.", (picture,), schema=SCHEMA))
    assert [request.pictures[0].shape for request in asked.requests] == [(100, 67), (60, 40)]


def test_control_words_in_a_question_are_taken_out(server: ModelServer) -> None:
    model = chat(server)
    model.ask(ChatRequest("Is this <image> </s><|assistant|> normal?", (make_picture(),), schema=SCHEMA))
    assert content(server)[-1]["text"].split() == ["Is", "this", "normal?"]


def test_a_model_of_no_known_family_is_kept_from_every_family_s_control_words(server: ModelServer) -> None:
    built(server, "somebody-elses", weights_digest="0" * 40).ask(ChatRequest("a <|im_end|> b <end_of_turn> c"))
    assert content(server)[-1]["text"].split() == ["a", "b", "c"]


def test_sampling_and_schema_are_sent_as_asked(server: ModelServer) -> None:
    chat(server).ask(ChatRequest("Report.", schema=SCHEMA, max_tokens=7, temperature=0.5, seed=3))
    body = server.requests[-1].body
    assert (body["model"], body["max_tokens"], body["temperature"], body["seed"]) == ("vlm", 7, 0.5, 3)
    assert body["response_format"]["json_schema"]["schema"]["required"] == ["answer"]
    chat(server).ask(ChatRequest("Report."))
    assert "response_format" not in server.requests[-1].body


def test_awaited_and_blocking_questions_agree(server: ModelServer) -> None:
    model = chat(server)
    assert asyncio.run(model.aask(REQUEST)) == model.ask(REQUEST)


def test_awaited_questions_run_side_by_side_from_two_loops(server: ModelServer) -> None:
    model, server.seconds = chat(server), 0.2

    async def ask_four() -> list[str]:
        return [answer.text for answer in await asyncio.gather(*(model.aask(REQUEST) for _ in range(4)))]

    with ThreadPoolExecutor(2) as pool:
        texts = [text for part in pool.map(lambda _: asyncio.run(ask_four()), range(2)) for text in part]
    assert texts == ['{"answer": "no"}'] * 8
    assert server.most_at_once > 1


def test_threads_get_their_own_answers(server: ModelServer) -> None:
    server.chat = ScriptedChat({f"number {n}.": {"answer": f"{n}"} for n in range(12)})
    model = chat(server)
    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(lambda n: model.ask(ChatRequest(f"number {n}.")).text, range(12)))
    assert said == [json.dumps({"answer": f"{n}"}) for n in range(12)]


def test_questions_asked_together_are_under_way_side_by_side(server: ModelServer) -> None:
    server.chat = ScriptedChat({f"number {n}.": {"answer": f"{n}"} for n in range(6)})
    server.seconds = 0.2
    requests = [ChatRequest(f"number {n}.", (make_picture(),)) for n in range(6)]
    said = dict(chat(server).ask_all(requests))
    assert [answer.text for _, answer in sorted(said.items()) if isinstance(answer, ChatAnswer)] == [
        json.dumps({"answer": f"{n}"}) for n in range(6)
    ]
    assert server.most_at_once > 1


def test_of_questions_asked_together_one_that_fails_costs_only_itself(server: ModelServer) -> None:
    server.chat = ScriptedChat({"third": {"reply": "no"}, "": {"answer": "no"}})
    requests = [ChatRequest(prompt, schema=SCHEMA) for prompt in ("first", "second", "third")]
    said = dict(chat(server).ask_all(requests))
    assert [type(said[place]) for place in range(2)] == [ChatAnswer, ChatAnswer]
    assert isinstance(said[2], BackendError)


def test_who_stops_listening_ends_the_questions_under_way(server: ModelServer) -> None:
    server.misbehave("hang", times=1)
    listening = chat(server).ask_all([REQUEST, ChatRequest("another", schema=SCHEMA)])
    _, answer = next(listening)
    assert isinstance(answer, ChatAnswer)
    listening.close()
    assert server.wait_until_idle()


@pytest.mark.parametrize("bound", [2, 8])
def test_no_more_questions_are_under_way_than_allowed(server: ModelServer, bound: int) -> None:
    server.seconds = 0.1
    model = chat(server, concurrency=bound)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(model.ask, [REQUEST] * 16))
    assert 1 < server.most_at_once <= bound


def test_waiting_for_a_place_ends_with_the_deadline(server: ModelServer) -> None:
    server.misbehave("hang", times=1)
    model = chat(server, seconds=0.5, concurrency=1)
    with ThreadPoolExecutor(2) as pool:
        failures = [future.exception() for future in [pool.submit(model.ask, REQUEST) for _ in range(2)]]
    assert all(isinstance(failure, Unavailable) for failure in failures)
    assert len(server.requests) == 1


def test_embeddings_are_unit_vectors_in_the_order_asked(server: ModelServer) -> None:
    model, pictures = clip(server, concurrency=3), [make_picture(seed) for seed in range(7)]
    together = model.embed_pictures(pictures)
    assert together.dtype == np.float32
    assert together.shape == (7, 256)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    assert np.allclose(model.embed_pictures(pictures[::-1]), together[::-1])
    texts = [f"text {n}" for n in range(70)]
    assert np.allclose(model.embed_texts(texts)[69], model.embed_texts(texts[69:])[0])
    assert model.embed_texts([]).shape == model.embed_pictures([]).shape == (0, 256)


def test_texts_go_in_batches_and_pictures_one_by_one(server: ModelServer) -> None:
    model = clip(server)
    model.embed_texts(["a"] * 70)
    model.embed_pictures([make_picture()] * 3)
    sizes = [len(request.body.get("input", [])) for request in server.requests]
    assert sorted(sizes[:3]) == [6, 32, 32]
    assert len(sizes[3:]) == 3
    assert all(request.body["truncate_prompt_tokens"] == -1 for request in server.requests[:3])


def test_one_failed_picture_ends_the_batch_typed(server: ModelServer) -> None:
    server.misbehave("nan", times=1)
    with pytest.raises(AnswerInvalid):
        clip(server).embed_pictures([make_picture(seed) for seed in range(4)])


def test_the_logit_scale_comes_from_the_weights_or_the_profile(server: ModelServer) -> None:
    told = json.loads((weights.folder("clip") / "prompts.json").read_text())["logit_scale"]
    assert clip(server).logit_scale == pytest.approx(told, rel=1e-3)
    assert clip(server, logit_scale=100).logit_scale == 100
    stranger = built(server, "somebody-elses", task="embedding", weights_digest="0" * 40)
    with pytest.raises(Unavailable, match="logit_scale"):
        _ = stranger.logit_scale


def test_a_server_that_is_gone_costs_one_short_wait_and_is_found_when_it_is_back() -> None:
    with ModelServer() as first:
        port = first.port
    place = Address(f"http://127.0.0.1:{port}", None, "", "start it")
    client = ServerClient("vlm", lambda: place, Bounds(seconds=20), Breaker(first_rest=0.0))
    strict = ServerClient("vlm", lambda: place, Bounds(seconds=20))
    for asked in (client, strict):
        with pytest.raises(Unavailable, match="cannot be reached"):
            http_loop().run(asked.post("/v1/chat/completions", b"{}"))
    with ModelServer(port=port) as second:
        body = json.dumps({"model": "vlm", "messages": []}).encode()
        assert b"choices" in http_loop().run(client.post("/v1/chat/completions", body))
        with pytest.raises(Unavailable, match="not asked again"):
            http_loop().run(strict.post("/v1/chat/completions", body))
        assert len(second.requests) == 1


def test_a_server_that_its_supervisor_starts_again_is_waited_for(server: ModelServer) -> None:
    places = iter([Address("http://127.0.0.1:9", None, "", "wait", ready=False)] * 2)
    ready = Address(server.url, None, "", "")
    client = ServerClient("vlm", lambda: next(places, ready), Bounds(seconds=20))
    body = json.dumps({"model": "vlm", "messages": []}).encode()
    assert b"choices" in http_loop().run(client.post("/v1/chat/completions", body))
    never = ServerClient("vlm", lambda: Address(server.url, None, "", "look", ready=False), Bounds(seconds=1.2))
    with pytest.raises(Unavailable, match="still starting"):
        http_loop().run(never.post("/v1/chat/completions", body))


@pytest.mark.parametrize("fault", [*FAILED_CHAT, None])
def test_the_key_is_sent_and_never_told(
    server: ModelServer, fault: Fault | None, caplog: pytest.LogCaptureFixture
) -> None:
    model = chat(server, Settings(server_key=SecretStr(KEY)), seconds=deadline(fault))
    server.misbehave(fault)
    said = ""
    with caplog.at_level(logging.DEBUG):
        try:
            model.ask(REQUEST)
        except BackendError as error:
            said = f"{error} {error!r} {error.__cause__!r}"
    assert server.requests[0].authorization == f"Bearer {KEY}"
    assert KEY not in said + caplog.text + repr(vars(model)) + repr(server.requests)


def test_the_environment_s_proxy_is_not_used(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert chat(server).ask(REQUEST).data == {"answer": "no"}


def write_state(home: Path, server: ModelServer, **changes: Any) -> None:
    known = Server(
        model="vlm",
        url=server.url,
        port=server.port,
        pid=None,
        state="healthy",
        weights_digest=weights.digest(weights.folder("vlm")),
        log="vlm.log",
    )
    (home / "serving").mkdir(parents=True, exist_ok=True)
    running = known.model_copy(update=changes)
    state.write(home, ServingState(profile="vllm-cpu", supervisor_pid=1, servers=(running,)))


def ours(home: Path) -> VllmChat:
    backend = vllm.build(
        ModelSpec(backend="vllm", model="vlm", parameters={"seconds": WAIT}), Settings(home=home, profile="vllm-cpu")
    )
    assert isinstance(backend, VllmChat)
    return backend


def test_our_own_server_is_found_with_its_key(tmp_path: Path) -> None:
    with ModelServer(key=KEY) as server:
        write_state(tmp_path, server)
        with pytest.raises(Unavailable, match=r"refuses the key \(HTTP 401\); restart the servers"):
            ours(tmp_path).ask(REQUEST)
        (tmp_path / "serving" / "key").write_text(KEY)
        assert ours(tmp_path).ask(REQUEST).data == {"answer": "no"}


def test_somebody_elses_server_never_gets_the_key_of_ours(server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "serving").mkdir()
    (tmp_path / "serving" / "key").write_text(KEY)
    chat(server, Settings(home=tmp_path)).ask(REQUEST)
    assert server.requests[-1].authorization is None


def test_without_a_server_it_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no server for model 'vlm'; start it: overread serve up --profile vllm-cpu"):
        ours(tmp_path).ask(REQUEST)


def test_a_server_with_other_weights_is_not_asked(server: ModelServer, tmp_path: Path) -> None:
    write_state(tmp_path, server, weights_digest="0" * 64)
    with pytest.raises(Unavailable, match="other weights"):
        ours(tmp_path).ask(REQUEST)
    assert server.requests == []


def test_a_state_that_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "serving").mkdir()
    (tmp_path / "serving" / "state.json").write_text("{")
    with pytest.raises(Unavailable, match="state of the model servers cannot be read"):
        ours(tmp_path).ask(REQUEST)


def test_the_card_names_the_weights_of_the_folder_and_invents_none() -> None:
    card = chat("http://127.0.0.1:9").card
    assert (card.backend, card.model, card.capability) == ("vllm", "vlm", "chat")
    assert card.weights_digest == weights.digest(weights.folder("vlm"))
    assert built("http://127.0.0.1:9", "other", weights_digest="a" * 40).card.weights_digest == "a" * 40
    with pytest.raises(Unavailable, match="nothing says which weights model 'other' has"):
        built("http://127.0.0.1:9", "other")


@pytest.mark.parametrize(
    "build",
    [
        lambda: built("ftp://127.0.0.1", "vlm"),
        lambda: built("http://user:sk-very-secret-7@127.0.0.1:8000", "vlm"),
        lambda: built("127.0.0.1:8000", "vlm"),
        lambda: built("http://127.0.0.1:9", "vlm", concurency=4),
        lambda: built("http://127.0.0.1:9", "vlm", concurrency=0),
        lambda: vllm.build(ModelSpec(backend="vllm", model="no-such-model"), Settings()),
    ],
)
def test_a_profile_that_is_wrong_is_refused_before_anything_is_asked(build: Callable[[], object]) -> None:
    with pytest.raises(SettingsError) as caught:
        build()
    assert KEY not in str(caught.value)


def test_an_address_with_or_without_v1_is_the_same(server: ModelServer) -> None:
    assert chat(f"{server.url}/v1/").ask(REQUEST).data == {"answer": "no"}
