"""Draw the radiograph with what the tools outlined on it, and a legend beside it.

Its colours are those of the review page; every outline also carries its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from overread.outputs.colours import OTHERS, STRUCTURES, Rgb, rgb_of
from overread.outputs.document import DRAFT_BANNER, RESEARCH_USE, synthetic_banner
from overread.outputs.evidence_text import words
from overread.outputs.outlines import contour_plane, draw_box, draw_mask, draw_ratio
from overread.ports import Artifacts, Picture, Pixels
from overread.records import CHEST_RADIOGRAPH, Box, CaseFile, Evidence, Finding, ImageRef, Mask, Measurement, Sides

SHOWN_SIDE = 960
"""Longer side of the radiograph in the overlay, in pixels."""
PANEL = 300
HEADER = 58
FOOTER = 34
OTHER: Rgb = rgb_of(OTHERS[0])
BOX: Rgb = rgb_of(OTHERS[1])
INK: Rgb = (236, 239, 244)
DIM: Rgb = (150, 160, 172)
GROUND: Rgb = (17, 20, 24)
WARN: Rgb = (255, 196, 87)


SIDES: dict[Sides, str] = {
    "stated": "R and L: the patient's sides",
    "assumed": "R and L: the patient's sides, if shown as usual",
    "withheld": "The patient's sides are not known",
}


@dataclass(frozen=True)
class Marks:
    """What is drawn over one image."""

    masks: tuple[Mask, ...]
    boxes: tuple[Evidence, ...]
    ratio: float | None


def render_overlay(file: CaseFile, pictures: Pixels, artifacts: Artifacts) -> Image.Image | None:
    """Draw the overlay of the image that was read; None when the study has no image."""
    image = image_read(file)
    if image is None:
        return None
    marks = marks_of(file.evidence, image)
    shown = _radiograph(pictures.shown(image), marks, artifacts)
    if image.view != "LATERAL" and image.sides != "withheld":
        _side_markers(shown)
    canvas = Image.new("RGB", (shown.width + PANEL, max(shown.height, 420) + HEADER + FOOTER), GROUND)
    canvas.paste(shown, (0, HEADER))
    pen = ImageDraw.Draw(canvas)
    _header(pen, file)
    _legend(pen, shown.width + 18, file, marks)
    pen.text((14, canvas.height - 25), f"{RESEARCH_USE} {SIDES[image.sides]}.", DIM, _font(14))
    return canvas


def image_read(file: CaseFile) -> ImageRef | None:
    """Give the image the tools read: the plan's, else the frontal one, else the first."""
    study = file.case.study
    planned = study.image(file.plan.image_sop_instance_uid, file.plan.image_frame) if file.plan else None
    return planned or study.frontal or next(iter(study.images), None)


def marks_of(evidence: tuple[Evidence, ...], image: ImageRef) -> Marks:
    """Pick what lies on `image`: masks, boxes that have a region, and the first cardiothoracic ratio."""
    here = [
        e for e in evidence if (e.locator.sop_instance_uid, e.locator.frame) == (image.sop_instance_uid, image.frame)
    ]
    ratios = [
        e.payload.value for e in here if isinstance(e.payload, Measurement) and e.payload.name == "cardiothoracic_ratio"
    ]
    return Marks(
        masks=tuple(e.payload for e in here if isinstance(e.payload, Mask)),
        boxes=tuple(e for e in here if isinstance(e.payload, Box) and e.locator.region is not None),
        ratio=ratios[0] if ratios else None,
    )


def _radiograph(picture: Picture, marks: Marks, artifacts: Artifacts) -> Image.Image:
    scale = SHOWN_SIDE / max(picture.shape)
    size = max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1)
    shown = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS).convert("RGB")
    planes: dict[str, NDArray[np.uint8]] = {}
    for mask in marks.masks:
        planes[mask.structure] = contour_plane(artifacts.get_png(mask.png))
        draw_mask(shown, planes[mask.structure], colour_of(mask.structure), words(mask.structure))
    lungs = _lungs(planes)
    if marks.ratio is not None and lungs is not None and "heart" in planes:
        draw_ratio(shown, planes["heart"], lungs, marks.ratio, colour_of("heart"))
    for box in marks.boxes:
        if box.locator.region is not None and isinstance(box.payload, Box):
            draw_box(shown, box.locator.region, scale, BOX, box.payload.label)
    return shown


def _lungs(planes: Mapping[str, NDArray[np.uint8]]) -> NDArray[np.uint8] | None:
    """Give both lungs in one plane, whether their sides were told or not; None where one is missing."""
    if planes.keys() >= {"right_lung", "left_lung"}:
        return np.maximum(planes["right_lung"], planes["left_lung"])
    return planes.get("lungs")


def colour_of(structure: str) -> Rgb:
    """Give a structure's colour; all that have none of their own share one."""
    return rgb_of(STRUCTURES[structure]) if structure in STRUCTURES else OTHER


def _side_markers(shown: Image.Image) -> None:
    """Mark the patient's sides of a frontal image as it is shown: right is on the left."""
    pen = ImageDraw.Draw(shown)
    for letter, x in (("R", 12), ("L", shown.width - 46)):
        pen.rounded_rectangle((x, 12, x + 34, 46), 5, fill=GROUND, outline=DIM)
        pen.text((x + 17, 29), letter, INK, _font(22), anchor="mm")


def _header(pen: ImageDraw.ImageDraw, file: CaseFile) -> None:
    banners = [] if file.final else [DRAFT_BANNER]
    if synthetic := synthetic_banner(file.case.study):
        banners.append(synthetic)
    pen.text((14, 8), "Overread", INK, _font(20))
    pen.text((112, 12), file.case_id, DIM, _font(15))
    pen.text((14, 34), "   ".join(banners).replace("–", "-"), WARN, _font(15))


def _legend(pen: ImageDraw.ImageDraw, x: int, file: CaseFile, marks: Marks) -> None:
    y = HEADER + 4
    for mask in marks.masks:
        pen.rounded_rectangle((x, y + 2, x + 22, y + 18), 3, fill=colour_of(mask.structure))
        quality = "" if mask.quality is None else f"  Dice ~{mask.quality:.2f}"
        pen.text((x + 32, y), f"{words(mask.structure)}{quality}", INK, _font(16))
        y += 28
    if marks.ratio is not None:
        pen.text((x, y), f"cardiothoracic ratio {marks.ratio:.2f}", INK, _font(16))
        y += 28
    if not marks.masks:
        pen.text((x, y), "no structure outlined", DIM, _font(16))
        y += 28
    sought = bool(file.findings) or file.protocol == CHEST_RADIOGRAPH
    _findings(pen, x, y + 10, _listed(file.findings), "No finding called present" if sought else "No finding sought")


def _listed(findings: tuple[Finding, ...]) -> list[Finding]:
    """Give what is present, then what is possible; `No Finding` only where it stands alone."""
    said = [finding for finding in findings if finding.status in ("present", "uncertain")]
    named = [finding for finding in said if finding.label != "No Finding"]
    return sorted(named or said, key=lambda finding: finding.status != "present")


def _findings(pen: ImageDraw.ImageDraw, x: int, y: int, findings: list[Finding], none: str) -> None:
    pen.text((x, y), "Findings" if findings else none, DIM, _font(15))
    for number, finding in enumerate(findings[:22], start=1):
        side = f", {finding.laterality}" if finding.laterality else ""
        ink = INK if finding.status == "present" else DIM
        mark = "+" if finding.status == "present" else "?"
        pen.text((x, y + 26 * number), f"{mark}  {finding.label}{side}", ink, _font(16))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
