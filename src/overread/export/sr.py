"""A case as a DICOM Comprehensive SR (PS3.3 A.35.3) of the template TID 1500, Measurement Report."""

from collections.abc import Sequence
from pathlib import Path

from pydicom.dataset import Dataset

from overread.export._dicom import no_study, write_object
from overread.export._output import Export, Writer
from overread.export._sr_content import content_of, groups_of
from overread.export._sr_document import sources_of, structured
from overread.export._states import State, newest


class StructuredReport:
    """Measurements, findings, and the sentences of the report, as they are in its newest state."""

    name = "sr"
    describe = "DICOM Comprehensive SR, TID 1500: findings, measurements, sentences; sr.dcm"

    def why_not(self, export: Export) -> str | None:
        """Say why there is none: no DICOM study, or nothing that is coded."""
        if why := no_study(export):
            return why
        if not groups_of(export, newest(export.file), sources_of(export)):
            return "neither a finding nor a measurement stands that could be coded"
        return None

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write `sr.dcm`."""
        return [write_object(document(export, newest(export.file)), folder / "sr.dcm")]


def build() -> Writer:
    """Give the writer."""
    return StructuredReport()


def document(export: Export, state: State) -> Dataset:
    """Make the document of one state."""
    return structured(export, state, "sr", content_of(export, state, sources_of(export)))
