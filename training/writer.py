"""The saved VLM, writing greedily through its own folder as the tools do."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from training.augment import unit_planes
from training.paths import MODELS
from training.vlm import CHAT_TEMPLATE

BATCH = 48


class Writer:
    """The saved VLM: greedy text for images and prompts."""

    def __init__(self, folder: Path = MODELS / "vlm") -> None:
        from transformers import AutoProcessor, LlavaForConditionalGeneration

        self.model = LlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        self.processor = AutoProcessor.from_pretrained(folder)
        self.processor.tokenizer.padding_side = "left"

    @torch.no_grad()
    def write(self, images: NDArray[np.uint8], prompts: Sequence[str], most: int) -> list[str]:
        """Write one text for each (h, w) image and its prompt; the model is shown its own size."""
        out: list[str] = []
        for start in range(0, len(prompts), BATCH):
            texts = [self._chat(prompt) for prompt in prompts[start : start + BATCH]]
            encoded = self.processor.tokenizer(texts, padding=True, return_tensors="pt", add_special_tokens=False)
            batch = unit_planes(images[start : start + BATCH])
            size = self.model.config.vision_config.image_size
            if batch.shape[-1] != size:  # a model of another grid than this run's
                batch = functional.interpolate(batch, size, mode="bilinear", antialias=True)
            made = self.model.generate(
                input_ids=encoded["input_ids"],
                attention_mask=encoded["attention_mask"],
                pixel_values=((batch - 0.5) / 0.25).expand(-1, 3, -1, -1),
                max_new_tokens=most,
                do_sample=False,
            )
            out += self.processor.tokenizer.batch_decode(
                made[:, encoded["input_ids"].shape[1] :], skip_special_tokens=True
            )
        return out

    def _chat(self, prompt: str) -> str:
        import jinja2

        content = [{"type": "image"}, {"type": "text", "text": prompt}]
        text = jinja2.Template(CHAT_TEMPLATE).render(
            messages=[{"role": "user", "content": content}], add_generation_prompt=True
        )
        return text.replace("<image>", "<image>" * self.model.config.image_seq_length)


def parsed(text: str, key: str) -> Any:
    """Read one field of the JSON that the model wrote; None where it is no JSON."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return None
    return value.get(key) if isinstance(value, dict) else None
