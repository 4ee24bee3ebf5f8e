"""A case as a workitem of UPS-RS, in the DICOM JSON Model (PS3.18 F)."""

from collections.abc import Sequence
from pathlib import Path

from overread.export._dicom import no_study
from overread.export._output import Export, Writer
from overread.export._workitem import workitem_of
from overread.outputs.case_json import to_bytes
from overread.store.files import write_whole


class Workitem:
    """Writes ups.json."""

    name = "ups"
    describe = "the case as a Unified Procedure Step, IN PROGRESS or COMPLETED, DICOM JSON (ups.json)"

    def why_not(self, export: Export) -> str | None:
        """Say why there is none: no DICOM study."""
        return no_study(export)

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write the file and give its path."""
        path = folder / "ups.json"
        write_whole(path, to_bytes([workitem_of(export).to_json_dict()]))
        return (path,)


def build() -> Writer:
    """Build the writer."""
    return Workitem()
