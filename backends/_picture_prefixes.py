"""What a language model makes of the pictures that a prompt begins with, computed once for all questions about them.

A causal decoder's keys and values of a token depend on nothing that comes after it. All prompts about a picture begin
with the same tokens, those of the picture: most of what there is to read before the first word is written.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from overread.backends._remembered import content_key
from overread.ports import Picture

KEPT_BYTES = 64 * 2**20
"""Of beginnings that are kept: some fifty of the embedded model, none of one of thousands of millions of parameters."""
Layers = tuple[tuple[Any, Any], ...]
"""Keys and values of each layer [1, heads, tokens, size]."""


class PicturePrefixes:
    """Keeps the last beginnings that a model has read; to be used by one thread at a time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[bytes, tuple[int, ...]], Layers] = OrderedDict()

    def instead_of_pictures(
        self, model: Any, inputs: Mapping[str, Any], features: Sequence[Any], pictures: Sequence[Sequence[Picture]]
    ) -> dict[str, Any] | None:
        """Give what `generate` goes on from: the rows' beginnings as read, then the rest of each, padded before it.

        `inputs` are token ids and mask [rows, tokens] with padding at the left, `features` each row's pictures as
        encoded. Each beginning is read by itself, so that it is the same whatever is asked beside it. None where the
        rows' beginnings differ in length, or no row holds a picture.
        """
        rows = [
            ids[mask.bool()].tolist() for ids, mask in zip(inputs["input_ids"], inputs["attention_mask"], strict=True)
        ]
        ends = {_end_of_pictures(row, model.config.image_token_id) for row in rows}
        if len(ends) != 1 or 0 in ends:
            return None
        (end,) = ends
        begun = [
            self._of(model, tuple(row[:end]), one, shown)
            for row, one, shown in zip(rows, features, pictures, strict=True)
        ]
        self._forget(KEPT_BYTES)
        return {**_padded_after(inputs, rows, end), "past_key_values": _side_by_side(begun)}

    def _of(self, model: Any, beginning: tuple[int, ...], features: Any, pictures: Sequence[Picture]) -> Layers:
        key = content_key(*pictures), beginning
        if key not in self._kept:
            self._kept[key] = _read(model, beginning, features)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _forget(self, most: int) -> None:
        """Let go of the oldest beyond so many bytes, once a batch is put together: it needs all of its own."""
        sizes = [_bytes(layers) for layers in self._kept.values()]
        held = sum(sizes)
        for key, size in [*zip(self._kept, sizes, strict=True)]:
            if held <= most:
                return
            del self._kept[key]
            held -= size


def _end_of_pictures(row: Sequence[int], picture: int) -> int:
    """Give the place after the last token of a picture; 0 where there is none."""
    return next((len(row) - back for back, token in enumerate(reversed(row)) if token == picture), 0)


def _read(model: Any, beginning: tuple[int, ...], features: Any) -> Layers:
    import torch
    from transformers import DynamicCache

    read = model.base_model(
        input_ids=torch.tensor([beginning], device=model.device),
        mm_encoder_outputs={"image": features},
        past_key_values=DynamicCache(config=model.config),
        use_cache=True,
    )
    return tuple((layer.keys, layer.values) for layer in read.past_key_values.layers)


def _side_by_side(begun: Sequence[Layers]) -> Any:
    import torch
    from transformers import DynamicCache

    layers = zip(*begun, strict=True)
    return DynamicCache(
        [(torch.cat([k for k, _ in each]), torch.cat([v for _, v in each])) for each in map(list, layers)]
    )


def _padded_after(inputs: Mapping[str, Any], rows: Sequence[Sequence[int]], end: int) -> dict[str, Any]:
    """Put the padding between beginning and rest, where all rows go on from the same place."""
    import torch

    ids, mask = inputs["input_ids"], inputs["attention_mask"]
    width = max(len(row) for row in rows)
    moved, seen = torch.zeros_like(ids[:, -width:]), torch.zeros_like(mask[:, -width:])
    for place, row in enumerate(rows):
        rest = len(row) - end
        moved[place, :end], moved[place, width - rest :] = ids.new_tensor(row[:end]), ids.new_tensor(row[end:])
        seen[place, :end], seen[place, width - rest :] = 1, 1
    return {**inputs, "input_ids": moved, "attention_mask": seen}


def _bytes(layers: Layers) -> int:
    return sum(each.nbytes for pair in layers for each in pair)
