"""The report's PDF as a DICOM object of its study (Encapsulated PDF, PS3.3 A.45.1)."""

from collections.abc import Sequence
from pathlib import Path

from overread.export._dicom import no_study, write_object
from overread.export._encapsulated import encapsulated
from overread.export._extras import not_installed
from overread.export._output import Export, Writer
from overread.export.pdf import pdf_of

FILE = "report-pdf.dcm"


class PdfDicom:
    """Writes one object beside the images of the study."""

    name = "pdf-dicom"
    describe = "The report's PDF as a DICOM object (Encapsulated PDF)."

    def why_not(self, export: Export) -> str | None:
        """Say why there is none: a plain picture belongs to no DICOM study."""
        return no_study(export) or not_installed("pdf", "reportlab", "matplotlib")

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write `report-pdf.dcm`; raises `Unavailable` without what makes PDFs."""
        return [write_object(encapsulated(export, pdf_of(export)), folder / FILE)]


def build() -> Writer:
    """Give the kind."""
    return PdfDicom()
