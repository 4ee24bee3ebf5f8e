"""What the vision tower makes of the pictures of a question, computed once for all questions about them."""

import copy
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any

from overread.backends._remembered import content_key
from overread.ports import Picture

KEPT = 16
"""Sets of pictures whose features are kept: those of the cases under way. The embedded model's are 0.3 MiB each."""
PIXELS = ("pixel_values",)


class PictureFeatures:
    """Encodes pictures for `generate`, and keeps what it made of the last; to be used by one thread at a time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Any] = OrderedDict()

    def of_each(
        self, model: Any, inputs: Sequence[Mapping[str, Any]], pictures: Sequence[Sequence[Picture]]
    ) -> list[Any]:
        """Give the features of the pictures of each row.

        Each set of pictures is encoded by itself, so that its features are the same whatever it is asked beside.
        """
        return [self._of(model, row, shown) for row, shown in zip(inputs, pictures, strict=True)]

    def _of(self, model: Any, inputs: Mapping[str, Any], pictures: Sequence[Picture]) -> Any:
        key = content_key(*pictures)
        if key not in self._kept:
            self._kept[key] = _encoded(model, inputs)
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]


def instead_of_pixels(inputs: Sequence[Mapping[str, Any]], features: Sequence[Any]) -> dict[str, Any]:
    """Give what stands for the pictures of each row: features in the place of pixels, and the rest side by side."""
    import torch

    sizes = {name: torch.cat([row[name] for row in inputs]) for name in inputs[0] if name not in PIXELS}
    return {**sizes, "mm_encoder_outputs": {"image": _joined(features)}}


def can_be_given(model: Any) -> bool:
    """Say whether this model takes features instead of pixels; transformers before 5.19 has none that does."""
    return "mm_encoder_outputs" in signature(model.forward).parameters


def _encoded(model: Any, inputs: Mapping[str, Any]) -> Any:
    """Encode as `generate` itself would, and let go of what lies between the pixels and the features."""
    encode = model.base_model.get_image_features
    wanted = {name: inputs[name] for name in signature(encode).parameters if name in inputs}
    features = encode(**wanted, return_dict=True)
    for between in ("last_hidden_state", "hidden_states", "attentions"):
        if getattr(features, between, None) is not None:
            setattr(features, between, None)
    return features


def _joined(features: Sequence[Any]) -> Any:
    """Lay the features of several rows into one, in their order."""
    import torch

    joined, each = copy.copy(features[0]), [one.pooler_output for one in features]
    if isinstance(each[0], list | tuple):
        joined.pooler_output = [picture for row in each for picture in row]
    else:
        joined.pooler_output = torch.cat(each)
    return joined
