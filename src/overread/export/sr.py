"""A case as a DICOM Comprehensive SR (PS3.3 A.35.3) of the template TID 1500, Measurement Report."""

from collections.abc import Sequence
from pathlib import Path

from highdicom.sr import ComprehensiveSR
from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage

from overread.export import _codes as code
from overread.export._dicom import (
    MANUFACTURER,
    SERIES_NUMBERS,
    components,
    finish,
    images_read,
    no_study,
    series_uid,
    source_of,
    write_object,
)
from overread.export._output import Export, Writer
from overread.export._sr_content import content_of, groups_of
from overread.export._states import State, newest

ORGANIZATION = "not stated"
"""VerifyingOrganization may not be empty (type 1), and no setting says where the signer works."""


class StructuredReport:
    """Measurements, findings, and the sentences of the report, as they are in its newest state."""

    name = "sr"
    describe = "DICOM Comprehensive SR, TID 1500: findings, measurements, sentences; sr.dcm"

    def why_not(self, export: Export) -> str | None:
        """Say why there is none: no DICOM study, or nothing that is coded."""
        if why := no_study(export):
            return why
        if not groups_of(export, newest(export.file), _sources(export)):
            return "neither a finding nor a measurement stands that could be coded"
        return None

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write `sr.dcm`."""
        return [write_object(document(export, newest(export.file)), folder / "sr.dcm")]


def build() -> Writer:
    """Give the writer."""
    return StructuredReport()


def document(export: Export, state: State) -> Dataset:
    """Make the document of one state: a draft is preliminary, partial and unverified, a final report none of these."""
    sources = _sources(export)
    before = state.before()
    made = ComprehensiveSR(
        evidence=sources,
        content=content_of(export, state, sources),
        series_instance_uid=series_uid(export.file, "sr"),
        series_number=SERIES_NUMBERS["sr"],
        sop_instance_uid=state.uid("sr"),
        instance_number=state.number,
        manufacturer=MANUFACTURER,
        is_complete=state.version is not None,
        is_final=state.final,
        is_verified=state.final,
        verifying_observer_name=components(state.version.signed_by) if state.version and state.final else None,
        verifying_organization=ORGANIZATION if state.final else None,
        previous_versions=[before.named("sr", ComprehensiveSRStorage)] if before else None,
        coding_schemes=[code.own_scheme()],
        series_description="Overread structured report",
    )
    if state.final:
        made.VerifyingObserverSequence[0].VerificationDateTime = state.at.strftime("%Y%m%d%H%M%S%z")
    return finish(made, export, state.at)


def _sources(export: Export) -> list[Dataset]:
    return [source_of(export, series, image) for series, image in images_read(export.file)]
