"""Write requests as a family's processor wants them: its chat template, its pictures, its tokens, rows side by side."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from PIL import Image

from overread import weights
from overread.backends._loading import ModelFolder
from overread.backends._processors import load_processor, traits_of
from overread.backends._resizing import fitted
from overread.errors import Unavailable
from overread.ports import ChatRequest, Picture

OF_TEXT = {"input_ids": None, "attention_mask": 0, "token_type_ids": 0, "mm_token_type_ids": 0}
"""What a processor gives for each token, and what stands there for a token that is only padding; None: its id."""


class Rows(NamedTuple):
    """What a processor gives for several requests."""

    texts: dict[str, Any]
    """Tensors [requests, tokens]."""
    pictures: list[dict[str, Any]]
    """Tensors of the pictures of each request."""


class ChatInputs:
    """Loads the processor at its first use; to be used by one thread at a time."""

    def __init__(self, folder: ModelFolder) -> None:
        self._folder = folder
        size = weights.config(folder.path).get("vision_config", {}).get("image_size")
        self._size: int | None = size if isinstance(size, int) else None
        self._processor: Any = None

    @property
    def tokenizer(self) -> Any:
        """Give the tokenizer of the model."""
        return self._loaded().tokenizer

    def pictures(self, pictures: Sequence[Picture]) -> list[Picture]:
        """Bring pictures to the model's size; raise `Unavailable` for more or fewer than it can be asked about."""
        wanted = traits_of(self._folder).pictures
        if wanted is not None and len(pictures) != wanted:
            raise Unavailable(
                f"model '{self._folder.name}' answers about {wanted} picture at a time, and was given "
                f"{len(pictures)}; name another model for this role"
            )
        return [fitted(picture, self._size) for picture in pictures]

    def rows(self, requests: Sequence[ChatRequest], pictures: Sequence[Sequence[Picture]]) -> Rows:
        """Give tensors for requests, each with its pictures; those of each token are padded at the left."""
        rows = [self._row(request.prompt, shown) for request, shown in zip(requests, _rgb(pictures), strict=True)]
        texts = {name: self._padded(name, [row[name][0] for row in rows]) for name in OF_TEXT if name in rows[0]}
        of_pictures = [{name: value for name, value in row.items() if name not in OF_TEXT} for row in rows]
        return Rows(texts, of_pictures)

    def _row(self, prompt: str, images: Sequence[Image.Image]) -> Mapping[str, Any]:
        content: list[dict[str, str]] = [{"type": "image"} for _ in images]
        content.append({"type": "text", "text": self._plain(prompt)})
        messages = [{"role": "user", "content": content}]
        processor = self._loaded()
        text = processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        row: Mapping[str, Any] = processor(
            images=list(images) or None, text=text, return_tensors="pt", add_special_tokens=False
        )
        return row

    def _padded(self, name: str, rows: Sequence[Any]) -> Any:
        import torch

        filler = OF_TEXT[name]
        value = (self.tokenizer.pad_token_id or 0) if filler is None else filler
        return torch.nn.utils.rnn.pad_sequence(list(rows), batch_first=True, padding_value=value, padding_side="left")

    def _plain(self, prompt: str) -> str:
        """Take control words out of a prompt: those of the family, and those that only this tokenizer has."""
        prompt = traits_of(self._folder).plain(prompt)
        for word in self.tokenizer.all_special_tokens:
            prompt = prompt.replace(word, " ")
        return prompt

    def _loaded(self) -> Any:
        if self._processor is None:
            self._processor = self._load()
        return self._processor

    def _load(self) -> Any:
        return load_processor(self._folder)


def _rgb(pictures: Sequence[Sequence[Picture]]) -> list[list[Image.Image]]:
    return [[Image.fromarray(picture).convert("RGB") for picture in each] for each in pictures]
