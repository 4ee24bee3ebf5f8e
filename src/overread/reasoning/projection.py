"""The projection of the image that is read: what the header states, else what a measured view head saw in it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from overread.records import Evidence, HeaderValue, ImageRef, Measurement, View

HEADER_KEYWORD = "ViewPosition"
SEEN: Mapping[str, View] = {
    "view_pa_probability": "PA",
    "view_ap_probability": "AP",
    "view_lateral_probability": "LATERAL",
}


class Projection(NamedTuple):
    """A view with the evidence that states it; no view where nothing does."""

    view: View | None
    source: Evidence | None
    """None too where the header states it and no tool has told so."""


def projection_of(image: ImageRef, items: Iterable[Evidence]) -> Projection:
    """Give the projection of an image from its header, else from the likeliest view that a head does not abstain on."""
    here = [item for item in items if _is_of(item, image)]
    if image.view is not None:
        return Projection(image.view, next((item for item in here if _is_header(item)), None))
    seen = [(value, view, item) for item in here for value, view in _seen(item)]
    if not seen:
        return Projection(None, None)
    share, view, source = max(seen, key=lambda each: each[0])
    point = source.provenance.parameters.get("abstain_below")
    sure = isinstance(point, float) and share >= point
    return Projection(view, source) if sure else Projection(None, source)


def _is_of(item: Evidence, image: ImageRef) -> bool:
    return (item.locator.sop_instance_uid, item.locator.frame) == (image.sop_instance_uid, image.frame)


def _is_header(item: Evidence) -> bool:
    return isinstance(item.payload, HeaderValue) and item.payload.keyword == HEADER_KEYWORD


def _seen(item: Evidence) -> Iterator[tuple[float, View]]:
    if isinstance(item.payload, Measurement) and item.payload.name in SEEN:
        yield item.payload.value, SEEN[item.payload.name]
