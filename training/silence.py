"""When a head that only phantoms taught says nothing on real films."""

from typing import Any

MOST = 0.05
"""Share of normal real films called positive above which such a head is silent on real films."""
PHANTOMS_ONLY = "phantoms only"


def silenced(figure: dict[str, Any] | None) -> bool:
    """Say whether a head is silent on real films, by its share of false positives there; None: real films taught it."""
    return figure is not None and figure["value"] > MOST
