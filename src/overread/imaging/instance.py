"""What a DICOM image says of itself, as one piece on the wire with the frames that were shown."""

from typing import NamedTuple

from pydicom.dataset import Dataset

from overread.imaging import dicom_file
from overread.imaging.header import age_of, day_of, identity_of, spacing_of, synthetic_kind, time_of
from overread.imaging.header_values import text_of
from overread.imaging.projection import laterality_of, position_notes
from overread.imaging.slices import hung_slice
from overread.imaging.wire_format import Frame, Instance
from overread.records import Hanging, Slice, Spacing, View


class Told(NamedTuple):
    """What is known of an image by the time that its frames are shown."""

    name: str
    view: View | None
    hanging: Hanging
    photometric: str
    notes: tuple[str, ...]
    place: Slice | None
    """Where a CT slice lies, as it is stored."""


def instance_of(opened: dicom_file.Opened, uids: list[str], told: Told, frames: tuple[Frame, ...]) -> Instance:
    """Describe an image by its header (`opened`), its UIDs (SOP, series, study) and what was found as it was shown."""
    dataset = opened.dataset
    spacing, spacing_notes = spacing_of(dataset)
    turned = told.hanging.transposed
    height, width = frames[0].rows, frames[0].columns
    shape = (width, height) if turned else (height, width)
    place = hung_slice(told.place, told.hanging, shape, spacing) if told.place else None
    sex = text_of(dataset, "PatientSex").upper()
    found = (*told.notes, *spacing_notes, *position_notes(dataset), *_markings(dataset))
    return Instance(
        name=told.name,
        sop_instance_uid=uids[0],
        series_uid=uids[1],
        study_uid=uids[2],
        identity=identity_of(dataset),
        accession_number=text_of(dataset, "AccessionNumber"),
        series_description=text_of(dataset, "SeriesDescription"),
        headers=opened.headers,
        modality=text_of(dataset, "Modality").upper() or "OT",
        body_part=text_of(dataset, "BodyPartExamined").upper() or None,
        view=told.view,
        laterality=laterality_of(dataset),
        photometric=told.photometric,
        spacing=_as_shown(spacing, told.hanging),
        hanging=told.hanging,
        slice=place,
        study_date=day_of(dataset, "StudyDate"),
        study_time=time_of(dataset, "StudyTime"),
        age_years=age_of(dataset),
        sex=sex if sex in {"F", "M", "O"} else None,
        synthetic=synthetic_kind(dataset),
        frames=frames,
        notes=tuple(dict.fromkeys(note for note in found if note))[:64],
    )


def _as_shown(spacing: Spacing | None, hanging: Hanging) -> Spacing | None:
    """Have the spacing change places with the rows and columns that it belongs to."""
    if spacing is None or not hanging.transposed:
        return spacing
    return spacing.model_copy(update={"row_mm": spacing.column_mm, "column_mm": spacing.row_mm})


def _markings(dataset: Dataset) -> tuple[str, ...]:
    notes = []
    if text_of(dataset, "BurnedInAnnotation").upper() == "YES":
        notes.append("The header says that text is burned into the picture.")
    if any(dataset.group_dataset(group) for group in range(0x6000, 0x6020, 2)):
        notes.append("The image has graphic overlays; they are not drawn.")
    return tuple(notes)
