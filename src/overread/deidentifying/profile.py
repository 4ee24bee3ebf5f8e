"""What Table E.1-1 of DICOM PS3.15 asks of each attribute: dicom-anonymizer's copy of the edition 2026c."""

from functools import cache
from typing import Literal

from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as table
from pydicom.tag import BaseTag

EDITION = "2026c"
Action = Literal["D", "Z", "X", "U", "Z/D", "X/Z", "X/D", "X/Z/D", "X/Z/U*"]
"""D dummy · Z empty or dummy · X remove · U another UID; of several, the first that the type allows (E.1-1a)."""

LISTED: dict[Action, list[tuple[int, ...]]] = {
    "D": table.D_TAGS,
    "Z": table.Z_TAGS,
    "X": table.X_TAGS,
    "U": table.U_TAGS,
    "Z/D": table.Z_D_TAGS,
    "X/Z": table.X_Z_TAGS,
    "X/D": table.X_D_TAGS,
    "X/Z/D": table.X_Z_D_TAGS,
    "X/Z/U*": table.X_Z_U_STAR_TAGS,
}
OVERLAYS = (0x6000, 0xFF00)
"""Group and mask: without its data (X) the rest of an overlay describes nothing."""


def action_of(tag: BaseTag) -> Action | None:
    """Give what the table asks of an attribute, private ones included; None for one that it does not list."""
    if tag.is_private or tag.group & OVERLAYS[1] == OVERLAYS[0]:
        return "X"
    single, repeated = _rows()
    if found := single.get((tag.group, tag.element)):
        return found
    for (group, element, group_mask, element_mask), action in repeated.items():
        if tag.group & group_mask == group & group_mask and tag.element & element_mask == element & element_mask:
            return action
    return None


@cache
def _rows() -> tuple[dict[tuple[int, ...], Action], dict[tuple[int, ...], Action]]:
    rows = {tag: action for action, tags in LISTED.items() for tag in tags}
    single: dict[tuple[int, ...], Action] = {tag: action for tag, action in rows.items() if len(tag) == 2}
    return single, {tag: action for tag, action in rows.items() if len(tag) == 4}
