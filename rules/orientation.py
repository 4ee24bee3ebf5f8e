"""The heart must lie where the picture's sides say that it does."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from overread.ports import EvidenceIndex, Rule
from overread.reasoning.opinions import image_of
from overread.reasoning.votes import LOW_MASK_QUALITY
from overread.reasoning.zones import MIRRORED_FIT, heart_shift
from overread.records import Case, Conflict, Evidence, Finding, Mask, Measurement, Region, Severity, Trust
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
SHIFTED = 0.04
"""Part of the thorax's width by which the heart's middle must lie to the right of the thorax's to be told. On 24
films and 14 phantoms it lay 0.03 to 0.14 to the left."""
MIRRORED = 0.08
"""From how much better a fit of the mirrored picture on (`mirrored_fit` of the segmentation) it is told: mirrored
phantoms all, mirrored films 81 of 100, as they are none and one."""
ORGANS = ("right_lung", "left_lung", "heart")
REST_ON = {"stated": "which the header states", "assumed": "which are assumed, as the header states none"}


class Orientation:
    """Looks where the heart lies, and whether the picture fits better mirrored; it names no disease.

    A mask has no vote on a label; what was measured of it is how well it fits, and a poor one is not heard.
    """

    id = "orientation"
    severity: Severity = "block"
    describe = "By its sides the heart lies to the right: a mirrored film, or a heart that is displaced."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare the middle of the heart with that of the thorax, image by image; a conflict cites the three masks.

        A picture that fits better mirrored is told by that figure. Silent where the sides are withheld, what is needed
        is missing or poor, and for a lateral view.
        """
        told: set[tuple[str, int]] = set()
        for item in evidence.all():
            image = image_of(case, item)
            if not _is_mirrored(item) or image is None or image.sides == "withheld":
                continue
            told.add((image.sop_instance_uid, image.frame))
            yield Conflict.of(
                self.id,
                self.severity,
                f"The picture fits better mirrored than by its sides, {REST_ON[image.sides]}: confirm the orientation "
                "(marker, mirrored film) before any side is relied on.",
                evidence_ids=(item.id,),
            )
        for masks in _by_image(case, evidence):
            image = image_of(case, masks["heart"])
            if image is None or image.sides == "withheld" or image.view == "LATERAL":
                continue
            boxes = [region for name in ORGANS if (region := masks[name].locator.region) is not None]
            known = (image.sop_instance_uid, image.frame) in told
            if not known and len(boxes) == len(ORGANS) and heart_shift(*boxes) >= SHIFTED:
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


def _is_mirrored(item: Evidence) -> bool:
    measured = item.payload
    return isinstance(measured, Measurement) and measured.name == MIRRORED_FIT and measured.value >= MIRRORED


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
