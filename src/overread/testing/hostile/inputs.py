"""One hostile input of a number."""

from typing import NamedTuple

import numpy as np

from overread.testing.hostile import byte_mutations as raw
from overread.testing.hostile import dicom_mutations as structured
from overread.testing.hostile.originals import originals

NATIVE = "0.dcm"
"""The original in explicit VR little endian, whose elements can be found in its bytes."""
OF_BYTES = {"scrambled bytes": raw.scrambled, "cut off": raw.truncated, "flipped bits": raw.flipped}
OF_FORM = {"png header": ("picture.png", raw.lying_png), "jpeg header": ("picture.jpeg", raw.lying_jpeg)}
OF_FORM |= {"zip directory": ("study.zip", raw.lying_zip)}
OF_FORM |= {"vr and lengths": (NATIVE, structured.relabelled), "deep nesting": (NATIVE, structured.buried)}
OF_FILE = {"transfer syntax": structured.syntax, "pixels": structured.pixels}
KINDS: tuple[str, ...] = (*structured.CHANGES, *OF_FILE, *OF_FORM, *OF_BYTES)


class Hostile(NamedTuple):
    """A file that may be anything: its kind of mutation, its name and its bytes."""

    kind: str
    name: str
    content: bytes


def hostile_input(seed: int, number: int) -> Hostile:
    """Make the input of a number, kind after kind of `KINDS`; the same seed and number give the same bytes."""
    kind = KINDS[number % len(KINDS)]
    draw = np.random.default_rng([seed, number])
    if kind in OF_FORM:
        name, form = OF_FORM[kind]
        return Hostile(kind, name, form(originals()[name], draw))
    dicom = [name for name in originals() if name.endswith(".dcm")]
    if kind in OF_BYTES:
        name = str(draw.choice(list(originals())))
        return Hostile(kind, name, OF_BYTES[kind](originals()[name], draw))
    name = str(draw.choice(dicom))
    if kind in OF_FILE:
        content = OF_FILE[kind](originals()[name], draw)
    else:
        content = structured.changed(originals()[name], structured.CHANGES[kind], draw)
    return Hostile(kind, name, raw.scrambled(content, draw) if draw.random() < 0.2 else content)
