"""Say what identifies a patient in DICOM files that are meant to be de-identified; values are not told."""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pydicom import dcmread
from pydicom.datadict import dictionary_has_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from overread.deidentifying.characteristics import KEPT, kept_value
from overread.deidentifying.dataset import BIRTH, TIMED
from overread.deidentifying.descriptors import CLEANED, cleaned
from overread.deidentifying.dummies import is_dummy
from overread.deidentifying.options import CHARACTERISTICS, CLEAN_DESCRIPTORS, CLEAN_PIXELS, MODIFIED_DATES
from overread.deidentifying.profile import action_of
from overread.deidentifying.pseudonyms import PATIENT, STANDARD_ROOT
from overread.deidentifying.records import Checked, Remains, Why
from overread.imaging.files import list_files
from overread.imaging.header_values import text_of
from overread.settings import Limits


class Found(NamedTuple):
    """An attribute that still identifies, and why it is thought to."""

    attribute: str
    why: Why


def check_files(paths: Sequence[Path], limits: Limits) -> Checked:
    """Check every file that the paths name or hold; raises what `list_files` raises."""
    files = [Path(source.path) for source in list_files(paths, limits)]
    return Checked(files=len(files), remains=tuple(item for path in files for item in check(path, path.name)))


def check(path: Path, name: str) -> tuple[Remains, ...]:
    """Give what a file still holds; `name` is what it is called in the answer."""
    try:
        with path.open("rb") as file:
            preamble = file.read(128)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they quote the values that they find fault with
            found = list(_found(dcmread(path), preamble))
    # As in `image_file`: a hostile file raises anything, and what cannot be read is not known to be clean.
    except Exception:  # noqa: BLE001
        found = [Found("file", "unreadable")]
    return tuple(Remains(file=name, attribute=item.attribute, why=item.why) for item in found)


def _found(dataset: Dataset, preamble: bytes) -> Iterator[Found]:
    if any(preamble):
        yield Found("preamble", "preamble")
    if text_of(dataset, "PatientIdentityRemoved") != "YES":
        yield Found("PatientIdentityRemoved", "not_recorded")
    taken = _methods(dataset)
    if CLEAN_PIXELS[0] not in taken or text_of(dataset, "BurnedInAnnotation") != "NO":
        yield Found("PixelData", "pixels")
    for element in dataset.file_meta:
        if element.tag.element >= 0x0016:  # addresses of machines, and private information
            yield Found(element.keyword, "meta")
    yield from _level(dataset, "", taken)


def _methods(dataset: Dataset) -> frozenset[str]:
    return frozenset(text_of(item, "CodeValue") for item in dataset.get("DeidentificationMethodCodeSequence") or ())


def _level(dataset: Dataset, where: str, taken: frozenset[str]) -> Iterator[Found]:
    for element in dataset:
        name = f"{where}{element.keyword or element.tag}"
        if element.tag.is_private:
            yield Found(name, "private")
        elif not dictionary_has_tag(element.tag):
            yield Found(name, "unknown")
        elif element.VR == "SQ":
            for item in element.value:
                yield from _level(item, f"{name}.", taken)
        elif why := _why(element, taken):
            yield Found(name, why)


def _why(element: DataElement, taken: frozenset[str]) -> Why | None:
    action = action_of(element.tag)
    if element.VR == "UI":
        return "uid" if action is not None and not _other_uids(element) else None
    if is_dummy(element.VR, element.value) or _is_allowed(element, taken):
        return None
    if element.VR in TIMED:
        return "date"
    return "listed" if action is not None or element.VR == "PN" else None


def _is_allowed(element: DataElement, taken: frozenset[str]) -> bool:
    """Say whether an option that the object names allows the value."""
    keyword, text = element.keyword, str(element.value)
    if element.VR in TIMED:
        return MODIFIED_DATES[0] in taken and keyword not in BIRTH
    if keyword in KEPT:
        return CHARACTERISTICS[0] in taken and str(kept_value(element)) == text
    if keyword in CLEANED:
        return CLEAN_DESCRIPTORS[0] in taken and cleaned(text).split() == text.split()
    return keyword in ("PatientID", "PatientName") and PATIENT.fullmatch(text) is not None


def _other_uids(element: DataElement) -> bool:
    values = element.value if isinstance(element.value, MultiValue | list) else [element.value]
    return all(not value or str(value).startswith(("2.25.", STANDARD_ROOT)) for value in values)
