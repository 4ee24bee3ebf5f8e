"""Which attributes an object must have, and which must have a value: the types of PS3.3, from highdicom's tables."""

from functools import cache
from typing import Literal

from highdicom import _standard_utils as standard

Requirement = Literal["value", "presence", "nothing", "unknown"]
"""Type 1 · Type 2 · Type 3 or not of this object · an object that the tables do not have."""
STRENGTH = {"1": 2, "1C": 2, "2": 1, "2C": 1, "3": 0}
BY_STRENGTH: tuple[Requirement, ...] = ("nothing", "presence", "value")


def requirement(sop_class: str, path: tuple[str, ...]) -> Requirement:
    """Say what an object of a SOP class needs of an attribute: keywords of its sequences, then its own.

    A type that hangs on a condition counts as if the condition held.
    """
    kinds = _types(sop_class)
    return "unknown" if kinds is None else BY_STRENGTH[kinds.get(path, 0)]


@cache
def _types(sop_class: str) -> dict[tuple[str, ...], int] | None:
    name = standard.get_sop_class_iod_map().get(sop_class)
    if name is None:
        return None
    found: dict[tuple[str, ...], int] = {}
    for module in standard.get_iod_module_map()[name]:
        for attribute in standard.get_module_attribute_map()[module["key"]]:
            path = (*attribute["path"], attribute["keyword"])
            found[path] = max(found.get(path, 0), STRENGTH.get(attribute["type"], 0))
    return found
