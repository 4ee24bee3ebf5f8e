"""A vision-language model that answers in text, held to a JSON schema while it writes."""

import math
from collections.abc import Sequence
from typing import Any

from PIL import Image

from overread import weights
from overread.backends._loading import Loaded, ModelFolder
from overread.backends._processors import load_processor, traits_of
from overread.backends._resizing import fitted
from overread.backends._schema import parse_answer
from overread.errors import AnswerInvalid, Unavailable
from overread.ports import BackendCard, ChatAnswer, ChatRequest, Picture


class VlmBackend:
    """Asks a `*ForConditionalGeneration` model through its own chat template, greedy unless a temperature is given."""

    def __init__(self, folder: ModelFolder) -> None:
        self.card: BackendCard = folder.card("chat")
        self._folder = folder
        self._loaded = Loaded(folder, "AutoModelForImageTextToText")
        size = weights.config(folder.path).get("vision_config", {}).get("image_size")
        self._size: int | None = size if isinstance(size, int) else None
        self._processor: Any = None
        self._grammar_tokenizer: Any = None

    def ask(self, request: ChatRequest) -> ChatAnswer:
        """Answer one request; raise `AnswerInvalid` when the answer is cut off or outside the schema."""
        with self._loaded.turn() as model:
            inputs = self._inputs(request).to(model.device, model.dtype)
            output = self._generate(model, inputs, request)
            stops = _stops(model, self._load_processor().tokenizer)
        return self._answer(request, inputs["input_ids"].shape[1], output, stops)

    def _inputs(self, request: ChatRequest) -> Any:
        processor = self._load_processor()
        wanted = traits_of(self._folder).pictures
        if wanted is not None and len(request.pictures) != wanted:
            raise Unavailable(
                f"model '{self._folder.name}' answers about {wanted} picture at a time, and was given "
                f"{len(request.pictures)}; name another model for this role"
            )
        content: list[dict[str, str]] = [{"type": "image"} for _ in request.pictures]
        content.append({"type": "text", "text": self._plain(request.prompt)})
        messages = [{"role": "user", "content": content}]
        text = processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        images = [self._image(picture) for picture in request.pictures] or None
        return processor(images=images, text=text, return_tensors="pt", add_special_tokens=False)

    def _image(self, picture: Picture) -> Image.Image:
        return Image.fromarray(fitted(picture, self._size)).convert("RGB")

    def _plain(self, prompt: str) -> str:
        """Take control words out of a prompt: those of the family, and those that only this tokenizer has."""
        prompt = traits_of(self._folder).plain(prompt)
        for word in self._load_processor().tokenizer.all_special_tokens:
            prompt = prompt.replace(word, " ")
        return prompt

    def _load_processor(self) -> Any:
        if self._processor is None:
            self._processor = load_processor(self._folder)
        return self._processor

    def _generate(self, model: Any, inputs: Any, request: ChatRequest) -> Any:
        import torch

        sampling = {"do_sample": True, "temperature": request.temperature} if request.temperature > 0 else {}
        if sampling:
            torch.manual_seed(request.seed)
        return model.generate(
            **inputs,
            max_new_tokens=request.max_tokens,
            max_time=self._folder.seconds,
            logits_processor=self._guidance(model, request, inputs["input_ids"].shape[1]),
            output_logits=True,
            return_dict_in_generate=True,
            **(sampling or {"do_sample": False}),
        )

    def _guidance(self, model: Any, request: ChatRequest, prompt_tokens: int) -> list[Any]:
        if request.schema is None:
            return []
        from overread.backends._guidance import SchemaProcessor, grammar_tokenizer

        if self._grammar_tokenizer is None:
            vocabulary = model.get_output_embeddings().weight.shape[0]
            self._grammar_tokenizer = grammar_tokenizer(self._load_processor().tokenizer, vocabulary)
        return [SchemaProcessor(self._grammar_tokenizer, request.schema, prompt_tokens)]

    def _answer(self, request: ChatRequest, prompt_tokens: int, output: Any, stops: set[int]) -> ChatAnswer:
        written = output.sequences[0, prompt_tokens:].tolist()
        if not written or written[-1] not in stops:
            if len(written) < request.max_tokens:
                raise Unavailable(f"model '{self._folder.name}' gave no answer within {self._folder.seconds:g} s")
            raise AnswerInvalid(f"model '{self._folder.name}' did not end its answer within {len(written)} tokens")
        text = self._load_processor().tokenizer.decode(written, skip_special_tokens=True)
        return ChatAnswer(
            text=text,
            data=None if request.schema is None else parse_answer(text, request.schema, self._folder.name),
            prompt_tokens=prompt_tokens,
            completion_tokens=len(written),
            mean_logprob=_mean_logprob(output.logits, written),
        )


def _stops(model: Any, tokenizer: Any) -> set[int]:
    """Give the tokens that end an answer: a family may end a turn with another token than a text."""
    ends = (model.generation_config.eos_token_id, tokenizer.eos_token_id)
    return {token for end in ends for token in (end if isinstance(end, list) else [end])}


def _mean_logprob(logits: Sequence[Any], written: list[int]) -> float:
    """Average what the model itself gave to each token, before the schema took tokens away."""
    values = [float(step[0].float().log_softmax(-1)[token]) for step, token in zip(logits, written, strict=True)]
    return math.fsum(values) / len(values)
