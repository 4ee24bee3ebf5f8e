"""How finely the tower sees: a choice of a whole run, by the environment's OVERREAD_TRAINING_GRID.

The weights that ship see 12 x 12 places of 20 px. Another grid keeps the patch, its filters and the step between two
places, and takes larger pictures; caches are of one grid, and lie in a folder of its own (`training.paths`).
"""

import os

SHIPPED_GRID = 12
PATCH = 20
"""Pixels a side of what one token sees."""
GRID = int(os.environ.get("OVERREAD_TRAINING_GRID", SHIPPED_GRID))
"""Places a side."""
SIZE = PATCH * GRID
"""Pixels a side of what the tower is shown."""
COARSE = 64
"""Places a side at which a phantom's findings are kept."""
CACHED = -(-SIZE // COARSE) * COARSE
"""Pixels a side of cached pictures: no fewer than the tower is shown, and whole ones to a place."""
