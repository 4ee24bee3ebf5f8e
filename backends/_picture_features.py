"""What the vision tower makes of the pictures of a question, computed once for all questions about them."""

import copy
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from inspect import signature
from typing import Any

from overread.backends._chat_inputs import OF_TEXT
from overread.ports import Picture

KEPT = 2
"""Sets of pictures whose features are kept: that of the case at hand, and one of another case beside it."""
PIXELS = ("pixel_values",)


class PictureFeatures:
    """Encodes pictures for `generate`, and keeps what it made of the last; to be used by one thread at a time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Any] = OrderedDict()

    def instead_of_pixels(self, model: Any, inputs: dict[str, Any], pictures: Sequence[Picture]) -> dict[str, Any]:
        """Put features into the place of the pixels in `inputs`, and all that there is of pictures in each row."""
        key = _key(pictures)
        if key not in self._kept:
            self._kept[key] = _encoded(model, inputs)
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        rows = len(inputs["input_ids"])
        sizes = {name: _in_each_row(value, rows) for name, value in inputs.items() if name not in {*OF_TEXT, *PIXELS}}
        texts = {name: value for name, value in inputs.items() if name in OF_TEXT}
        return {**texts, **sizes, "mm_encoder_outputs": {"image": _repeated(self._kept[key], rows)}}


def can_be_given(model: Any) -> bool:
    """Say whether this model takes features instead of pixels; transformers before 5.19 has none that does."""
    return "mm_encoder_outputs" in signature(model.forward).parameters


def _key(pictures: Sequence[Picture]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for picture in pictures:
        digest.update(f"{picture.shape}:".encode() + picture.tobytes())
    return digest.digest()


def _encoded(model: Any, inputs: dict[str, Any]) -> Any:
    """Encode as `generate` itself would, and let go of what lies between the pixels and the features."""
    encode = model.base_model.get_image_features
    wanted = {name: inputs[name] for name in signature(encode).parameters if name in inputs}
    features = encode(**wanted, return_dict=True)
    for between in ("last_hidden_state", "hidden_states", "attentions"):
        if getattr(features, between, None) is not None:
            setattr(features, between, None)
    return features


def _repeated(features: Any, rows: int) -> Any:
    repeated, each = copy.copy(features), features.pooler_output
    repeated.pooler_output = list(each) * rows if isinstance(each, list | tuple) else _in_each_row(each, rows)
    return repeated


def _in_each_row(pictures: Any, rows: int) -> Any:
    """Repeat a tensor over pictures: A, B becomes A, B, A, B."""
    return pictures.repeat(rows, *[1] * (pictures.dim() - 1))
