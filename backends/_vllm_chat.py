"""A vision-language model behind `/v1/chat/completions`."""

import asyncio
import json
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, as_completed
from typing import Annotated, Any

from pydantic import BaseModel, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from overread.backends._http import ServerClient
from overread.backends._http_loop import http_loop
from overread.backends._picture_urls import PictureUrls
from overread.backends._schema import in_layout, parse_answer
from overread.backends._served_model import ServedModel
from overread.errors import AnswerInvalid, BackendError
from overread.ports import BackendCard, ChatAnswer, ChatRequest, Circuit

ROUTE = "/v1/chat/completions"


class Message(BaseModel):
    content: str


def _nothing_if_wrong(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """Read side data where it is as documented; nothing else about it may cost a good answer."""
    try:
        return read(value)
    except ValidationError:
        return None


SideData = WrapValidator(_nothing_if_wrong)


class TokenChance(BaseModel):
    logprob: float


class Logprobs(BaseModel):
    content: list[TokenChance] | None = None


class Choice(BaseModel):
    message: Message
    finish_reason: str | None = None
    logprobs: Annotated[Logprobs | None, SideData] = None


class Usage(BaseModel):
    prompt_tokens: Annotated[int | None, SideData] = None
    completion_tokens: Annotated[int | None, SideData] = None


class Completion(BaseModel):
    """What is read of an answer; servers send more, and some leave out or null all but the message."""

    choices: list[Choice]
    usage: Annotated[Usage | None, SideData] = None


class VllmChat:
    """Asks a served model through its own chat template, greedy unless a temperature is given."""

    def __init__(self, model: ServedModel, server: ServerClient, pictures: PictureUrls) -> None:
        self.card: BackendCard = model.card
        self._model = model
        self._server = server
        self._pictures = pictures

    @property
    def circuit(self) -> Circuit:
        """Give the state of the server's circuit breaker."""
        return self._server.circuit

    def ask(self, request: ChatRequest) -> ChatAnswer:
        """Answer one request; raise `AnswerInvalid` when the answer is cut off or outside the schema."""
        raw = http_loop().run(self._server.post(ROUTE, self._body(request)))
        return self._answer(request, raw)

    def ask_all(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer | BackendError]]:
        """Ask all side by side: the server decodes them together, and encodes a picture that they share once.

        Each question has the time of one asked alone. Closing ends the requests that are under way.
        """
        places: dict[Future[bytes], int] = {}
        try:
            for place, request in enumerate(requests):
                try:
                    body = self._body(request)
                except BackendError as error:  # a picture that may not be sent costs its own question alone
                    yield place, error
                else:
                    places[http_loop().begin(self._server.post(ROUTE, body))] = place
            for done in as_completed(places):
                yield places[done], self._outcome(requests[places[done]], done)
        finally:
            for asking in places:
                asking.cancel()

    def _outcome(self, request: ChatRequest, done: Future[bytes]) -> ChatAnswer | BackendError:
        try:
            return self._answer(request, done.result())
        except BackendError as error:
            return error

    async def aask(self, request: ChatRequest) -> ChatAnswer:
        """As `ask`, from any event loop; cancelling it ends the request at the server too."""
        body = await asyncio.to_thread(self._body, request)
        raw = await http_loop().run_async(self._server.post(ROUTE, body))
        return self._answer(request, raw)

    def _body(self, request: ChatRequest) -> bytes:
        urls = [self._pictures.url(picture) for picture in request.pictures]
        content: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
        content.append({"type": "text", "text": self._model.plain(request.prompt)})
        body: dict[str, Any] = {
            "model": self._model.name,
            "messages": [{"role": "user", "content": content}],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "seed": request.seed,
            "logprobs": True,
        }
        if request.schema is not None:
            named = {"name": "answer", "strict": True, "schema": in_layout(request.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        return json.dumps(body).encode()

    def _answer(self, request: ChatRequest, raw: bytes) -> ChatAnswer:
        choice, usage = self._read(raw)
        if choice.finish_reason == "length":
            raise AnswerInvalid(f"model '{self._model.name}' did not end its answer within {request.max_tokens} tokens")
        if choice.finish_reason not in ("stop", None):
            raise AnswerInvalid(f"model '{self._model.name}' broke its answer off")
        return ChatAnswer(
            text=choice.message.content,
            data=None
            if request.schema is None
            else parse_answer(choice.message.content, request.schema, self._model.name),
            prompt_tokens=usage.prompt_tokens or 0,
            completion_tokens=usage.completion_tokens or 0,
            mean_logprob=_mean(choice.logprobs),
        )

    def _read(self, raw: bytes) -> tuple[Choice, Usage]:
        try:
            completion = Completion.model_validate_json(raw)
            return completion.choices[0], completion.usage or Usage()
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"]) or "the whole"
            raise AnswerInvalid(f"the server of model '{self._model.name}' sent no chat completion ({where})") from None
        except IndexError:
            raise AnswerInvalid(f"the server of model '{self._model.name}' sent no choice") from None


def _mean(logprobs: Logprobs | None) -> float | None:
    """Average the tokens' log-probabilities; None when the server sends none.

    vLLM 0.32 applies the schema before it takes even its "raw" ones: of a guided answer they are over what the schema
    allowed, so never below those of the same answer in process, which are the model's own.
    """
    values = [token.logprob for token in (logprobs.content if logprobs else None) or ()]
    mean = math.fsum(values) / len(values) if values else math.nan
    return min(mean, 0.0) if math.isfinite(mean) else None
