"""Lay an earlier radiograph over the one at hand by its lung fields: the exposure, the devices and the disease differ.

Signed distance maps of the two masks are matched by an affine transform (mean squares, as for shapes in Paragios et
al., CVIU 2003), first as a similarity, with SimpleITK. Pixels play no part, so that what changed cannot pull the match.
"""

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.reasoning.alignment import Alignment

BoolPlane = NDArray[np.bool_]
GRID = 128
"""Longer side of the grid on which masks are matched; finer ones give the same overlap."""
REACH = 12.0
"""How far from a border its distance still counts, in grid pixels: beyond it the field of view decides."""
STEP = 0.25
"""First step in grid pixels; a step of one sent every fourth affine match out of the picture."""
STEPS = 150


def align(then: BoolPlane, now: BoolPlane) -> Alignment | None:
    """Match the lung fields of an earlier picture to those of the one at hand, masks [rows, columns] of any two sizes.

    None where a mask is empty or no transform was found that keeps the chest upright and of a chest's size.
    """
    if not then.any() or not now.any():
        return None
    small, to_small = _on_grid(then)
    large, to_large = _on_grid(now)
    found = _matched(small, large)
    if found is None:
        return None
    matrix = np.linalg.inv(to_large) @ found @ to_small
    overlap = _overlap(small, large, found)
    return Alignment(tuple(float(value) for value in matrix[:2].ravel()), overlap)  # type: ignore[arg-type]


def _on_grid(mask: BoolPlane) -> tuple[BoolPlane, NDArray[np.float64]]:
    """Give a mask on the grid, with the matrix from its own pixels to the grid's."""
    step = max(mask.shape) / GRID
    rows, columns = (max(2, round(side / step)) for side in mask.shape)
    ys = np.minimum(((np.arange(rows) + 0.5) * mask.shape[0] / rows).astype(int), mask.shape[0] - 1)
    xs = np.minimum(((np.arange(columns) + 0.5) * mask.shape[1] / columns).astype(int), mask.shape[1] - 1)
    x, y = columns / mask.shape[1], rows / mask.shape[0]
    matrix = np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1.0]])
    return mask[np.ix_(ys, xs)], matrix


def _matched(then: BoolPlane, now: BoolPlane) -> NDArray[np.float64] | None:
    """Give the 3 x 3 matrix from the grid of the earlier mask to that of the one at hand."""
    # Imported here: it takes a third of a second, and most cases have no prior.
    sitk: Any = import_module("SimpleITK")
    fixed, moving = (_distances(sitk, mask) for mask in (now, then))
    # By the masks' principal axes SimpleITK would turn every second chest upside down.
    middle_now, middle_then = _middle(now), _middle(then)
    first = sitk.Similarity2DTransform()
    first.SetCenter(middle_now)
    first.SetTranslation([old - new for old, new in zip(middle_then, middle_now, strict=True)])
    first.SetScale(float(np.sqrt(then.sum() / now.sum())))
    similar = sitk.Similarity2DTransform(_optimised(sitk, fixed, moving, first))
    affine = sitk.AffineTransform(2)
    affine.SetMatrix(similar.GetMatrix())
    affine.SetTranslation(similar.GetTranslation())
    affine.SetCenter(similar.GetCenter())
    best = sitk.AffineTransform(_optimised(sitk, fixed, moving, affine))
    turn = np.array(best.GetMatrix()).reshape(2, 2)
    centre, shift = np.array(best.GetCenter()), np.array(best.GetTranslation())
    # SimpleITK maps points of the fixed picture, the one at hand, to the moving one.
    back = np.eye(3)
    back[:2, :2], back[:2, 2] = turn, centre + shift - turn @ centre
    return np.asarray(np.linalg.inv(back), np.float64) if _is_plausible(turn) else None


def _middle(mask: BoolPlane) -> list[float]:
    """Give the middle of a mask's bounding box (x, y): a lung hidden by disease moves it less than the mean."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return [float(columns[0] + columns[-1]) / 2, float(rows[0] + rows[-1]) / 2]


def _distances(sitk: Any, mask: BoolPlane) -> Any:
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    signed = sitk.SignedMaurerDistanceMap(image, insideIsPositive=True, squaredDistance=False, useImageSpacing=False)
    return sitk.Clamp(signed, sitk.sitkFloat32, -REACH, REACH)


def _optimised(sitk: Any, fixed: Any, moving: Any, transform: Any) -> Any:
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)  # sums in one order: the same pair has the same match
    method.SetMetricAsMeanSquares()
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=STEP, minStep=1e-3, numberOfIterations=STEPS, relaxationFactor=0.6
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(transform, inPlace=False)
    return sitk.CompositeTransform(method.Execute(fixed, moving)).GetBackTransform()


def _is_plausible(turn: NDArray[np.float64]) -> bool:
    """Say whether a matrix leaves a chest upright, unmirrored, and at most twice as large or half as small."""
    scale = float(np.linalg.det(turn))
    if not 0.25 <= scale <= 4.0:
        return False
    upright = turn / np.sqrt(scale)
    return bool(upright[0, 0] > 0.7 and upright[1, 1] > 0.7)


def _overlap(then: BoolPlane, now: BoolPlane, matrix: NDArray[np.float64]) -> float:
    """Give the Dice of the masks where both pictures are; a part that one of them cuts off is no disagreement."""
    rows, columns = np.indices(now.shape)
    back = np.linalg.inv(matrix)
    x = np.rint(back[0, 0] * columns + back[0, 1] * rows + back[0, 2]).astype(int)
    y = np.rint(back[1, 0] * columns + back[1, 1] * rows + back[1, 2]).astype(int)
    inside = (x >= 0) & (y >= 0) & (x < then.shape[1]) & (y < then.shape[0])
    laid = np.zeros(now.shape, bool)
    laid[inside] = then[y[inside], x[inside]]
    both = int((laid & now).sum())
    total = int(laid.sum() + (now & inside).sum())
    return 2 * both / total if total else 0.0
