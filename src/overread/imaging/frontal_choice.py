"""Choose the frontal image of a study that is read: the best by its header whose pixels will do."""

from overread.imaging.gate import image_refusal, pixel_refusal
from overread.imaging.image_choice import WORDS
from overread.protocol import Choice, Headers, Look
from overread.records import ImageRef, Refusal, RefusalReason, Study

MOST_LOOKED_AT = 8
"""Images whose pixels are looked at before the study is given up."""
MOST_NUMBERS = 8
"""Images that are listed for one reason; of more only the count is told."""
NOT_READ: dict[RefusalReason, str] = {
    "wrong_modality": WORDS["other_modality"],
    "wrong_body_part": WORDS["other_part"],
    "no_frontal_view": "looks like a lateral view",
    "resolution_too_low": "has too few pixels",
    "blank": "all but one grey level",
    "quality_control": "a quality control film",
    "several_pictures": "two films on one picture",
    "turned": "turned or upside down",
    "not_a_chest": "unlike the frontal chest radiographs that the models know",
}


def choose(study: Study, headers: Headers, look: Look) -> Choice:
    """Look at the frontal images, the best first, until one will do.

    `study` has at least one frontal image that its header does not refuse, or the refusal says so.
    """
    against = {image: refusal for image in study.frontals if (refusal := image_refusal(study, image, headers))}
    best: Choice | None = None
    for image in [image for image in study.frontals if image not in against][:MOST_LOOKED_AT]:
        refusal = pixel_refusal(look(image))
        if refusal is None:
            return Choice(image, None, _others(study, image, against))
        against[image] = refusal
        best = best or Choice(image, refusal, ())
    if best is None:
        return Choice(None, next(iter(against.values()), None), ())
    return Choice(best.image, best.refusal, _others(study, best.image, against))


def _others(study: Study, chosen: ImageRef | None, against: dict[ImageRef, Refusal]) -> tuple[str, ...]:
    """Name the images that are not read, by their number in the study, and why."""
    numbers: dict[str, list[int]] = {}
    for number, image in enumerate(study.images, start=1):
        if image != chosen:
            numbers.setdefault(_why_not(image, against.get(image)), []).append(number)
    if not numbers:
        return ()
    told = "; ".join(f"{_listed(each)}: {why}" for why, each in numbers.items())
    return (f"Of {len(study.images)} images one is read. Not read: {told}.",)


def _why_not(image: ImageRef, refusal: Refusal | None) -> str:
    if refusal is not None:
        return NOT_READ.get(refusal.reason, refusal.reason.replace("_", " "))
    if image.view == "LATERAL":
        return "a lateral view"
    return WORDS[image.aside] if image.aside else "another frontal image is read"


def _listed(numbers: list[int]) -> str:
    if len(numbers) > MOST_NUMBERS:
        return f"{len(numbers)} images"
    return f"image{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
