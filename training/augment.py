"""Batch augmentation on tensors: geometry, detector and post-processing differences, markers, occlusion."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional


def unit_planes(images: NDArray[np.uint8]) -> Tensor:
    """Give (n, 1, h, w) in [0, 1] of (n, h, w) grey levels."""
    return torch.from_numpy(images).float().unsqueeze(1) / 255


def affine(
    count: int, generator: torch.Generator, *, degrees: float, zoom: tuple[float, float], shift: float
) -> Tensor:
    """Draw (count, 2, 3) random affine maps in grid_sample's convention."""

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, generator=generator)

    angle = uniform(-degrees, degrees) * math.pi / 180
    scale = 1 / uniform(*zoom)
    aspect = uniform(0.88, 1.14)
    cos, sin = torch.cos(angle), torch.sin(angle)
    shear = uniform(-0.08, 0.08)
    top = torch.stack([scale * aspect * cos, scale * (-sin + shear), uniform(-shift, shift)], 1)
    bottom = torch.stack([scale * sin, scale * cos / aspect, uniform(-shift, shift)], 1)
    return torch.stack([top, bottom], 1)


def warp(planes: Tensor, maps: Tensor, size: int, mode: str = "bilinear") -> Tensor:
    """Resample (n, c, h, w) planes by affine maps to (n, c, size, size); outside is 0."""
    grid = functional.affine_grid(maps, [planes.shape[0], planes.shape[1], size, size], align_corners=False)
    return functional.grid_sample(planes, grid, mode=mode, padding_mode="zeros", align_corners=False)


def intensity(images: Tensor, generator: torch.Generator) -> Tensor:
    """Vary (n, 1, h, w) images in [0, 1]: gamma, contrast, window, shading, blur, noise."""
    count = images.shape[0]

    def uniform(low: float, high: float) -> Tensor:
        return (low + (high - low) * torch.rand(count, generator=generator)).view(-1, 1, 1, 1)

    images = images.clamp(0, 1) ** torch.exp(uniform(-0.7, 0.7))
    images = (images - 0.5) * uniform(0.6, 1.4) + 0.5 + uniform(-0.15, 0.15)
    ramp = torch.linspace(-1, 1, images.shape[-1])
    images = images * (
        1 + uniform(-0.25, 0.25) * ramp.view(1, 1, 1, -1) + uniform(-0.25, 0.25) * ramp.view(1, 1, -1, 1)
    )
    soft = functional.avg_pool2d(images, 5, 1, 2)
    images = images + uniform(-0.8, 0.8) * (images - soft)
    images = images + uniform(0, 0.05) * torch.randn(images.shape, generator=generator)
    return images.clamp(0, 1)


def occlude(images: Tensor, generator: torch.Generator, chance: float = 0.5) -> Tensor:
    """Paint a bright, dark or grey rectangle (a marker, a plate, a collimator edge) on some images, in place."""
    count, _, height, width = images.shape
    draws = torch.rand(count, 6, generator=generator)
    for index in range(count):
        hit, y, x, tall, wide, tone = draws[index].tolist()
        if hit > chance:
            continue
        h, w = 4 + int(tall * 0.22 * height), 4 + int(wide * 0.22 * width)
        top, left = int(y * (height - h)), int(x * (width - w))
        images[index, :, top : top + h, left : left + w] = tone
    return images


def swap_style(images: Tensor, styles: Tensor, generator: torch.Generator, chance: float = 0.5) -> Tensor:
    """Give images the lowest spatial frequencies' amplitude of other images (Yang and Soatto, CVPR 2020)."""
    size = images.shape[-1]
    spectrum, other = torch.fft.rfft2(images), torch.fft.rfft2(styles)
    reach = max(1, int(size * 0.02))
    amplitude, wanted = spectrum.abs(), other.abs()
    mixed = amplitude.clone()
    weight = torch.rand(images.shape[0], 1, 1, 1, generator=generator)
    for rows in (slice(0, reach), slice(size - reach, size)):
        mixed[..., rows, :reach] = torch.lerp(amplitude[..., rows, :reach], wanted[..., rows, :reach], weight)
    restyled = torch.fft.irfft2(torch.polar(mixed, spectrum.angle()), s=images.shape[-2:]).clamp(0, 1)
    take = torch.rand(images.shape[0], 1, 1, 1, generator=generator) < chance
    return torch.where(take, restyled, images)
