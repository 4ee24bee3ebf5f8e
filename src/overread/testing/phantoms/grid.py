"""The film plane in millimetres of the body, and the two ways of drawing on it: tubes and splats."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.interpolate import CubicSpline

Map = NDArray[np.float32]
"""One value a pixel of the film, or of a part of it: [rows, columns]."""
Mask = NDArray[np.bool_]
"""The pixels of the film that something covers: [rows, columns]."""
Points = NDArray[np.float64]
"""[n, 2]: x and y in millimetres of the body, or column and row in pixels."""


@dataclass(frozen=True)
class Grid:
    """Map pixels to body coordinates: x right, y down, millimetres, origin midway between the lung apices."""

    x: Map
    y: Map
    step: float
    """Millimetres a pixel."""
    tilt: float
    """In-plane turn, radians."""
    origin: tuple[float, float]
    """Pixel (column, row) of the body origin."""

    @classmethod
    def place(cls, size: int, field: float, tilt: float, middle: tuple[float, float]) -> "Grid":
        """Cover a square field (mm) with size x size pixels, the body point ``middle`` in its centre."""
        step = field / size
        centre = (size - 1) / 2
        axis = (np.arange(size, dtype=np.float32) - np.float32(centre)) * np.float32(step)
        u, v = axis[None, :], axis[:, None]
        c, s = np.float32(np.cos(tilt)), np.float32(np.sin(tilt))
        x = c * u + s * v + np.float32(middle[0])
        y = -s * u + c * v + np.float32(middle[1])
        mx, my = middle
        column = centre + (-c * mx + s * my) / step
        row = centre + (-s * mx - c * my) / step
        return cls(x, y, step, tilt, (float(column), float(row)))

    @property
    def size(self) -> int:
        """Pixels on a side."""
        return int(self.x.shape[0])

    def empty(self) -> Map:
        """Return a map of zeros."""
        return np.zeros(self.x.shape, np.float32)

    def to_pixels(self, points: Points) -> Points:
        """Return (column, row) of body points given as [n, 2] millimetres."""
        c, s = np.cos(self.tilt), np.sin(self.tilt)
        px, py = points[:, 0] / self.step, points[:, 1] / self.step
        return np.stack([c * px - s * py + self.origin[0], s * px + c * py + self.origin[1]], axis=1)


Window = tuple[slice, slice]


def tube(grid: Grid, points: Points, radii: NDArray[np.float64]) -> Map:
    """Return squared relative distance (distance / radius)² to a polyline; above 1 is outside, far away is 9."""
    field = np.full(grid.x.shape, 9.0, np.float32)
    window, relative = tube_window(grid, points, radii)
    field[window] = relative
    return field


def tube_window(grid: Grid, points: Points, radii: NDArray[np.float64]) -> tuple[Window, Map]:
    """Return the same, only for the part of the film around the polyline."""
    pixels = grid.to_pixels(points)
    reach = float(radii.max()) / grid.step * 1.2 + 2
    low = np.clip(np.floor(pixels.min(axis=0) - reach).astype(int), 0, grid.size)
    high = np.clip(np.ceil(pixels.max(axis=0) + reach).astype(int) + 1, low, grid.size)
    field = np.full((high[1] - low[1], high[0] - low[0]), 9.0, np.float32)
    _segments(field, pixels - low, radii / grid.step)
    return (slice(low[1], high[1]), slice(low[0], high[0])), field


def _segments(field: Map, ends: Points, radii: NDArray[np.float64]) -> None:
    """Lower the field to the squared relative distance of each segment, near that segment only."""
    starts, along = ends[:-1], np.diff(ends, axis=0)
    length = np.maximum((along**2).sum(axis=1), 1e-6)
    reach = np.maximum(radii[:-1], radii[1:]) * 1.2 + 1.5
    low = np.floor(np.minimum(starts, ends[1:]) - reach[:, None]).astype(int)
    high = np.ceil(np.maximum(starts, ends[1:]) + reach[:, None]).astype(int) + 1
    low = np.maximum(low, 0)
    high = np.minimum(high, [field.shape[1], field.shape[0]])
    for index in np.flatnonzero((low < high).all(axis=1)):
        (c0, r0), (c1, r1) = low[index], high[index]
        ax, ay = (float(value) for value in along[index])
        u = np.arange(c0, c1, dtype=np.float32) - np.float32(starts[index, 0])
        v = (np.arange(r0, r1, dtype=np.float32) - np.float32(starts[index, 1]))[:, None]
        share = u * np.float32(ax / length[index]) + v * np.float32(ay / length[index])
        np.maximum(share, 0, out=share)
        np.minimum(share, 1, out=share)
        across = (u - share * np.float32(ax)) ** 2
        across += (v - share * np.float32(ay)) ** 2
        share *= np.float32(radii[index + 1] - radii[index])
        share += np.float32(radii[index])
        across /= share
        across /= share
        window = field[r0:r1, c0:c1]
        np.minimum(window, across, out=window)


def chord(relative: Map) -> Map:
    """Return the share of the diameter that a ray crosses in a tube or ball, from squared relative distance."""
    return np.sqrt(np.clip(1 - relative, 0, None))


def shell(relative: Map, depth: float, cortex: float) -> Map:
    """Return the bone along each ray of a hollow tube: outer radius ``depth`` mm, wall ``cortex`` mm, spongy inside."""
    inner = max(1 - cortex / depth, 0.3)
    outside = 2 * depth * chord(relative)
    inside = 2 * (depth - cortex) * chord(relative / np.float32(inner**2))
    return outside - np.float32(0.78) * inside


def add_bone(total: Map, grid: Grid, points: Points, radii: NDArray[np.float64], depth: float, cortex: float) -> None:
    """Add a hollow bone along a polyline to a map, in place."""
    window, relative = tube_window(grid, points, radii)
    total[window] += shell(relative, depth, cortex)


def smooth(points: Points) -> Points:
    """Run a smooth curve through points, about 4 mm a step."""
    reach: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0, reach[-1], max(int(reach[-1] / 4), 8))
    return np.asarray(CubicSpline(reach, points, bc_type="natural")(at))


def splat(grid: Grid, points: Points, volumes: NDArray[np.float64], sigma: float) -> Map:
    """Spread volumes (mm³) at body points as Gaussians of sigma (mm); returns thickness in millimetres."""
    pixels = grid.to_pixels(points)
    columns, rows = pixels[:, 0], pixels[:, 1]
    size = grid.size
    inside = (columns > 0) & (columns < size - 1) & (rows > 0) & (rows < size - 1)
    columns, rows, mass = columns[inside], rows[inside], volumes[inside] / grid.step**2
    c0, r0 = np.floor(columns).astype(int), np.floor(rows).astype(int)
    fc, fr = columns - c0, rows - r0
    total = np.zeros(size * size)
    for dc, dr, weight in ((0, 0, (1 - fc) * (1 - fr)), (1, 0, fc * (1 - fr)), (0, 1, (1 - fc) * fr), (1, 1, fc * fr)):
        total += np.bincount((r0 + dr) * size + c0 + dc, weights=mass * weight, minlength=size * size)
    image = total.reshape(size, size).astype(np.float32)
    return np.asarray(ndimage.gaussian_filter(image, max(sigma / grid.step, 0.35), truncate=3.5))


def soft_blur(image: Map, sigma_px: float) -> Map:
    """Blur widely at low cost, by working on a smaller copy."""
    factor = max(1, int(sigma_px // 4))
    if factor == 1:
        return np.asarray(ndimage.gaussian_filter(image, sigma_px))
    size = image.shape[0] // factor * factor
    small = image[:size, :size].reshape(size // factor, factor, size // factor, factor).mean(axis=(1, 3))
    small = ndimage.gaussian_filter(small, sigma_px / factor, mode="nearest")
    coordinates = np.clip((np.arange(image.shape[0]) + 0.5) * small.shape[0] / size - 0.5, 0, small.shape[0] - 1)
    return _bilinear(small, coordinates)


def _bilinear(small: Map, at: NDArray[np.float64]) -> Map:
    low = np.clip(np.floor(at).astype(int), 0, small.shape[0] - 2)
    share = (at - low).astype(np.float32)
    rows = small[low] * (1 - share)[:, None] + small[low + 1] * share[:, None]
    return np.asarray(rows[:, low] * (1 - share)[None, :] + rows[:, low + 1] * share[None, :], np.float32)


def clutter(generator: np.random.Generator, size: int, power: float, fine: float) -> Map:
    """Return power-law noise of unit variance (spectrum f^-power), the texture of overlapping tissue; fine cuts it off.

    Burgess 2001 (Med Phys 28:419) measured a power near 3 in projections of tissue.
    """
    half = max(size // 2, 64)
    frequency = np.hypot(np.fft.fftfreq(half)[:, None], np.fft.rfftfreq(half)[None, :])
    frequency[0, 0] = 1.0
    amplitude = np.maximum(frequency, 4 / half) ** (-power / 2) * np.exp(-((frequency / fine) ** 2))
    amplitude[0, 0] = 0.0
    white = generator.standard_normal((half, half))
    noise = np.fft.irfft2(np.fft.rfft2(white) * amplitude, s=(half, half))
    noise = (noise / noise.std()).astype(np.float32)
    return _bilinear(noise, np.linspace(0, half - 1, size))
