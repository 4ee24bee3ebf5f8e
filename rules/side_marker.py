"""A side marker must stand where the sides of the picture, or else the heart, say that its side is."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from overread.ports import EvidenceIndex, Rule
from overread.reasoning.opinions import image_of, is_seen_here
from overread.reasoning.votes import LOW_MASK_QUALITY
from overread.reasoning.zones import Side, heart_lean
from overread.records import Case, Conflict, Evidence, Finding, ImageRef, Lettering, Mask, Region, Severity, Trust
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
MIDDLE = (0.4, 0.6)
"""Parts of the picture's width between which a marker stands on neither side."""
LEANS = 0.04
"""Part of the thorax's width by which the heart's middle must lie off the thorax's; on 24 films it was 0.03 to 0.14."""
OTHER: dict[Side, Side] = {"left": "right", "right": "left"}
REST_ON = {"stated": "which the header states", "assumed": "which are assumed, as the header states none"}
ADVICE = "confirm the orientation before any side is relied on."


class _Heart(NamedTuple):
    """Half of the picture that the heart leans to, and the masks that say so."""

    at: Side
    masks: tuple[str, ...]


class SideMarker:
    """Holds the letters that the tool `lettering` read against the sides; it turns no picture.

    A frontal picture has the patient's left at its right, whoever it was taken through, PA or AP (`imaging.hanging`).
    """

    id = "side_marker"
    severity: Severity = "block"
    describe = "A side marker stands on the wrong side of the picture, or where the heart cannot be: a mirrored film."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Give one conflict for each image whose markers do not fit, which cites them all.

        By the picture's sides; where these are withheld by the heart, whose masks are cited too. Silent for a lateral
        view, a marker near the midline, and where the heart is not known well or lies in the middle.
        """
        for image, markers in _by_image(case, evidence):
            if image.sides != "withheld":
                wrong = [item.id for item, left_at in markers if left_at == "left"]
                message = f"A side marker stands on the wrong side of the picture by its sides, {REST_ON[image.sides]}"
            elif (heart := _heart(case, evidence, image)) is not None:
                wrong = [item.id for item, left_at in markers if left_at != heart.at]
                wrong = [*wrong, *heart.masks] if wrong else []
                message = "By a side marker the heart lies to the patient's right"
            else:
                continue
            if wrong:
                yield Conflict.of(self.id, self.severity, f"{message}: {ADVICE}", evidence_ids=tuple(wrong))


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return SideMarker()


def bad_example() -> Example:
    """L at the left of the picture."""
    return _example("left")


def good_example() -> Example:
    """R at the left of the picture."""
    return _example("right")


def _example(side: Side) -> Example:
    from overread.testing.doubles import make_case, make_evidence

    marker = Lettering(what="side_marker", side=side)
    seen = make_evidence(marker, tool="lettering", region=Region(x=4, y=4, width=6, height=8))
    return make_case(), (), EvidenceIndex([seen])


def _by_image(case: Case, evidence: EvidenceIndex) -> Iterator[tuple[ImageRef, list[tuple[Evidence, Side]]]]:
    """Give the markers of each frontal image, each with the half of the picture where it puts the patient's left."""
    found: dict[tuple[str, int], list[tuple[Evidence, Side]]] = defaultdict(list)
    for item in evidence.all():
        image, marker = image_of(case, item), item.payload
        if image is None or not isinstance(marker, Lettering) or marker.side is None or image.view == "LATERAL":
            continue
        half = _half(item, image) if is_seen_here(case, item) else None
        if half is not None:
            left_at = half if marker.side == "left" else OTHER[half]
            found[image.sop_instance_uid, image.frame].append((item, left_at))
    yield from (
        (image, found[key]) for image in case.study.images if (key := (image.sop_instance_uid, image.frame)) in found
    )


def _half(item: Evidence, image: ImageRef) -> Side | None:
    region = item.locator.region
    if region is None:
        return None
    middle = (region.x + region.width / 2) / image.columns
    return "left" if middle <= MIDDLE[0] else "right" if middle >= MIDDLE[1] else None


def _heart(case: Case, evidence: EvidenceIndex, image: ImageRef) -> _Heart | None:
    """Give where the heart leans, by good masks of it and of both lungs; None where it lies in the middle."""
    masks = {
        item.payload.structure: item
        for item in evidence.all()
        if isinstance(item.payload, Mask) and image_of(case, item) == image and _is_good(item.payload)
    }
    heart, lungs = masks.get("heart"), masks.get("lungs")
    if heart is None or lungs is None or heart.locator.region is None or lungs.locator.region is None:
        return None
    lean = heart_lean(lungs.locator.region, heart.locator.region)
    return None if abs(lean) < LEANS else _Heart("right" if lean > 0 else "left", (lungs.id, heart.id))


def _is_good(mask: Mask) -> bool:
    return mask.quality is None or mask.quality >= LOW_MASK_QUALITY
