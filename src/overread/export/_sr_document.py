"""What the structured documents share: who signed, how final it is, and which state of the report was before."""

from highdicom.sr import ComprehensiveSR
from pydicom.dataset import Dataset
from pydicom.uid import UID, ComprehensiveSRStorage

from overread.export import _codes as code
from overread.export._dicom import (
    MANUFACTURER,
    SERIES_NUMBERS,
    components,
    finish,
    images_read,
    series_uid,
    source_of,
)
from overread.export._output import Export
from overread.export._states import State

ORGANIZATION = "not stated"
"""VerifyingOrganization may not be empty (type 1), and no setting says where the signer works."""


def sources_of(export: Export) -> list[Dataset]:
    """Give the headers of the images that were read."""
    return [source_of(export, series, image) for series, image in images_read(export.file)]


def structured(
    export: Export, state: State, kind: str, content: Dataset, sop_class: UID = ComprehensiveSRStorage
) -> Dataset:
    """Make the document of one state: a draft is preliminary, partial and unverified, a final report none of these.

    Basic Text SR has the modules of Comprehensive SR and fewer kinds of content (PS3.3 A.35.1 and A.35.3).
    """
    before = state.before()
    made = ComprehensiveSR(
        evidence=sources_of(export),
        content=content,
        series_instance_uid=series_uid(export.file, kind),
        series_number=SERIES_NUMBERS[kind],
        sop_instance_uid=state.uid(kind),
        instance_number=state.number,
        manufacturer=MANUFACTURER,
        is_complete=state.version is not None,
        is_final=state.final,
        is_verified=state.final,
        verifying_observer_name=components(state.version.signed_by) if state.version and state.final else None,
        verifying_organization=ORGANIZATION if state.final else None,
        previous_versions=[before.named(kind, sop_class)] if before else None,
        coding_schemes=[code.own_scheme()],
        series_description="Overread structured report",
    )
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = sop_class
    if state.final:
        made.VerifyingObserverSequence[0].VerificationDateTime = state.at.strftime("%Y%m%d%H%M%S%z")
    return finish(made, export, state.at)
