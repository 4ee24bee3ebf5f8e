"""A vision-language model that answers in text, held to a JSON schema while it writes."""

import math
import time
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import Any

from overread.backends._chat_inputs import ChatInputs
from overread.backends._gathering import Gathering
from overread.backends._loading import Loaded, ModelFolder
from overread.backends._picture_features import PictureFeatures, can_be_given, instead_of_pixels
from overread.backends._picture_prefixes import PicturePrefixes
from overread.backends._processors import traits_of
from overread.backends._schema import parse_answer
from overread.errors import AnswerInvalid, BackendError, Unavailable
from overread.ports import BackendCard, ChatAnswer, ChatRequest

ROWS = 16
"""Most requests that are decoded together: a row more costs little time, but its share of memory."""
SHARE = 0.9
"""Of the time that anybody waits: then a batch ends, so that what was answered by then still arrives."""


class VlmBackend:
    """Asks a `*ForConditionalGeneration` model through its own chat template, greedy unless a temperature is given."""

    auto_class = "AutoModelForImageTextToText"

    def __init__(self, folder: ModelFolder) -> None:
        self.card: BackendCard = folder.card("chat")
        self._folder = folder
        self._loaded = Loaded(folder, self.auto_class)
        self._inputs = self._inputs_of(folder)
        self._features = PictureFeatures()
        self._prefixes = PicturePrefixes()
        self._grammars: Any = None
        self._gathering = Gathering[ChatRequest, ChatAnswer | BackendError](
            folder.name, folder.seconds, ROWS, self._together
        )

    def _inputs_of(self, folder: ModelFolder) -> ChatInputs:
        return ChatInputs(folder)

    def ask(self, request: ChatRequest) -> ChatAnswer:
        """Answer one request; raise `AnswerInvalid` when the answer is cut off or outside the schema."""
        (said,) = self._gathering.ask([request], self._alike(request))
        if isinstance(said, BackendError):
            raise said
        return said

    def ask_all(self, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer | BackendError]]:
        """Decode requests as one batch where the family allows it, else one by one.

        A batch that runs late is ended: the rows that were whole by then are answers, the others `Unavailable`.
        """
        groups: dict[Hashable, list[int]] = {}
        for place, request in enumerate(requests):
            groups.setdefault(self._alike(request), []).append(place)
        for alike, places in groups.items():
            for start in range(0, len(places), ROWS):
                batch = places[start : start + ROWS]
                yield from zip(batch, self._outcomes([requests[place] for place in batch], alike), strict=True)

    def _alike(self, request: ChatRequest) -> Hashable:
        """Tell what may be decoded together: greedy, of one length, as many pictures, all with a schema or none.

        Only a request itself is like one that may not be.
        """
        if request.temperature > 0 or not traits_of(self._folder).batched:
            return id(request)
        return len(request.pictures), request.schema is None, request.max_tokens

    def _outcomes(self, requests: Sequence[ChatRequest], alike: Hashable) -> Sequence[ChatAnswer | BackendError]:
        try:
            return self._gathering.ask(requests, alike)
        except BackendError as error:
            return [error] * len(requests)

    def _together(self, requests: Sequence[ChatRequest]) -> list[ChatAnswer | BackendError]:
        end = time.monotonic() + self._folder.seconds * (SHARE if len(requests) > 1 else 1)
        with self._loaded.turn() as model:
            batches = [requests] if can_be_given(model) else [[request] for request in requests]
            return [said for batch in batches for said in self._answered(model, batch, end)]

    def _answered(self, model: Any, requests: Sequence[ChatRequest], end: float) -> list[ChatAnswer | BackendError]:
        inputs = self._tensors(model, requests)
        width = inputs["input_ids"].shape[1]
        ends = _ids(model.generation_config.eos_token_id)
        guidance = self._guidance(model, requests, width, ends)
        output = self._generate(model, inputs, requests[0], end - time.monotonic(), guidance)
        faults: dict[int, AnswerInvalid] = guidance[0].faults if guidance else {}
        prompts = inputs["attention_mask"].sum(1).tolist()
        written = [_until(row, ends) for row in output.sequences[:, width:].tolist()]
        # A family may end a turn with another token than a text.
        stops = ends | _ids(self._inputs.tokenizer.eos_token_id)
        return [
            faults.get(row)
            or self._outcome(request, prompts[row], written[row], stops, [step[row] for step in output.logits])
            for row, request in enumerate(requests)
        ]

    def _tensors(self, model: Any, requests: Sequence[ChatRequest]) -> dict[str, Any]:
        shown = {_same(request): request.pictures for request in requests}
        fitted = {key: self._inputs.pictures(pictures) for key, pictures in shown.items()}
        pictures = [fitted[_same(request)] for request in requests]
        rows = self._inputs.rows(requests, pictures)
        texts, looked_at = _moved(rows.texts, model), [_moved(each, model) for each in rows.pictures]
        traits = traits_of(self._folder)
        if not (traits.batched and can_be_given(model) and pictures[0]):
            return {**texts, **looked_at[0]}
        features = self._features.of_each(model, looked_at, pictures)
        begun = self._prefixes.instead_of_pictures(model, texts, features, pictures) if traits.causal_pictures else None
        return begun or {**texts, **instead_of_pixels(looked_at, features)}

    def _generate(self, model: Any, inputs: Any, request: ChatRequest, seconds: float, guidance: list[Any]) -> Any:
        import torch
        from transformers import GenerationConfig

        sampling = {"do_sample": True, "temperature": request.temperature} if request.temperature > 0 else {}
        if sampling:
            torch.manual_seed(request.seed)
        # Given as one, not as keywords: with those, transformers builds the model's whole configuration anew each time.
        wanted = GenerationConfig(  # type: ignore[no-untyped-call]
            max_new_tokens=request.max_tokens,
            max_time=seconds,
            output_logits=True,
            return_dict_in_generate=True,
            **(sampling or {"do_sample": False}),
        )
        return model.generate(**inputs, generation_config=wanted, logits_processor=guidance)

    def _guidance(
        self, model: Any, requests: Sequence[ChatRequest], prompt_tokens: int, ends: frozenset[int]
    ) -> list[Any]:
        if all(request.schema is None for request in requests):
            return []
        from overread.backends._guidance import Grammars, SchemaProcessor

        if self._grammars is None:
            vocabulary = model.get_output_embeddings().weight.shape[0]
            self._grammars = Grammars(self._inputs.tokenizer, vocabulary)
        return [SchemaProcessor([request.schema for request in requests], self._grammars, prompt_tokens, ends)]

    def _outcome(
        self, request: ChatRequest, prompt_tokens: int, written: list[int], stops: frozenset[int], logits: list[Any]
    ) -> ChatAnswer | BackendError:
        name = self._folder.name
        if not written or written[-1] not in stops:
            if len(written) < request.max_tokens:
                return Unavailable(f"model '{name}' gave no answer within {self._folder.seconds:g} s")
            return AnswerInvalid(f"model '{name}' did not end its answer within {len(written)} tokens")
        text = self._inputs.tokenizer.decode(written, skip_special_tokens=True)
        try:
            data = None if request.schema is None else parse_answer(text, request.schema, name)
        except AnswerInvalid as error:
            return error
        return ChatAnswer(text, data, prompt_tokens, len(written), _mean_logprob(logits, written))


def _same(request: ChatRequest) -> tuple[int, ...]:
    """Tell requests about the very same pictures from others."""
    return tuple(id(picture) for picture in request.pictures)


def _moved(tensors: Mapping[str, Any], model: Any) -> dict[str, Any]:
    """Put tensors where the model is; numbers with a fraction in the model's own type."""
    return {
        name: value.to(model.device, model.dtype if value.is_floating_point() else value.dtype)
        for name, value in tensors.items()
    }


def _ids(tokens: int | Sequence[int] | None) -> frozenset[int]:
    if tokens is None:
        return frozenset()
    return frozenset([tokens] if isinstance(tokens, int) else tokens)


def _until(row: list[int], ends: Collection[int]) -> list[int]:
    """Cut a row after its first end: what follows is padding, while other rows are still being written."""
    ended = next((place for place, token in enumerate(row) if token in ends), len(row))
    return row[: ended + 1]


def _mean_logprob(logits: Sequence[Any], written: list[int]) -> float:
    """Average what the model itself gave to each token, before the schema took tokens away."""
    values = [float(step.float().log_softmax(-1)[token]) for step, token in zip(logits, written, strict=False)]
    return math.fsum(values) / len(values)
