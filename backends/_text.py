"""A language model without eyes: it words and chooses, held to a JSON schema, and sees no picture."""

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from overread.backends._chat_inputs import ChatInputs
from overread.backends._loading import ModelFolder, require
from overread.backends._vlm import VlmBackend
from overread.errors import Unavailable
from overread.ports import Picture


class TextBackend(VlmBackend):
    """Asks a `*ForCausalLM` model through its own chat template; otherwise as a vision-language model is asked."""

    auto_class = "AutoModelForCausalLM"

    def _inputs_of(self, folder: ModelFolder) -> ChatInputs:
        return TextInputs(folder)


class TextInputs(ChatInputs):
    """Writes requests by the tokenizer alone."""

    @property
    def tokenizer(self) -> Any:
        """Give the tokenizer of the model."""
        return self._loaded()

    def pictures(self, pictures: Sequence[Picture]) -> list[Picture]:
        """Give no picture; raise `Unavailable` where there is one to look at."""
        if pictures:
            raise Unavailable(
                f"model '{self._folder.name}' sees no picture; name a vision-language model for this role"
            )
        return []

    def _row(self, prompt: str, images: Sequence[Image.Image]) -> Mapping[str, Any]:
        messages = [{"role": "user", "content": self._plain(prompt)}]
        text = self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        row: Mapping[str, Any] = self.tokenizer(
            text, return_tensors="pt", add_special_tokens=False, return_token_type_ids=False
        )
        return dict(row)

    def _load(self) -> Any:
        transformers = require(self._folder.name, "transformers")[0]
        tokenizer = transformers.AutoTokenizer.from_pretrained(self._folder.path, local_files_only=True)
        if tokenizer.chat_template is None:
            raise Unavailable(
                f"model '{self._folder.name}' has no chat template; put its chat_template.jinja beside the weights"
            )
        return tokenizer
