"""Where places of an earlier picture lie in the one at hand."""

from typing import NamedTuple

from overread.records import Region

Matrix = tuple[float, float, float, float, float, float]


class Alignment(NamedTuple):
    """Where each place of an earlier picture lies in the one at hand."""

    matrix: Matrix
    """(a, b, c, d, e, f): a pixel (x, y) of the earlier picture lies at (ax + by + c, dx + ey + f)."""
    overlap: float
    """Dice of the lung fields once laid over each other, 0 to 1, of what both pictures show."""

    @property
    def growth(self) -> float:
        """Give how many pixels of the picture at hand one pixel of the earlier picture covers."""
        a, b, _, d, e, _ = self.matrix
        return abs(a * e - b * d)

    def forward(self, x: float, y: float) -> tuple[float, float]:
        """Bring a point of the earlier picture to the one at hand."""
        a, b, c, d, e, f = self.matrix
        return a * x + b * y + c, d * x + e * y + f

    def backward(self, x: float, y: float) -> tuple[float, float]:
        """Bring a point of the picture at hand to the earlier one."""
        a, b, c, d, e, f = self.matrix
        scale = a * e - b * d
        x, y = x - c, y - f
        return (e * x - b * y) / scale, (a * y - d * x) / scale

    def region_then(self, region: Region, columns: int, rows: int) -> Region | None:
        """Give the rectangle around a region of the picture at hand as it lies in the earlier one [rows, columns]."""
        return _around([self.backward(x, y) for x, y in _corners(region)], columns, rows)

    def region_now(self, region: Region, columns: int, rows: int) -> Region | None:
        """Give the rectangle around a region of the earlier picture as it lies in the one at hand [rows, columns]."""
        return _around([self.forward(x, y) for x, y in _corners(region)], columns, rows)


def _corners(region: Region) -> list[tuple[float, float]]:
    right, bottom = region.x + region.width, region.y + region.height
    return [(x, y) for x in (region.x, right) for y in (region.y, bottom)]


def _around(points: list[tuple[float, float]], columns: int, rows: int) -> Region | None:
    """Give the rectangle around points, cut to a picture; None where nothing of it is left."""
    left, right = (min(max(round(f(x for x, _ in points)), 0), columns) for f in (min, max))
    top, bottom = (min(max(round(f(y for _, y in points)), 0), rows) for f in (min, max))
    return Region(x=left, y=top, width=right - left, height=bottom - top) if right > left and bottom > top else None
