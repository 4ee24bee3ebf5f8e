"""What a few words refer to in a picture: a mask, a box, or the reason why there is neither.

Organs and their zones are the segmenter's. A finding has the place that the classifier gives it, and that only where
its measured vote says present and placing was measured to be right on this kind of study. Where the model that answers
gives no place, the network may, if it calls the label too and was measured so. A model of the role `outline` then draws
what it makes of the words, or of the box that was found: beside the answer, which it never changes.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overread.admission import AdmittedCase
from overread.graphs._tool_run import Outcome
from overread.labeler.places import ZoneWord
from overread.reading_room import ReadingRoom
from overread.reasoning.opinions import PLACED_RIGHT
from overread.reasoning.vocabulary import term
from overread.reasoning.zones import DOME, SIDES, Side, side_of, zone_of
from overread.records import Evidence, Mask, Region, Score
from overread.referring_words import FindingWords, NotUnderstood, OrganWords, understood
from overread.standalone import run_alone
from overread.tools._masks import bounding_box
from overread.tools._outline import Prompted
from overread.tools._referring_expressions import referred

Status = Literal["mask", "box", "not_present", "not_placed", "not_understood"]
THIRDS: tuple[ZoneWord, ...] = ("upper", "mid", "lower")
SEGMENTER, CLASSIFIER = "segmentation", "classification"
NO_SIDES = "left and right cannot be told in this picture"


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
    structure: str | None = None
    """The one whole organ that the words name."""
    unplaced: bool = False
    """Whether a finding is called by a model that gives no place at all."""
    outline: Evidence | None = None
    """What a prompted model drew beside it; it has no vote, and its provenance tells what it is worth."""
    outline_withheld: str | None = None
    """Why a model that the profile names drew nothing."""


def ground(room: ReadingRoom, admitted: AdmittedCase, text: str) -> Grounded:
    """Find what words refer to in the image of a study that the case graph would read; never raises for a tool.

    A model that outlines is asked for what was understood and not told to be absent.
    """
    found = _grounded(room, admitted, text)
    draw = room.services.outline
    if draw is None or found.status in ("not_understood", "not_present") or admitted.case.study.generated:
        return found
    tool = draw(Prompted(" ".join(text.split()), found.region, found.structure))
    seen = run_alone(room, admitted, tool)
    if seen.evidence:
        return replace(found, outline=seen.evidence[0])
    why = seen.failure.message if seen.failure else "it drew nothing, or takes a box and none was found"
    return replace(found, outline_withheld=why)


def _grounded(room: ReadingRoom, admitted: AdmittedCase, text: str) -> Grounded:
    """Find it by what was measured.

    The words are understood first: those of an organ run the segmenter alone, those of a finding the classifier, and
    the segmenter only where a place that was found is to be compared with a side or a zone.
    """
    tools = room.services.tools
    words = understood(text, tools[SEGMENTER].card.structures if SEGMENTER in tools else ())
    if isinstance(words, NotUnderstood):
        return Grounded("not_understood", words.reason)
    if isinstance(words, OrganWords):
        return _organ(room, run_alone(room, admitted, tools[SEGMENTER]), words)
    if CLASSIFIER not in tools:
        return Grounded("not_placed", "this profile has no classifier")
    if admitted.case.study.generated:
        return Grounded("not_placed", "no model was measured on pictures that a model drew")
    scored = run_alone(room, admitted, tools[CLASSIFIER])
    found = _finding(scored, words)
    if found.unplaced:
        found = _placed_by_another(room, admitted, found, words.label)
    if found.region is None or not (words.sides or words.zones):
        return found
    if words.sides and any(image.sides == "withheld" for image in admitted.case.study.frontals):
        return Grounded("not_placed", f"{found.reason}; {NO_SIDES}", found.evidence)
    lungs = _lungs(run_alone(room, admitted, tools[SEGMENTER])) if SEGMENTER in tools else {}
    elsewhere = _elsewhere(found.region, lungs, words)
    return found if elsewhere is None else Grounded("not_placed", f"{found.reason}; {elsewhere}", found.evidence)


def _organ(room: ReadingRoom, seen: Outcome, words: OrganWords) -> Grounded:
    masks = {item.payload.structure: item for item in seen.evidence if isinstance(item.payload, Mask)}
    if seen.failure is not None and not masks:
        return Grounded("not_placed", f"the segmenter failed: {seen.failure.message}", failures=(seen.failure.kind,))
    meant = referred(words.text, masks)
    if words.sided and "lungs" in masks:
        return Grounded("not_placed", NO_SIDES)
    if not meant:
        return Grounded("not_placed", f"it was not found; what was segmented is: {', '.join(masks) or 'nothing'}")
    planes = [_cut(_plane(room, masks[name]), words.zone) for name in meant]
    whole = np.asarray(np.logical_or.reduce(planes), np.bool_)
    what = f"{words.zone} third of " if words.zone else ""
    return Grounded(
        "mask",
        f"{what}{', '.join(meant)}, as segmented",
        tuple(masks[name] for name in meant),
        bounding_box(whole),
        whole,
        structure=None if words.zone else _whole(meant),
    )


def _whole(meant: tuple[str, ...]) -> str | None:
    """Name the one structure that these make, as true masks are named: both lungs are one."""
    if set(meant) == {f"{side}_lung" for side in SIDES}:
        return "lungs"
    return meant[0] if len(meant) == 1 else None


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


def _finding(scored: Outcome, words: FindingWords) -> Grounded:
    """Give where the classifier sees a finding, whatever the words say of its place."""
    noun, found = term(words.label).noun, _score(scored, words.label)
    if found is None and scored.failure is not None:
        why = f"the classifier failed: {scored.failure.message}"
        return Grounded("not_placed", why, failures=(scored.failure.kind,))
    if found is None:
        return Grounded("not_placed", f"no model here scores {noun} on this kind of study")
    item, score = found
    if score.threshold is None:
        return Grounded("not_placed", f"the score of {noun} has no operating point", (item,))
    told = _told(score)
    if score.probability < score.threshold:
        return Grounded("not_present", f"the classifier says that there is no {noun} ({told})", (item,))
    region = item.locator.region
    hit = item.provenance.parameters.get(PLACED_RIGHT)
    if region is None or hit is None:
        why = "the model that scores it here gives no place that was measured to be right, or no one place stands out"
        unplaced = score.method != "network"
        return Grounded("not_placed", f"{noun} is called ({told}): {why}", (item,), unplaced=unplaced)
    return Grounded("box", f"{noun} is called ({told}); of such places {hit:.0%} were right", (item,), region)


def _placed_by_another(room: ReadingRoom, admitted: AdmittedCase, found: Grounded, label: str) -> Grounded:
    """Let the network place what a model without places calls; unchanged where it does not call it or is not measured.

    What it draws was measured on pictures that it calls itself (`tools._places`), so that its own call is needed.
    """
    place = room.services.place
    seen = run_alone(room, admitted, place(label)) if place else None
    if seen is None or not seen.evidence:
        return found
    item, (answered,) = seen.evidence[0], found.evidence
    assert isinstance(item.payload, Score)
    assert isinstance(answered.payload, Score)
    who = (
        f"{term(label).noun} is called by {answered.provenance.model} ({_told(answered.payload)}), which gives no place"
    )
    right = item.provenance.parameters[PLACED_RIGHT]
    by = f"{item.provenance.model} calls it too ({_told(item.payload)}) and placed it"
    reason = f"{who}; {by}: of such places {right:.0%} were right"
    return Grounded("box", reason, (answered, item), item.locator.region)


def _told(score: Score) -> str:
    return f"{score.probability:.2f} of {score.threshold:.2f} needed"


def _score(scored: Outcome, label: str) -> tuple[Evidence, Score] | None:
    pairs = ((item, item.payload) for item in scored.evidence if isinstance(item.payload, Score))
    return next(((item, score) for item, score in pairs if score.label == label), None)


def _lungs(seen: Outcome) -> dict[Side, Region]:
    boxes = {item.payload.structure: item.locator.region for item in seen.evidence if isinstance(item.payload, Mask)}
    return {side: box for side in SIDES if (box := boxes.get(f"{side}_lung")) is not None}


def _elsewhere(region: Region, lungs: dict[Side, Region], words: FindingWords) -> str | None:
    """Say why a place is not where the words put it; None where it is."""
    told = side_of(region, lungs)
    if words.sides and (told is None or told not in words.sides):
        return "its side cannot be told" if told is None else f"its place is on the {told}"
    zone = zone_of(region, lungs)
    lying: str | None = None
    if zone is not None:
        lying = zone.name if zone.name in THIRDS else "lower"
    if words.zones and lying not in words.zones:
        return "its zone cannot be told" if lying is None else f"its place is in the {lying} zone"
    return None
