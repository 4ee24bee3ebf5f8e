"""What the limits of a draft say of how the patient lay in the picture: breath, and edges that cut the lungs.

The figures are those of the segmentation (`overread.tools._positioning`). No film that is at hand says how deep a
breath was: the limits below were chosen so that few films are told, and seen to work on phantoms of known breath and on
films that were cut (docs/gate.md). They never refuse a film.
"""

from collections.abc import Iterable, Iterator, Mapping

from overread.reasoning.votes import LOW_MASK_QUALITY
from overread.records import Evidence, Mask, Measurement

BREATH, BASE_CUT, APEX_CUT = "lung_height_to_width", "lung_base_at_edge", "lung_apex_at_edge"
SHALLOW = 0.7
"""Height of the lungs over their common width, below which breath was shallow or the diaphragm stands high. Phantoms of
7 posterior ribs have 0.63 to 0.70, of 8 0.71 to 0.79, of 10 0.94 and more; of NIH films about one in twenty is below. A
small child's chest is wide, and is not judged by it."""
CUT = 0.1
"""Part of the lungs' widths on an edge of the picture, from which it cuts them; whole films have 0.07 at most."""
SENTENCES: Mapping[str, str] = {
    BREATH: "The lungs are low for their width: shallow breath or high diaphragm; the bases and the size of the heart "
    "are hard to judge.",
    BASE_CUT: "The lower edge of the picture cuts the lungs: what lies in the costophrenic angles cannot be seen.",
    APEX_CUT: "The upper edge of the picture cuts the lungs: what lies in the apices cannot be seen.",
}


def limits(evidence: Iterable[Evidence], *, child: bool = False) -> Iterator[tuple[str, str]]:
    """Give a sentence for each figure beyond its limit, with the id of its evidence.

    Silent where a mask of the lungs is poor, since its outline says little of the patient; of a child not on breath.
    """
    known = list(evidence)
    if any(_is_poor(item) for item in known):
        return
    told = {
        item.payload.name: item.id
        for item in known
        if isinstance(item.payload, Measurement) and _is_beyond(item.payload, child=child)
    }
    if {BASE_CUT, APEX_CUT} & told.keys():
        told.pop(BREATH, None)  # a lung that is cut off is low for that reason
    yield from ((SENTENCES[name], identity) for name, identity in told.items())


def _is_beyond(measured: Measurement, *, child: bool) -> bool:
    if measured.name == BREATH:
        return measured.value < SHALLOW and not child
    return measured.name in (BASE_CUT, APEX_CUT) and measured.value >= CUT


def _is_poor(item: Evidence) -> bool:
    mask = item.payload
    lung = isinstance(mask, Mask) and mask.structure.endswith(("lung", "lungs"))
    return lung and isinstance(mask, Mask) and mask.quality is not None and mask.quality < LOW_MASK_QUALITY
