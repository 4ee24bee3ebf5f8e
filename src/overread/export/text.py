"""The report as plain text."""

from collections.abc import Sequence
from pathlib import Path

from overread.export._output import Export, Writer
from overread.export._report_state import why_no_report
from overread.outputs.document import document_of
from overread.outputs.rendering import as_text
from overread.store.files import write_whole


class TextWriter:
    """Writes report.txt, which names no patient."""

    name = "text"
    describe = "The report with numbered citations as plain text (report.txt)."

    def why_not(self, export: Export) -> str | None:
        """Say why there is no report to write, or None."""
        return why_no_report(export.file)

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write the file and give its path."""
        path = folder / "report.txt"
        write_whole(path, as_text(document_of(export.file)).encode())
        return (path,)


def build() -> Writer:
    """Build the writer."""
    return TextWriter()
