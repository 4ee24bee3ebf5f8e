"""The report as Markdown."""

from collections.abc import Sequence
from pathlib import Path

from overread.export._output import Export, Writer
from overread.export._report_state import why_no_report
from overread.outputs.document import document_of
from overread.outputs.rendering import as_markdown
from overread.store.files import write_whole


class MarkdownWriter:
    """Writes report.md, which names no patient."""

    name = "markdown"
    describe = "The report with numbered citations as Markdown (report.md)."

    def why_not(self, export: Export) -> str | None:
        """Say why there is no report to write, or None."""
        return why_no_report(export.file)

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write the file and give its path."""
        path = folder / "report.md"
        write_whole(path, as_markdown(document_of(export.file)).encode())
        return (path,)


def build() -> Writer:
    """Build the writer."""
    return MarkdownWriter()
