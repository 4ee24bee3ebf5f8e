"""The heart must lie where the picture's sides say that it does."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from overread.ports import EvidenceIndex, Rule
from overread.reasoning.opinions import image_of
from overread.reasoning.votes import LOW_MASK_QUALITY
from overread.records import Case, Conflict, Evidence, Finding, Mask, Region, Severity, Trust
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
SHIFTED = 0.04
"""Part of the thorax's width by which the heart's middle must lie to the right of the thorax's to be told. On 24
films and 14 phantoms it lay 0.03 to 0.14 to the left."""
ORGANS = ("right_lung", "left_lung", "heart")
REST_ON = {"stated": "which the header states", "assumed": "which are assumed, as the header states none"}


class Orientation:
    """Compares the box of the heart with those of the lungs; it asks for the orientation and names no disease.

    A mask has no vote on a label; what was measured of it is how well it fits, and a poor one is not heard.
    """

    id = "orientation"
    severity: Severity = "block"
    describe = "The heart lies to the right by the picture's sides: a mirrored film, or a heart that is displaced."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare the middle of the heart with that of the thorax, image by image; a conflict cites the three masks.

        Silent where the sides are withheld, a mask is missing or poor, and for a lateral view.
        """
        for masks in _by_image(case, evidence):
            image = image_of(case, masks["heart"])
            if image is None or image.sides == "withheld" or image.view == "LATERAL":
                continue
            if _shift({name: item.locator.region for name, item in masks.items()}) >= SHIFTED:
                yield Conflict.of(
                    self.id,
                    self.severity,
                    f"The heart lies to the right by the sides of the picture, {REST_ON[image.sides]}: confirm the "
                    "orientation (marker, mirrored film) before any side is relied on.",
                    evidence_ids=tuple(masks[name].id for name in ORGANS),
                )


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return Orientation()


def bad_example() -> Example:
    """The heart reaches into the right half."""
    return _example(30)


def good_example() -> Example:
    """The heart reaches into the left half."""
    return _example(50)


def _example(heart: int) -> Example:
    from overread.testing.doubles import make_case, make_evidence

    boxes = {"right_lung": (10, 45), "left_lung": (75, 45), "heart": (heart, 45)}
    return (
        make_case(),
        (),
        EvidenceIndex(
            make_evidence(
                Mask(structure=name, png=f"{name}.png", digest=name, area_pixels=900, quality=0.95),
                tool="segmentation",
                region=Region(x=left, y=20, width=width, height=80),
            )
            for name, (left, width) in boxes.items()
        ),
    )


def _by_image(case: Case, evidence: EvidenceIndex) -> Iterator[dict[str, Evidence]]:
    """Give the three masks of each image, all of one tool, where all are there and good enough."""
    found: dict[tuple[str, int, str], dict[str, Evidence]] = defaultdict(dict)
    for item in evidence.all():
        mask, where = item.payload, item.locator
        if not isinstance(mask, Mask) or mask.structure not in ORGANS or where.region is None:
            continue
        if mask.quality is None or mask.quality >= LOW_MASK_QUALITY:
            found[where.sop_instance_uid, where.frame, item.tool][mask.structure] = item
    yield from (masks for masks in found.values() if len(masks) == len(ORGANS))


def _shift(boxes: Mapping[str, Region | None]) -> float:
    """Give how far the heart's middle lies towards the patient's right, as a part of the thorax's width."""
    right, left, heart = (boxes[name] for name in ORGANS)
    if right is None or left is None or heart is None:
        return 0.0
    start, end = min(right.x, left.x), max(right.x + right.width, left.x + left.width)
    towards_left = 1.0 if _middle(left) > _middle(right) else -1.0
    return -towards_left * (_middle(heart) - (start + end) / 2) / (end - start)


def _middle(region: Region) -> float:
    return region.x + region.width / 2
