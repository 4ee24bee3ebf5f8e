"""How much memory a model will take and how it may be split, from its files and its configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from overread.cataloguing.architectures import Kind
from overread.cataloguing.weight_files import WeightFiles
from overread.serving.records import Need, Task

Dtype = Literal["float32", "bfloat16", "float16"]
DTYPES: Mapping[str, Dtype] = {"BF16": "bfloat16", "F16": "float16"}
WIDTH: Mapping[Dtype, int] = {"float32": 4, "bfloat16": 2, "float16": 2}
LONGEST_CONTEXT = 8192
WORKING: Mapping[Task, int] = {
    "chat": 2_500_000_000,
    "embedding": 1_300_000_000,
    "labels": 300_000_000,
    "segmentation": 600_000_000,
    "outline": 2_000_000_000,
}
"""Bytes; what like models of the shipped catalogue took, not measured of this one."""
SIZES = (1, 2, 4, 8)


@dataclass(frozen=True)
class Shape:
    """What of a language model's configuration bears on its key-value cache; None: not stated."""

    layers: int | None
    heads: int | None
    key_value_heads: int | None
    head_size: int | None
    context: int | None

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Shape":
        """Read it from the part of config.json that is about text, or from the whole where there is no such part."""
        part = config.get("text_config")
        text = part if isinstance(part, dict) else config
        heads = _whole(text, "num_attention_heads")
        width = _whole(text, "hidden_size")
        return cls(
            layers=_whole(text, "num_hidden_layers"),
            heads=heads,
            key_value_heads=_whole(text, "num_key_value_heads") or heads,
            head_size=_whole(text, "head_dim") or (width // heads if width and heads else None),
            context=_whole(text, "max_position_embeddings"),
        )

    def bytes_per_token(self, width: int) -> int:
        """Give keys and values of one token: 2 x layers x KV heads x head size x bytes; 0 where it is not stated."""
        return 2 * (self.layers or 0) * (self.key_value_heads or 0) * (self.head_size or 0) * width

    def splits(self) -> tuple[int, ...]:
        """Give the tensor-parallel sizes that both kinds of heads can be divided by; 1 where they are not stated."""
        heads, shared = self.heads or 1, self.key_value_heads or 1
        return tuple(size for size in SIZES if heads % size == 0 and shared % size == 0)


def dtype_of(files: WeightFiles) -> Dtype:
    """Name the type that a server computes in: that of most weights, float32 for any other."""
    return DTYPES.get(files.main_type, "float32")


def need_of(kind: Kind, files: WeightFiles, shape: Shape) -> Need:
    """Reckon the memory of a model: weights by their files, cache by the configuration, the rest by likeness."""
    per_token = shape.bytes_per_token(WIDTH[dtype_of(files)]) if kind.task == "chat" else 0
    cache = ""
    if kind.task == "chat":
        cache = "KV: from config.json; " if per_token else "KV: config.json does not state it, give kv_per_token; "
    return Need(
        weights=files.bytes,
        kv_per_token=per_token,
        working=WORKING[kind.task],
        measured=f"weights: from the files' headers; {cache}working: an estimate, not measured",
    )


def _whole(text: Mapping[str, Any], name: str) -> int | None:
    value = text.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
