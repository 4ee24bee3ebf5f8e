"""What the limits of a draft say of how the patient lay in the picture: breath, turn, cut edges.

The figures are those of the segmentation (`overread.tools._positioning`). None of the films that are at hand says how
deep a breath was or by how much a patient was turned: the limits below were chosen so that few films are told, and seen
to work on phantoms, where both are known (docs/gate.md). They never refuse a film.
"""

from collections.abc import Iterable, Iterator

from overread.reasoning.votes import LOW_MASK_QUALITY
from overread.records import Evidence, Mask, Measurement

BREATH, TURN, BASE_CUT = "lung_height_to_width", "midline_offset", "lung_base_at_edge"
SHALLOW = 0.62
"""Height of the lungs over their common width, below which the breath was shallow or the diaphragm stands high."""
ROTATED = 0.06
"""Part of the chest's width by which the middle of the upper mediastinum lies off that of the chest."""
CUT = 0.35
"""Part of the lungs' widths that lies on the lower edge of the picture."""
SENTENCES = {
    BREATH: "The lungs are low for their width: shallow breath or high diaphragm; the bases and the size of the heart "
    "are hard to judge.",
    TURN: "The chest is not symmetric about its midline: the patient may be turned, and heart, mediastinum and the "
    "density of the lungs are then hard to judge.",
    BASE_CUT: "The lower edge of the picture cuts the lungs: what lies in the costophrenic angles cannot be seen.",
}


def limits(evidence: Iterable[Evidence]) -> Iterator[tuple[str, str]]:
    """Give a sentence for each figure beyond its limit, with the id of its evidence.

    Silent where a mask of the lungs is poor: its outline says little of the patient.
    """
    known = list(evidence)
    if any(_is_poor(item) for item in known):
        return
    for item in known:
        if isinstance(item.payload, Measurement) and _is_beyond(item.payload):
            yield SENTENCES[item.payload.name], item.id


def _is_beyond(measured: Measurement) -> bool:
    match measured.name:
        case "lung_height_to_width":
            return measured.value < SHALLOW
        case "midline_offset":
            return measured.value >= ROTATED
        case "lung_base_at_edge":
            return measured.value >= CUT
    return False


def _is_poor(item: Evidence) -> bool:
    mask = item.payload
    lung = isinstance(mask, Mask) and mask.structure.endswith(("lung", "lungs"))
    return lung and isinstance(mask, Mask) and mask.quality is not None and mask.quality < LOW_MASK_QUALITY
