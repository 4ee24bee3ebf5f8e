"""The laws of a tool: what it takes, what it gives, and that it invents nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from overread.ports import Tool, ToolInput
from overread.records import Answer, Box, Claim, Evidence, Growth, ImageRef, Mask, Measurement, Score, View
from overread.testing.conformance.report import NotApplicable
from overread.testing.doubles import make_study

LENGTHS = frozenset({"um", "mm", "cm", "m", "mm2", "cm2", "mm3", "cm3", "mL"})
KINDS = frozenset(
    ("score", "mask", "activation", "box", "measurement", "answer", "claim", "header", "retrieved", "registration")
) | {"growth", "lettering", "outlook"}


@dataclass(frozen=True)
class ToolTrial:
    """A tool, the work it was given without any spacing, and two runs of it, one handed only what its card says."""

    tool: Tool
    work: ToolInput
    first: tuple[Evidence, ...]
    second: tuple[Evidence, ...]
    began: datetime
    finished: datetime
    """The times around the first run."""

    @classmethod
    def of(cls, tool: Tool, work: ToolInput) -> "ToolTrial":
        began = datetime.now(UTC)
        first = tuple(tool.run(work))
        finished = datetime.now(UTC)
        return cls(tool, work, first, tuple(tool.run(work.limited_to(tool.card.sees))), began, finished)


def law_card_names_tool(trial: ToolTrial) -> Iterator[str]:
    """The card has a name, a version, a description and known payload kinds."""
    card = trial.tool.card
    if not (card.name and card.version and card.describe):
        yield "name, version or description is empty"
    if unknown := set(card.payloads) - KINDS:
        yield f"unknown payload kinds: {', '.join(sorted(unknown))}"


def law_takes_frontal_radiograph(trial: ToolTrial) -> Iterator[str]:
    """A frontal chest radiograph is taken."""
    frontal: tuple[View, ...] = ("PA", "AP")
    for view in frontal:
        if view in trial.tool.card.views and (refusal := trial.tool.accepts(make_study(views=(view,)))):
            yield f"{view} refused: {refusal.detail}"


def law_refuses_other_modalities(trial: ToolTrial) -> Iterator[str]:
    """CT, MR and mammography are refused with a reason; by a tool that reads CT, radiographs are."""
    for modality in ("DX" if trial.tool.card.modality == "CT" else "CT", "MR", "MG"):
        refusal = trial.tool.accepts(make_study(modality=modality, body_part=None))
        if refusal is None:
            yield f"{modality} was taken"
        elif refusal.reason != "wrong_modality":
            yield f"{modality} was refused as {refusal.reason}"


def law_refuses_views_not_on_card(trial: ToolTrial) -> Iterator[str]:
    """A study of views that the card does not list is refused."""
    if "LATERAL" in trial.tool.card.views:
        raise NotApplicable("the card lists the lateral view")
    if trial.tool.accepts(make_study(views=("LATERAL",))) is None:
        yield "a lateral view was taken"


def law_same_work_same_ids(trial: ToolTrial) -> Iterator[str]:
    """The same work gives evidence with the same ids, in the same order, each once."""
    ids = [item.id for item in trial.first]
    if ids != [item.id for item in trial.second]:
        yield "a second run, handed what the card says it sees, gave other ids"
    if len(set(ids)) != len(ids):
        yield "an id was given twice"


def law_evidence_is_its_own(trial: ToolTrial) -> Iterator[str]:
    """Evidence carries the tool's name and version, and the model that the card names."""
    card = trial.tool.card
    models = {(card.model, card.weights_digest), *card.further_models}
    for item in trial.first:
        given = item.provenance
        if (item.tool, given.tool_version) != (card.name, card.version):
            yield f"{item.id} is signed {item.tool} {given.tool_version}"
        if card.model is not None and (given.model, given.weights_digest) not in models:
            yield f"{item.id} names the model {given.model}, the card {card.model}"


def law_payloads_on_card(trial: ToolTrial) -> Iterator[str]:
    """Payload kinds, labels and structures are those of the card."""
    card = trial.tool.card
    for item in trial.first:
        if item.payload.kind not in card.payloads:
            yield f"{item.payload.kind} is not on the card"
        for label in _labels(item):
            if label not in card.labels:
                yield f"label {label} is not on the card"
        if isinstance(item.payload, Mask) and item.payload.structure not in card.structures:
            yield f"structure {item.payload.structure} is not on the card"


def law_no_spacing_no_lengths(trial: ToolTrial) -> Iterator[str]:
    """Without spacing nothing is measured in millimetres or centimetres."""
    if trial.work.image.spacing is not None:
        raise NotApplicable("slices without spacing are no series, and refused")
    for item in trial.first:
        if isinstance(item.payload, Measurement) and item.payload.unit in LENGTHS:
            yield f"{item.payload.name} is given in {item.payload.unit}"


def law_locators_resolve(trial: ToolTrial) -> Iterator[str]:
    """Every locator names an image of the study, or of an earlier one, and a region inside it."""
    for item in trial.first:
        image = _image_of(trial.work, item)
        region = item.locator.region
        if image is None:
            yield f"{item.id} points outside the study"
        elif region and (region.x + region.width > image.columns or region.y + region.height > image.rows):
            yield f"{item.id} points outside its image"


def law_times_are_true(trial: ToolTrial) -> Iterator[str]:
    """Start and end lie within the run, in UTC or with an offset."""
    for item in trial.first:
        started, ended = item.provenance.started, item.provenance.ended
        if started.tzinfo is None or ended.tzinfo is None:
            yield f"{item.id} has times without a zone"
        elif not trial.began <= started <= ended <= trial.finished:
            yield f"{item.id} has times outside the run"


def law_masks_fit_image(trial: ToolTrial) -> Iterator[str]:
    """A mask is 0 or 255, of the size of the image as shown, and its area is its pixels."""
    masks = [(item.payload, _image_of(trial.work, item)) for item in trial.first if isinstance(item.payload, Mask)]
    if not masks:
        raise NotApplicable("the tool gave no mask")
    for mask, image in masks:
        png = trial.work.artifacts.get_png(mask.png)
        if image is None or png.shape != (image.rows, image.columns):
            yield f"{mask.structure} has the shape {png.shape}"
        if set(np.unique(png)) - {0, 255} or int((png == 255).sum()) != mask.area_pixels:
            yield f"{mask.structure} is not 0 or 255, or its area is wrong"


def _image_of(work: ToolInput, item: Evidence) -> ImageRef | None:
    studies = (work.study, *(prior.study for prior in work.priors))
    found = (study.image(item.locator.sop_instance_uid, item.locator.frame) for study in studies)
    return next((image for image in found if image is not None), None)


def _labels(item: Evidence) -> tuple[str, ...]:
    match item.payload:
        case Score(label=label) | Box(label=label) | Answer(label=str(label)) | Growth(label=label):
            return (label,)
        case Claim(assertions=said):
            return tuple(assertion.label for assertion in said)
        case _:
            return ()
