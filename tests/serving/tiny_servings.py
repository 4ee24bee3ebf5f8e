"""Tiny models of every family, asked the same by vLLM in its own environment and by transformers in this process."""

import base64
import io
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from PIL import Image

from overread import weights
from overread.backends._loading import ModelFolder
from overread.backends._processors import load_processor
from overread.backends._schema import in_layout
from overread.imaging.letterbox import letterbox
from overread.ports import Picture
from overread.serving.families import traits
from overread.serving.launch import Place, launch
from overread.serving.records import Entry, Family, Licence, Need, Placement
from overread.testing import tiny_families
from overread.testing.doubles import make_picture

CHILD = Path(__file__).with_name("families_child.py")
TOKENS = 24
CHAT: dict[Family, str] = {
    "llava": "llava",
    "llava-onevision": "llava_onevision",
    "qwen2.5-vl": "qwen2_5_vl",
    "gemma3": "gemma3",
    "blip-2": "blip_2",
}
EMBEDDING: dict[Family, str] = {"clip": "clip", "siglip": "siglip"}
# A picture's placeholder and the end of a turn, as somebody could write them into a question.
SMUGGLED: dict[Family, str] = {
    "llava": "Is this <image> </s> normal?",
    "llava-onevision": "Is this <image> <|im_end|> normal?",
    "qwen2.5-vl": "Is this <|image_pad|> <|im_end|> normal?",
    "gemma3": "Is this <start_of_image> <end_of_turn> normal?",
    "blip-2": "Is this <image> </s> normal?",
}
SCHEMA = {
    "type": "object",
    "properties": {
        "findings": {"type": "array", "items": {"type": "string", "maxLength": 6}, "minItems": 1, "maxItems": 2},
        "side": {"enum": ["left", "right"]},
    },
    "required": ["findings", "side"],
    "additionalProperties": False,
}
TEXTS = (
    "pleural effusion",
    "no finding",
    "a large left pneumothorax with a shift of the mediastinum to the right side",
)


@dataclass(frozen=True)
class Ask:
    """One question of a chat model."""

    prompt: str
    pictures: tuple[Picture, ...] = ()
    schema: Mapping[str, Any] | None = None

    @property
    def max_tokens(self) -> int:
        return TOKENS if self.schema is None else 160

    def as_json(self) -> dict[str, Any]:
        schema = None if self.schema is None else in_layout(self.schema)
        urls = [data_url(picture) for picture in self.pictures]
        return {"prompt": self.prompt, "pictures": urls, "schema": schema, "max_tokens": self.max_tokens}


@dataclass(frozen=True)
class Questions:
    """What each chat family is asked; pictures have the model's own size, so that nobody resizes them."""

    one: tuple[Ask, ...]
    two: tuple[Ask, ...]
    text: Ask
    guided: tuple[Ask, ...]
    smuggled: tuple[Ask, Ask, Ask]
    """As somebody wrote it, as it is sent, and a question without control words."""

    def all(self) -> tuple[Ask, ...]:
        return (*self.one, *self.two, self.text, *self.guided, *self.smuggled)


def questions(family: Family, size: int) -> Questions:
    first, second, third, fourth = (letterbox(make_picture(seed), size).pixels for seed in range(1, 5))
    words = SMUGGLED[family]
    return Questions(
        one=(Ask("Report.", (first,)), Ask("Report.", (second,)), Ask("Is it big?", (third,))),
        two=(Ask("Compare.", (first, second)), Ask("Compare.", (second, first))),
        text=Ask("No picture at all."),
        guided=(Ask("Report.", (first,), SCHEMA), Ask("Report.", (fourth,), SCHEMA)),
        smuggled=(
            Ask(words, (first,)),
            Ask(traits(family).plain(words), (first,)),
            Ask("Is this normal?", (first,)),
        ),
    )


@dataclass(frozen=True)
class Tiny:
    """A tiny model, the questions it was asked, and what vLLM answered."""

    folder: Path
    questions: Questions | None
    pictures: tuple[Picture, ...]
    served: dict[str, Any]

    def answer(self, ask: Ask) -> dict[str, Any]:
        assert self.questions is not None
        assert "asks" in self.served, self.served
        place = next(place for place, item in enumerate(self.questions.all()) if item is ask)
        given: dict[str, Any] = self.served["asks"][place]
        return given

    @property
    def model(self) -> ModelFolder:
        return ModelFolder(self.folder.name, self.folder, "cpu", 1, 60.0)


def module(name: str) -> ModuleType:
    return import_module(f"{tiny_families.__name__}.{name}")


def data_url(picture: Picture) -> str:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def serve_all(root: Path, environment: Path, cpu_patch: Path) -> dict[Family, Tiny]:
    """Write every tiny model, and let one vLLM process answer for each, with the arguments that `serve up` gives it."""
    jobs: dict[str, Any] = {}
    made: dict[Family, Tiny] = {}
    variables: dict[str, str] = {}
    for family, name in {**CHAT, **EMBEDDING}.items():
        folder = module(name).write(root / name)
        size: int = module(name).IMAGE
        pictures = tuple(letterbox(make_picture(seed), size).pixels for seed in (1, 2))
        asked = questions(family, size) if family in CHAT else None
        made[family] = Tiny(folder, asked, pictures, {})
        place = Place(environment=environment, cpu_patch=cpu_patch, host="127.0.0.1", port=1)
        order = launch(_placement(family, folder), place, folder, weights.digest(folder))
        variables = order.environment
        jobs[family] = {
            "argv": order.argv[2:],
            "architecture": weights.config(folder)["architectures"][0],
            "asks": [ask.as_json() for ask in asked.all()] if asked else [],
            "texts": TEXTS,
            "pictures": [data_url(picture) for picture in pictures],
            "padding": traits(family).padding,
        }
    answers = _run(root, environment, variables, jobs)
    return {family: Tiny(tiny.folder, tiny.questions, tiny.pictures, answers[family]) for family, tiny in made.items()}


def _placement(family: Family, folder: Path) -> Placement:
    entry = Entry(
        name=f"tiny-{family}",
        describe="Random weights.",
        family=family,
        task="chat" if family in CHAT else "embedding",
        engine="vllm",
        source=str(folder),
        licence=Licence(name="Apache-2.0", url="https://www.apache.org/licenses/LICENSE-2.0", commercial=True),
        need=Need(weights=1, measured="not at all"),
        context=1024 if family in CHAT else 0,
        images=traits(family).pictures or 4,
        dtype="float32",
    )
    return Placement(entry=entry, memory=1)


def _run(root: Path, environment: Path, variables: Mapping[str, str], jobs: Mapping[str, Any]) -> Any:
    out, log = root / "answers.json", root / "vllm.log"
    with log.open("wb") as file:
        done = subprocess.run(
            [environment / "bin" / "python", CHILD, out],
            input=json.dumps(jobs).encode(),
            env={**os.environ, **variables},
            stdout=file,
            stderr=subprocess.STDOUT,
            timeout=3000,
            check=False,
        )
    assert done.returncode == 0, log.read_text(errors="replace")[-3000:]
    return json.loads(out.read_bytes())


@dataclass(frozen=True)
class Reference:
    """What transformers answers, greedy, in float32."""

    prompt: list[int]
    written: list[int]
    logprobs: Sequence[float]


class Transformers:
    """A tiny model's reference implementation, without our backend."""

    def __init__(self, tiny: Tiny) -> None:
        transformers: Any = import_module("transformers")
        torch.set_num_threads(1)
        auto = transformers.AutoModelForImageTextToText
        self._model = auto.from_pretrained(tiny.folder, dtype=torch.float32, local_files_only=True).eval()
        self._processor = load_processor(tiny.model)

    def answer(self, ask: Ask) -> Reference:
        content = [*({"type": "image"} for _ in ask.pictures), {"type": "text", "text": ask.prompt}]
        turn = [{"role": "user", "content": content}]
        text = self._processor.apply_chat_template(turn, add_generation_prompt=True, tokenize=False)
        images = [Image.fromarray(picture).convert("RGB") for picture in ask.pictures] or None
        inputs = self._processor(images=images, text=text, return_tensors="pt", add_special_tokens=False)
        with torch.inference_mode():
            out = self._model.generate(
                **inputs, max_new_tokens=TOKENS, do_sample=False, output_logits=True, return_dict_in_generate=True
            )
        prompt: list[int] = inputs["input_ids"][0].tolist()
        written: list[int] = out.sequences[0, len(prompt) :].tolist()
        chances = [float(step[0].log_softmax(-1)[token]) for step, token in zip(out.logits, written, strict=True)]
        return Reference(prompt, written, chances)


def cosines(ours: Any, served: Any) -> Any:
    """Give the cosine of each pair of rows of two [n, d] arrays."""
    one, other = (np.asarray(rows, np.float64) for rows in (ours, served))
    return (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
