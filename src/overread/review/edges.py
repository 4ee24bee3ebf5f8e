"""Which side of the patient lies at which edge of a picture as it is shown."""

from dataclasses import dataclass

from overread.records import ImageRef

OPPOSITE = {"L": "R", "R": "L", "A": "P", "P": "A", "H": "F", "F": "H"}


@dataclass(frozen=True)
class EdgeMarks:
    """A letter of PS3.3 C.7.6.1.1.1 for each edge (L, R, A, P, H, F), or None where nobody knows."""

    left: str | None = None
    right: str | None = None
    top: str | None = None
    bottom: str | None = None
    assumed: bool = False
    """True when no header says how the patient stands in the picture, and convention is all there is."""


def edges_of(image: ImageRef, orientation: str | None) -> EdgeMarks:
    """Give the marks of a picture as it was hung.

    One that was not hung is marked by its `orientation` (PatientOrientation).
    """
    if image.sides == "withheld":
        return EdgeMarks()
    if image.sides == "stated":
        return _stated(image)
    if image.view == "LATERAL":
        return EdgeMarks()
    toward = (orientation or "").upper().partition("\\")[0][:1]
    if toward in ("L", "R"):
        return EdgeMarks(left=OPPOSITE[toward], right=toward)
    return EdgeMarks() if orientation else EdgeMarks(left="R", right="L", assumed=True)


def _stated(image: ImageRef) -> EdgeMarks:
    """Follow the directions of the rows and columns through the turn that the picture was given."""
    usual = EdgeMarks() if image.view == "LATERAL" else EdgeMarks(left="R", right="L", top="H", bottom="F")
    letters = [part[:1] for part in ((image.hanging and image.hanging.stated) or "").split("\\")]
    if image.hanging is None or len(letters) != 2 or not set(letters) <= set(OPPOSITE):
        return usual  # stated by its numbers alone: a frontal one was hung the usual way by them
    right, bottom = reversed(letters) if image.hanging.transposed else letters
    right = OPPOSITE[right] if image.hanging.mirrored else right
    bottom = OPPOSITE[bottom] if image.hanging.upended else bottom
    return EdgeMarks(left=OPPOSITE[right], right=right, top=OPPOSITE[bottom], bottom=bottom)
