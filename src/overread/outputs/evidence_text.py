"""Say in a few words what evidence shows and where it lies."""

from functools import singledispatch
from pathlib import PurePath

from overread.outputs.day_text import day_words
from overread.records import (
    NO_MODEL,
    Activation,
    Answer,
    Box,
    Change,
    Claim,
    GateVerdict,
    Growth,
    HeaderValue,
    Lettering,
    Locator,
    Mask,
    Measurement,
    OrderField,
    Outlook,
    Payload,
    PriorSought,
    Provenance,
    Registration,
    Retrieved,
    RuleVerdict,
    RunOutcome,
    Score,
    Unassessed,
)

SHORT_DIGEST = 12


def value_of(payload: Payload) -> str:
    """Say what a payload shows, with its figure and unit."""
    return _value(payload)


@singledispatch
def _value(payload: Payload) -> str:
    raise TypeError(f"no wording for a {payload.kind}")


@_value.register
def _score(payload: Score) -> str:
    how = payload.method.replace("_", "-")
    point = "" if payload.threshold is None else f", operating point {payload.threshold:.2f}"
    calibrated = "" if payload.calibrated else ", not calibrated"
    return f"{payload.label}: probability {payload.probability:.2f} ({how}{point}{calibrated})"


@_value.register
def _mask(payload: Mask) -> str:
    quality = "" if payload.quality is None else f", expected Dice {payload.quality:.2f}"
    return f"{words(payload.structure)}: {payload.area_pixels} pixels{quality}"


@_value.register
def _activation(payload: Activation) -> str:
    return f"map of where the network looked for {payload.label}"


@_value.register
def _box(payload: Box) -> str:
    probability = "" if payload.probability is None else f", probability {payload.probability:.2f}"
    return f"{payload.label}{probability}"


@_value.register
def _measurement(payload: Measurement) -> str:
    unit = "" if payload.unit == "1" else f" {payload.unit}"
    return f"{words(payload.name)}: {payload.value:.4g}{unit} ({payload.method})"


@_value.register
def _answer(payload: Answer) -> str:
    return f"{payload.question} – {payload.answer}"


@_value.register
def _claim(payload: Claim) -> str:
    return f"claim in {payload.section}: {payload.text}"


@_value.register
def _header(payload: HeaderValue) -> str:
    return f"{payload.keyword} = {payload.value}" + (f" ({payload.note})" if payload.note else "")


@_value.register
def _lettering(payload: Lettering) -> str:
    if payload.what == "side_marker":
        return f"side marker: {payload.side}"
    return "text in the picture, not kept" + (
        ", words of an instruction or a report" if payload.what == "instruction" else ""
    )


@_value.register
def _retrieved(payload: Retrieved) -> str:
    return f"similar case {payload.case_id}, similarity {payload.similarity:.2f}" + (
        ", of the same patient" if payload.same_patient else ""
    )


@_value.register
def _outlook(payload: Outlook) -> str:
    within = f" within {payload.horizon}" if payload.horizon else ""
    return (
        f"{payload.outcome}{within}: {payload.probability:.2f} ({payload.low:.2f} to {payload.high:.2f}), "
        f"from {', '.join(payload.rests_on)}; measured on {payload.patients} patients, {payload.share:.2f} with it, "
        f"AUROC {payload.auroc:.2f} ({payload.auroc_low:.2f} to {payload.auroc_high:.2f}); no finding"
    )


@_value.register
def _order(payload: OrderField) -> str:
    return f"{payload.field} of the order: {payload.text}"


@_value.register
def _gate(payload: GateVerdict) -> str:
    return payload.text


@_value.register
def _run(payload: RunOutcome) -> str:
    return f"{payload.of_tool} {words(payload.outcome)}: {payload.detail}"


@_value.register
def _rule(payload: RuleVerdict) -> str:
    return f"rule {words(payload.rule)}: {payload.message}"


@_value.register
def _prior(payload: PriorSought) -> str:
    if payload.study_uid is None:
        return "no earlier study was supplied"
    whose = "of this patient" if payload.same_patient else "not known to be of this patient"
    return f"earlier study {payload.study_uid} of {day_words(payload.study_date or 'unknown date')}, {whose}"


@_value.register
def _registration(payload: Registration) -> str:
    then = payload.prior.sop_instance_uid
    return f"laid over the earlier picture {then}: the lung fields overlap by {payload.overlap:.2f}"


@_value.register
def _growth(payload: Growth) -> str:
    means = "" if payload.course is None else f", which means {payload.course}"
    return f"{payload.label} is seen {payload.ratio:.2f} times as large as in the earlier picture{means}"


@_value.register
def _change(payload: Change) -> str:
    return f"{payload.label} {words(payload.course)}: {payload.reason}"


@_value.register
def _unassessed(payload: Unassessed) -> str:
    return f"{payload.label} not assessed: {payload.reason}"


def place_of(locator: Locator) -> str:
    """Say where evidence lies: SOP Instance UID, frame and region in pixels of the image as shown."""
    region = locator.region
    where = "whole image" if region is None else f"x {region.x}, y {region.y}, {region.width} × {region.height} px"
    return f"SOP Instance {locator.sop_instance_uid}, frame {locator.frame}, {where}"


def maker_of(provenance: Provenance) -> str:
    """Say which tool, model and weights gave the evidence; a model that is a path shows its last part only."""
    weights = f", weights {provenance.weights_digest[:SHORT_DIGEST]}" if provenance.weights_digest else ""
    prompt = f", prompt {provenance.prompt}" if provenance.prompt else ""
    model = "no model" if provenance.model == NO_MODEL else PurePath(provenance.model).name
    return f"{provenance.tool} {provenance.tool_version}, {model}{weights}{prompt}"


def words(name: str) -> str:
    """Turn a field name such as `left_lung` into words."""
    return name.replace("_", " ")
