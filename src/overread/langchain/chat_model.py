"""Any chat backend of Overread as a LangChain chat model."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from operator import itemgetter
from typing import Any, Self

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough
from pydantic import Field

from overread.composition import parts_of
from overread.errors import UsageError
from overread.langchain._schemas import Asked, json_schema_of, parsed
from overread.langchain._turns import fold
from overread.ports import ChatAnswer, ChatBackend, ChatRequest
from overread.settings import Limits, Settings, load_profile, load_settings
from overread.tracing import trace_nothing

OPTIONS = frozenset({"schema", "max_tokens", "temperature", "seed"})
"""What a call, or `bind`, may set."""


class OverreadChat(BaseChatModel):
    """A vision-language model of Overread: text and PNG or JPEG images in, text or data in a schema out.

    It answers one user turn: a longer conversation is folded into one (`overread.langchain._turns.fold`). It calls no
    tools. Raises `Unavailable` and `AnswerInvalid` of the backend, `UsageError` and `Unreadable` for the input.
    """

    backend: ChatBackend
    max_tokens: int = Field(default=256, gt=0)
    temperature: float = Field(default=0.0, ge=0)
    seed: int = 0
    limits: Limits = Limits()
    """Bounds on an image."""

    @classmethod
    def of_role(cls, role: str, settings: Settings | None = None, **options: Any) -> Self:
        """Give the model that the profile names for a role (`report`, `vqa`); raises `SettingsError` without one."""
        known = settings or load_settings()
        return cls(backend=parts_of(load_profile(known.profile, known), known).chat(role), **options)

    def model_post_init(self, context: Any, /) -> None:
        """Switch LangSmith's tracing off: a trace would hold the pictures."""
        super().model_post_init(context)
        trace_nothing()

    @property
    def _llm_type(self) -> str:
        return "overread"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """Name the weights too: LangChain's cache must not give one model's answer for another's."""
        card = self.backend.card
        made = {"backend": card.backend, "model": card.model, "weights_digest": card.weights_digest}
        return {**made, "max_tokens": self.max_tokens, "temperature": self.temperature, "seed": self.seed}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        known = super()._get_ls_params(stop=stop, **kwargs)
        return {**known, "ls_provider": "overread", "ls_model_name": kwargs.get("model", self.backend.card.model)}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = self._request(messages, stop, kwargs)
        return self._result(self.backend.ask(request), stop)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        """Await a backend that has `aask`; any other, and the decoding of images, runs in a thread."""
        request = await asyncio.to_thread(self._request, messages, stop, kwargs)
        aask = getattr(self.backend, "aask", None)
        answer = await (asyncio.to_thread(self.backend.ask, request) if aask is None else aask(request))
        return self._result(answer, stop)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Give the whole answer as one chunk: it is checked before anybody sees it."""
        yield _chunk(self._generate(messages, stop, run_manager, **kwargs))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        yield _chunk(await self._agenerate(messages, stop, run_manager, **kwargs))

    def _request(self, messages: Sequence[BaseMessage], stop: list[str] | None, options: dict[str, Any]) -> ChatRequest:
        if unknown := options.keys() - OPTIONS:
            raise UsageError(
                f"this model has no option {', '.join(sorted(unknown))}; it has {', '.join(sorted(OPTIONS))}"
            )
        if stop and options.get("schema") is not None:
            raise UsageError("stop words would cut an answer in a schema; leave them out")
        turn = fold(messages, self.limits)
        own = {"max_tokens": self.max_tokens, "temperature": self.temperature, "seed": self.seed}
        return ChatRequest(prompt=turn.prompt, pictures=tuple(turn.pictures), **{**own, **options})

    def _result(self, answer: ChatAnswer, stop: list[str] | None) -> ChatResult:
        card = self.backend.card
        message = AIMessage(
            content=_cut(answer.text, stop or ()),
            additional_kwargs={} if answer.data is None else {"parsed": answer.data},
            usage_metadata=UsageMetadata(
                input_tokens=answer.prompt_tokens,
                output_tokens=answer.completion_tokens,
                total_tokens=answer.prompt_tokens + answer.completion_tokens,
            ),
            response_metadata={
                "model_name": card.model,
                "model_provider": "overread",
                "backend": card.backend,
                "weights_digest": card.weights_digest,
                "mean_logprob": answer.mean_logprob,
            },
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def with_structured_output(
        self, schema: Asked, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """Hold the model to a schema while it writes; gives data, or an instance when `schema` is a pydantic class.

        `method` and `strict` are taken for LangChain's sake and change nothing: decoding is always guided. With
        `include_raw`, a dictionary of `raw`, `parsed` and `parsing_error`.
        """
        if unknown := kwargs.keys() - {"method", "strict"}:
            raise UsageError(f"with_structured_output has no option {', '.join(sorted(unknown))}")
        guided = self.bind(
            schema=json_schema_of(schema),
            ls_structured_output_format={"kwargs": {"method": "json_schema"}, "schema": schema},
        )
        parse = RunnableLambda(lambda message: parsed(message, schema), name="parse")
        if not include_raw:
            return guided | parse
        tried = RunnablePassthrough.assign(parsed=itemgetter("raw") | parse, parsing_error=lambda _: None)
        failed = RunnablePassthrough.assign(parsed=lambda _: None)
        return RunnableMap(raw=guided) | tried.with_fallbacks([failed], exception_key="parsing_error")


def _chunk(result: ChatResult) -> ChatGenerationChunk:
    message = result.generations[0].message
    whole = AIMessageChunk(**message.model_dump(exclude={"type"}), chunk_position="last")
    return ChatGenerationChunk(message=whole)


def _cut(text: str, stop: Sequence[str]) -> str:
    """End a text before the first stop word; the backends have no stop words, so the tokens after it were written."""
    return text[: min((text.index(word) for word in stop if word and word in text), default=len(text))]
