"""What a family of models needs to be asked: its control words, its arguments of `vllm serve`, its chat template.

What vLLM 0.32 on a CPU makes of each family, shown with tiny random models, greedy and in float32, against
transformers 5.19 (`tests/serving/test_families.py`):

| family | served | chat template | answers |
| --- | --- | --- | --- |
| llava | yes | the checkpoint's | equal, token for token; any number of pictures |
| llava-onevision | yes | the checkpoint's | equal; any number of pictures |
| qwen2.5-vl | yes | the checkpoint's | equal; any number of pictures |
| gemma3 | yes | the checkpoint's | equal without a picture, **not** with one |
| blip-2 | yes | ours | equal; one picture, two are refused: "At most 1 image(s) may be provided in one prompt" |
| clip | yes, pooling | none | equal embeddings |
| siglip | yes, pooling | none | equal embeddings when texts are padded to their full length |
| dual-encoder, open-clip, torchxrayvision, efficientnet, segmenter, clipseg, sam | no: in process | | |

Gemma 3 was trained to look both ways among a picture's tokens; vLLM's CPU attention looks from left to right only, and
says nothing. On a GPU it looks both ways.

LLaVA 1.5 and BLIP-2 mark a turn by ordinary words (`USER:`, `Question:`), which a question may hold as well: they are
no tokens of their own, and stay.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from overread.serving.records import Family

TEMPLATES = Path(__file__).parent / "templates"
POOLING = ("--runner", "pooling")


@dataclass(frozen=True)
class Traits:
    """How a family is spoken to."""

    control_words: tuple[str, ...]
    """The family's own tokens; the client takes them out of every text before it goes into a prompt."""
    arguments: tuple[str, ...] = ()
    """Further arguments of `vllm serve`."""
    template: Path | None = None
    """A chat template of ours, for checkpoints that carry none; None: the checkpoint's own."""
    true_on_cpu: bool = True
    """False where vLLM's CPU engine gives other answers than the model's reference implementation."""
    padding: Literal["max_length"] | None = None
    """`padding` of an embedding request for texts, where the model was trained on texts of one length."""
    pictures: int | None = None
    """How many pictures a question must hold; None: any number."""
    batched: bool = False
    """Whether questions about the same pictures are answered together in process, the pictures encoded once."""
    causal_pictures: bool = False
    """Whether a picture's tokens see only what comes before, at positions counted one by one: then the language model
    reads them once, too, for all questions."""

    def plain(self, text: str) -> str:
        """Take the control words out of a text: a person's question may hold `<image>` or an end of turn."""
        for word in self.control_words:
            text = text.replace(word, " ")
        return text


LLAMA = ("<unk>", "<s>", "</s>", "<pad>")
QWEN = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>", "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>",
    "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>",
)  # fmt: skip
GEMMA = (
    "<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "[multimodal]", "<start_of_turn>", "<end_of_turn>",
    "<start_of_image>", "<end_of_image>", "<image_soft_token>",
    "<unused94>", "<unused95>",  # MedGemma opens and closes its thoughts with them
)  # fmt: skip

TRAITS: dict[Family, Traits] = {
    # The last three are the embedded model's own.
    "llava": Traits((*LLAMA, "<image>", "<|system|>", "<|user|>", "<|assistant|>"), batched=True, causal_pictures=True),
    "llava-onevision": Traits((*QWEN, "<image>", "<video>"), batched=True, causal_pictures=True),
    "qwen2.5-vl": Traits(QWEN, batched=True),
    "gemma3": Traits(GEMMA, true_on_cpu=False, batched=True),
    # Its own `generate` encodes the picture of every question.
    "blip-2": Traits((*LLAMA, "<image>"), template=TEMPLATES / "blip-2.jinja", pictures=1),
    "clip": Traits(("<|startoftext|>", "<|endoftext|>"), POOLING),
    "siglip": Traits(("<pad>", "<unk>", "</s>"), POOLING, padding="max_length"),
    # Its text tower is any BERT, and each reads its own tokenizer's words.
    "dual-encoder": Traits(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")),
    "open-clip": Traits(("<start_of_text>", "<end_of_text>", "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")),
    "torchxrayvision": Traits(()),
    "efficientnet": Traits(()),
    "segmenter": Traits(()),
    "clipseg": Traits(("<|startoftext|>", "<|endoftext|>")),
    "sam": Traits(()),
    # Any language model without eyes; both backends take out the words of its own tokenizer as well.
    "llm": Traits((*LLAMA, *QWEN), batched=True),
}


def traits(family: Family) -> Traits:
    """Give what a family needs; a family without a server has no arguments and no template."""
    return TRAITS[family]
