"""What a few words refer to in a picture: a mask, a box, or the reason why there is neither.

Organs and their zones are the segmenter's. A finding has the place that the classifier gives it, and that only where
its measured vote says present and placing was measured to be right on this kind of study.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overread.admission import AdmittedCase
from overread.graphs._tool_run import Outcome
from overread.labeler import assertions
from overread.labeler.laterality import side_words
from overread.labeler.places import ZoneWord, zones
from overread.reading_room import ReadingRoom
from overread.reasoning.opinions import PLACED_RIGHT
from overread.reasoning.vocabulary import term
from overread.reasoning.zones import DOME, SIDES, Side, side_of, zone_of
from overread.records import Assertion, Evidence, Mask, Region, Score
from overread.standalone import run_alone
from overread.tools._masks import bounding_box
from overread.tools._referring_expressions import referred

Status = Literal["mask", "box", "not_present", "not_placed", "not_understood"]
THIRDS: tuple[ZoneWord, ...] = ("upper", "mid", "lower")
_WORD = re.compile(r"[a-z]+")
_KNOWN_WORDS = """
    a an all and both cardiac field fields heart in left lobe lobes lower lung lungs mid middle of on outline patient
    pulmonary right s shadow show side silhouette the upper where zone zones
"""
_KNOWN = frozenset(_KNOWN_WORDS.split())
"""Words that an organ or a zone of one is named by, and small ones."""


@dataclass(frozen=True)
class Grounded:
    """What words refer to."""

    status: Status
    reason: str
    """What it rests on, or why there is none."""
    evidence: tuple[Evidence, ...] = ()
    region: Region | None = None
    """The box, also the one around a mask, in pixels of the picture as shown."""
    mask: NDArray[np.bool_] | None = field(default=None, compare=False, repr=False)
    """[rows, columns] of the picture as shown."""
    failures: tuple[str, ...] = ()


def ground(room: ReadingRoom, admitted: AdmittedCase, text: str) -> Grounded:
    """Find what words refer to in the image of a study that the case graph would read; never raises for a tool."""
    said = assertions(text)
    seen = run_alone(room, admitted, room.services.tools["segmentation"])
    if not said:
        return _organ(room, seen, text)
    labels = {each.label for each in said}
    if len(labels) > 1 or any(each.status != "present" for each in said) or "No Finding" in labels:
        return Grounded("not_understood", "name one finding, without a doubt or a denial")
    if "classification" not in room.services.tools:
        return Grounded("not_placed", "this profile has no classifier")
    scored = run_alone(room, admitted, room.services.tools["classification"])
    withheld = any(image.sides == "withheld" for image in admitted.case.study.frontals)
    return _finding(seen, scored, said[0], text, withheld=withheld, generated=admitted.case.study.generated)


def _organ(room: ReadingRoom, seen: Outcome, text: str) -> Grounded:
    words = set(_WORD.findall(text.lower()))
    masks = {item.payload.structure: item for item in seen.evidence if isinstance(item.payload, Mask)}
    named = zones(text)
    # A zone is of a lung, whether or not the words say so.
    meant = referred(f"{text} lung" if named and "heart" not in words else text, masks)
    if words - _KNOWN or len(named) > 1 or (named and "heart" in meant) or not words & _KNOWN - {"the", "of", "a", "s"}:
        return Grounded("not_understood", "the words name no organ, zone of a lung or finding that is known here")
    if seen.failure is not None and not masks:
        return Grounded("not_placed", f"the segmenter failed: {seen.failure.message}", failures=(seen.failure.kind,))
    if not meant:
        return Grounded("not_understood", f"what was segmented is: {', '.join(masks) or 'nothing'}")
    planes = [_cut(_plane(room, masks[name]), next(iter(named), None)) for name in meant]
    whole = np.asarray(np.logical_or.reduce(planes), np.bool_)
    what = f"{next(iter(named))} third of " if named else ""
    return Grounded(
        "mask",
        f"{what}{', '.join(meant)}, as segmented",
        tuple(masks[name] for name in meant),
        bounding_box(whole),
        whole,
    )


def _plane(room: ReadingRoom, item: Evidence) -> NDArray[np.bool_]:
    assert isinstance(item.payload, Mask)
    with Image.open(room.home.artifacts.absolute(item.payload.png)) as drawn:
        return np.asarray(drawn) > 0


def _cut(mask: NDArray[np.bool_], zone: ZoneWord | None) -> NDArray[np.bool_]:
    """Keep a third of a lung's height above the dome (`reasoning.zones`); the lower one goes on to the end."""
    box = bounding_box(mask)
    if zone is None or box is None:
        return mask
    number = THIRDS.index(zone)
    top = round(box.y + number * DOME * box.height / 3)
    bottom = mask.shape[0] if zone == "lower" else round(box.y + (number + 1) * DOME * box.height / 3)
    kept = np.zeros_like(mask)
    kept[top:bottom] = mask[top:bottom]
    return kept


def _finding(
    seen: Outcome, scored: Outcome, said: Assertion, text: str, *, withheld: bool, generated: bool
) -> Grounded:
    noun, found = term(said.label).noun, _score(scored, said.label)
    if generated:
        return Grounded("not_placed", "no model was measured on pictures that a model drew")
    if found is None:
        return Grounded("not_placed", f"no model here scores {noun} on this kind of study")
    item, score = found
    if score.threshold is None:
        return Grounded("not_placed", f"the score of {noun} has no operating point", (item,))
    told = f"{score.probability:.2f} of {score.threshold:.2f} needed"
    if score.probability < score.threshold:
        return Grounded("not_present", f"the classifier says that there is no {noun} ({told})", (item,))
    region = item.locator.region
    hit = item.provenance.parameters.get(PLACED_RIGHT)
    if region is None or hit is None:
        why = "placing it was not measured to be right on this kind of study, or no one place stands out"
        return Grounded("not_placed", f"{noun} is called ({told}), and {why}", (item,))
    if elsewhere := _elsewhere(region, _lungs(seen), text, withheld=withheld):
        return Grounded("not_placed", f"{noun} is called ({told}), {elsewhere}", (item,))
    return Grounded("box", f"{noun} is called ({told}); of such places {hit:.0%} were right", (item,), region)


def _score(scored: Outcome, label: str) -> tuple[Evidence, Score] | None:
    pairs = ((item, item.payload) for item in scored.evidence if isinstance(item.payload, Score))
    return next(((item, score) for item, score in pairs if score.label == label), None)


def _lungs(seen: Outcome) -> dict[Side, Region]:
    boxes = {item.payload.structure: item.locator.region for item in seen.evidence if isinstance(item.payload, Mask)}
    return {side: box for side in SIDES if (box := boxes.get(f"{side}_lung")) is not None}


def _elsewhere(region: Region, lungs: dict[Side, Region], text: str, *, withheld: bool) -> str | None:
    """Say why a place is not where the words put it; None where it is, or they put it nowhere."""
    sides, wanted = {word.side for word in side_words(text)}, zones(text)
    if sides and withheld:
        return "left and right cannot be told in this picture"
    told = side_of(region, lungs)
    if sides and (told is None or told not in sides):
        return "its side cannot be told" if told is None else f"and its place is on the {told}"
    zone = zone_of(region, lungs)
    lying: str | None = None
    if zone is not None:
        lying = zone.name if zone.name in THIRDS else "lower"
    if wanted and lying not in wanted:
        return "its zone cannot be told" if lying is None else f"and its place is in the {lying} zone"
    return None
