"""What can be drawn over a picture: masks, boxes, maps of networks, and the regions that evidence points at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from overread.outputs.colours import HEAT, OTHERS, STRUCTURES
from overread.reasoning.opinions import PLACED_RIGHT
from overread.records import Activation, Answer, Box, Case, Change, Drawn, Evidence, Mask, Measurement, Region, Score
from overread.review.formatting import structure_words
from overread.review.language import gettext
from overread.review.pictures import number_of


@dataclass(frozen=True)
class Overlay:
    """One thing that can be drawn, named by the evidence it comes from."""

    evidence_id: str
    kind: Literal["mask", "activation", "box", "region"]
    name: str
    """What it is called on the page."""
    tool: str
    picture: int
    colour: str
    address: str | None = None
    """Where the PNG of a mask or a map is."""
    region: Region | None = None
    structure: str = ""
    """Of a mask: the structure, as the record names it."""
    model: str | None = None
    """Of a map: whose it is."""
    placed_by: str | None = None
    """Of a map: how it comes about."""
    placed_right: float | None = None
    """Of a map: share of places that were right on this kind of study, where that is good enough to be told."""


def overlays_of(case: Case, evidence: Sequence[Evidence]) -> tuple[Overlay, ...]:
    """Give an overlay for each mask, box and located evidence of a picture of this case, in evidence order."""
    overlays: list[Overlay] = []
    for item in evidence:
        picture = number_of(case, item.locator.sop_instance_uid, item.locator.frame)
        if picture is not None and (isinstance(item.payload, Drawn) or item.locator.region is not None):
            overlays.append(_overlay(case, item, picture, _next_colour(overlays, picture)))
        overlays += _earlier(case, item, overlays)
    return tuple(overlays)


def _next_colour(overlays: Sequence[Overlay], picture: int) -> str:
    """Give the next colour of those in turn over a picture; what has a colour of its own takes none of them away."""
    here = (one for one in overlays if one.picture == picture)
    taken = sum(one.kind != "activation" and one.structure not in STRUCTURES for one in here)
    return OTHERS[taken % len(OTHERS)]


def _earlier(case: Case, item: Evidence, overlays: Sequence[Overlay]) -> list[Overlay]:
    """Give the region of a change in the earlier picture, under the same name: one sentence lights both."""
    if not isinstance(item.payload, Change) or item.payload.prior.region is None:
        return []
    then = item.payload.prior
    picture = number_of(case, then.sop_instance_uid, then.frame)
    if picture is None:
        return []
    return [
        Overlay(
            item.id,
            "region",
            gettext("{finding} then").format(finding=gettext(item.payload.label)),
            item.tool,
            picture,
            _next_colour(overlays, picture),
            region=then.region,
        )
    ]


def drawn_for(item: Evidence, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Name the evidence whose overlays show what `item` rests on: itself, and the masks it was measured on."""
    own = (item.id,) if isinstance(item.payload, Drawn) or item.locator.region is not None else ()
    if not isinstance(item.payload, Measurement):
        return own
    return (*own, *(other.id for other in evidence if isinstance(other.payload, Mask) and _same_look(other, item)))


def _same_look(one: Evidence, other: Evidence) -> bool:
    here, there = one.locator, other.locator
    return one.tool == other.tool and (here.sop_instance_uid, here.frame) == (there.sop_instance_uid, there.frame)


def _overlay(case: Case, item: Evidence, picture: int, colour: str) -> Overlay:
    payload, region = item.payload, item.locator.region
    if isinstance(payload, Mask):
        return Overlay(
            evidence_id=item.id,
            kind="mask",
            name=structure_words(payload.structure),
            tool=item.tool,
            picture=picture,
            colour=STRUCTURES.get(payload.structure, colour),
            address=f"/mask/{case.case_id}/{item.id}",
            structure=payload.structure,
        )
    if isinstance(payload, Activation):
        return _map(case, item, payload, picture)
    if isinstance(payload, Box):
        return Overlay(item.id, "box", gettext(payload.label), item.tool, picture, colour, region=region)
    if isinstance(payload, Score):
        return Overlay(item.id, "region", gettext(payload.label), item.tool, picture, colour, region=region)
    if isinstance(payload, Change):
        name = f"{gettext(payload.label)} {structure_words(payload.course)}"
        return Overlay(item.id, "region", name, item.tool, picture, colour, region=region)
    return Overlay(item.id, "region", _region_name(item), item.tool, picture, colour, region=region)


def _region_name(item: Evidence) -> str:
    match item.payload:
        case Measurement(name=str(name)):
            return structure_words(name)
        case Answer(label=str(label)):
            return f"{gettext(label)} ({item.tool})"
        case _:
            return gettext("region of {tool}").format(tool=item.tool)


def _map(case: Case, item: Evidence, payload: Activation, picture: int) -> Overlay:
    how = item.provenance
    by, right = how.parameters.get("placed_by"), how.parameters.get(PLACED_RIGHT)
    return Overlay(
        evidence_id=item.id,
        kind="activation",
        name=gettext(payload.label),
        tool=item.tool,
        picture=picture,
        colour=HEAT,
        address=f"/mask/{case.case_id}/{item.id}",
        model=how.model,
        placed_by=str(by) if by else None,
        placed_right=float(right) if isinstance(right, float) else None,
    )
