"""Make a phantom recipe of what was asked, and say what was left to the draw and how it fell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from overread.errors import NotDrawable
from overread.imagining import drawable as d
from overread.imagining.asked import Asked, Wish, meets
from overread.reasoning.vocabulary import term
from overread.testing.phantoms import PhantomRecipe, PlacedFinding, sample_recipe
from overread.testing.phantoms.devices import wrong_place
from overread.testing.phantoms.recipe import Device, Side, Zone, labels_of
from overread.testing.phantoms.streams import stream

FIRST = 10_000_000
"""Numbers of what is imagined: far from all that was trained and measured on."""
MOST = 1000
"""Pictures of one seed."""
NEXT_BODY = 100_000_000
BODIES = 400
"""Bodies that are tried until each device lies as asked: the body decides how a device goes wrong."""
ADULT = (18, 90)
DEVICE_SIDES: Mapping[Device, str] = {"central_venous_line": "comes from the right"}


@dataclass(frozen=True)
class Planned:
    """A picture to draw."""

    recipe: PhantomRecipe
    drawn_by_lot: tuple[str, ...]
    """What the words left open, as it was chosen: `pleural effusion: right side`."""


def planned(asked: Asked, seed: int, index: int) -> Planned:
    """Plan picture `index` (from 0) of a seed: the same words, seed and index give the same recipe, and a seed and an
    index the same body, whatever the words.

    Raises `NotDrawable` for words that contradict each other by what a finding means: a consolidation is an opacity.
    """
    number = FIRST + seed * MOST + index
    lots: list[str] = []
    findings = tuple(_placed(wish, asked, number, lots) for wish in asked.wishes)
    patient = _patient(asked.wishes, number)
    recipe = sample_recipe(
        number, patient=patient, findings=findings, flipped=False, banner=True, **_film(asked, number)
    )
    _refuse_contradiction(asked, labels_of(findings))
    return Planned(recipe, tuple(lots))


def _placed(wish: Wish, asked: Asked, number: int, lots: list[str]) -> PlacedFinding:
    if wish.device is not None:
        if wish.place is None:
            lots.append(f"{wish.device.replace('_', ' ')}: well placed")
        return PlacedFinding(
            label=wish.label,
            device=wish.device,
            device_position="ok" if wish.place in (None, "ok") else "malpositioned",
        )
    draw = stream("imagined", number, wish.label, wish.zone or "", wish.laterality or "")
    noun, side, zone = term(wish.label).noun, wish.laterality, wish.zone
    if side is None and wish.label in d.SIDED:
        side = _free_side(wish, asked, draw)
        lots.append(f"{noun}: {side} side")
    if zone is None and len(d.ZONED.get(wish.label, ())) > 1:
        zone = get_args(Zone)[int(draw.integers(3))]
        lots.append(f"{noun}: {zone} zone")
    size = wish.sizes[int(draw.integers(len(wish.sizes)))]
    if len(wish.sizes) > 1:
        lots.append(f"{noun}: {size}")
    return PlacedFinding(label=wish.label, laterality=side, zone=zone, severity=size)


def _free_side(wish: Wish, asked: Asked, draw: np.random.Generator) -> Side:
    taken = [denied.laterality for denied in asked.denied if denied.label == wish.label]
    free = [side for side in get_args(Side) if not any(meets(side, other) for other in taken)]
    if not free:
        raise NotDrawable(f"the words ask for {term(wish.label).noun} and deny it on either side; leave one out")
    chosen: Side = free[int(draw.integers(len(free)))]
    return chosen


def _patient(wishes: tuple[Wish, ...], number: int) -> int:
    """Find a body in which each device goes wrong as asked; raises `NotDrawable` where no drawn way does."""
    wanted = {wish.device: wish.place for wish in wishes if wish.device and wish.place not in (None, "ok", "wrong")}
    for step in range(BODIES):
        patient = number + step * NEXT_BODY
        if all(wrong_place(device, patient) == place for device, place in wanted.items()):
            return patient
    names = ", ".join(device.replace("_", " ") for device in wanted)
    raise NotDrawable(f"no phantom shows this place of: {names}")


def _film(asked: Asked, number: int) -> dict[str, Any]:
    """Fix what the words tell of patient and film; the whole chest is on it, so that nothing asked for is cut off."""
    frame, sampled = asked.frame, sample_recipe(number)
    adult = int(stream("imagined age", number).integers(*ADULT))
    film: dict[str, Any] = {
        "age_years": adult if frame.age_years is None else frame.age_years,
        "field_scale": max(1.0, sampled.field_scale),
        "offset_mm": (0.0, 0.0),
        "collimation": 0.0,
    }
    film |= {"sex": frame.sex} if frame.sex else {}
    if frame.view is not None or frame.supine is not None:
        film["view"] = frame.view or sampled.view
        film["supine"] = bool(frame.supine) if frame.supine is not None else sampled.supine and frame.view == "AP"
    return film


def _refuse_contradiction(asked: Asked, labels: Mapping[str, int]) -> None:
    for denied in asked.denied:
        if denied.laterality is None and labels.get(denied.label):
            raise NotDrawable(f"the words deny {term(denied.label).noun} and ask for what is one; leave one out")
