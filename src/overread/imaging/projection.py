"""Tell the view and the side of a radiograph from its header (DICOM PS3.3 C.8.11.1, C.7.6.1.1.1, PS3.16 CID 4010)."""

import re

from pydicom.dataset import Dataset

from overread.imaging.header_values import text_of
from overread.records import Laterality, View

POSITIONS: dict[str, View] = {
    "PA": "PA",
    "AP": "AP",
    "LL": "LATERAL",
    "RL": "LATERAL",
    "LAT": "LATERAL",
    "LATERAL": "LATERAL",
    "LLAT": "LATERAL",
    "RLAT": "LATERAL",
    "XTABLE": "LATERAL",
}
CODES: dict[str, View] = {
    "272479007": "PA",
    "R-10214": "PA",
    "399348003": "AP",
    "R-10206": "AP",
    "399067008": "LATERAL",
    "R-10202": "LATERAL",
    "399173006": "LATERAL",
    "R-10236": "LATERAL",
    "399198007": "LATERAL",
    "R-10232": "LATERAL",
}
SIDES: dict[str, Laterality] = {"L": "left", "R": "right", "B": "bilateral"}
SUPINE = {"40199007", "F-10340"}
DESCRIPTIONS = ("SeriesDescription", "ProtocolName", "AcquisitionDeviceProcessingDescription", "StudyDescription")


def view_of(dataset: Dataset) -> tuple[View | None, str | None]:
    """Give the view and, when it did not come from ViewPosition, a note of where it came from.

    In order: ViewPosition, ViewCodeSequence, PatientOrientation (tells a lateral only), words of the descriptions.
    A word list that names two views decides nothing.
    """
    position = text_of(dataset, "ViewPosition").upper()
    if position:
        words = {POSITIONS[word] for word in re.split(r"[^A-Z]+", position) if word in POSITIONS}
        if len(words) == 1:
            return words.pop(), None
        return None, f"ViewPosition '{position[:16]}' is not a view this program knows."
    for find in (_coded, _oriented, _described):
        view, source = find(dataset)
        if view is not None:
            return view, f"View {view} is taken from {source}, ViewPosition is empty."
    return None, None


def _coded(dataset: Dataset) -> tuple[View | None, str]:
    items = dataset.get("ViewCodeSequence") or ()
    codes = (text_of(item, "CodeValue") for item in items)
    return next((CODES[code] for code in codes if code in CODES), None), "ViewCodeSequence"


def _oriented(dataset: Dataset) -> tuple[View | None, str]:
    toward = {value.strip()[:1] for value in text_of(dataset, "PatientOrientation").upper().split("\\")}
    lateral = bool(toward & {"A", "P"}) and not toward & {"L", "R"}
    return ("LATERAL" if lateral else None), "PatientOrientation"


def _described(dataset: Dataset) -> tuple[View | None, str]:
    for keyword in DESCRIPTIONS:
        words = re.split(r"[^A-Z]+", text_of(dataset, keyword).upper())
        views = {POSITIONS[word] for word in words if word in POSITIONS}
        if len(views) == 1:
            return views.pop(), keyword
    return None, ""


def _coded_supine(dataset: Dataset) -> bool:
    positions = dataset.get("PatientOrientationCodeSequence") or ()
    modifiers = (item.get("PatientOrientationModifierCodeSequence") or () for item in positions)
    return any(text_of(code, "CodeValue") in SUPINE for codes in modifiers for code in codes)


def laterality_of(dataset: Dataset) -> Laterality | None:
    """Give the side from ImageLaterality, where that is empty from Laterality; None for every value but L, R and B."""
    side = text_of(dataset, "ImageLaterality") or text_of(dataset, "Laterality")
    return SIDES.get(side.upper())


def position_notes(dataset: Dataset) -> tuple[str, ...]:
    """Say when the header means that the picture was taken lying."""
    described = " ".join(text_of(dataset, keyword).upper() for keyword in ("ViewPosition", *DESCRIPTIONS))
    supine = "SUPINE" in described or _coded_supine(dataset)
    return ("The header describes the image as supine.",) if supine else ()
