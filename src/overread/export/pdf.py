"""The report as PDF, A4: identity and page number on every page, and NOT SIGNED across those of a draft."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from overread.export._extras import not_installed
from overread.export._output import Export, Writer
from overread.export._pdf_fonts import register_fonts
from overread.export._pdf_labels import page_labels
from overread.export._report_state import report_time, why_no_report
from overread.outputs.document import document_of
from overread.outputs.evidence_text import SHORT_DIGEST
from overread.records import NO_MODEL, CaseFile, ToolRun
from overread.store.files import write_whole


class PdfWriter:
    """Writes report.pdf."""

    name = "pdf"
    describe = "The report as PDF, A4, with the patient's identity on every page (report.pdf)."

    def why_not(self, export: Export) -> str | None:
        """Say why there is no report to write, or None."""
        return why_no_report(export.file) or not_installed("pdf", "reportlab", "matplotlib")

    def write(self, export: Export, folder: Path) -> Sequence[Path]:
        """Write the file and give its path. Raises `Unavailable` where reportlab or the fonts are not installed."""
        path = folder / "report.pdf"
        write_whole(path, pdf_of(export))
        return (path,)


def build() -> Writer:
    """Build the writer."""
    return PdfWriter()


def pdf_of(export: Export) -> bytes:
    """Give the report of a case as PDF; the same case and version of the program give the same bytes.

    Its date is the newest signature's, or that of the tools that the draft rests on. Raises `Unavailable` where
    reportlab or the fonts are not installed.
    """
    register_fonts()
    from overread.export._pdf_page import pages_of
    from overread.export._pdf_story import story_of

    document = document_of(export.file)
    lines = tuple(_signature(export.file, document.closing))
    story = story_of(document, lines, tuple(_made_by(export.file)))
    return pages_of(story, page_labels(export), document.title, report_time(export))


def _signature(file: CaseFile, closing: str) -> Iterator[str]:
    if file.final is None and file.preliminary is None:
        yield "NOT SIGNED"
    yield closing
    newest = file.newest
    if newest is not None and (file.final is not None or file.preliminary is not None):
        yield f"SHA-256 of the signed text: {newest.text_digest}"


def _made_by(file: CaseFile) -> Iterator[str]:
    manifest = file.manifest
    yield f"Overread {manifest.overread_version}, graph {manifest.graph_version}, profile {manifest.profile}"
    yield from dict.fromkeys(_run(run) for run in manifest.tool_runs)


def _run(run: ToolRun) -> str:
    model = f", {PurePath(run.model).name}" if run.model not in (None, NO_MODEL) else ""
    weights = f", weights {run.weights_digest[:SHORT_DIGEST]}" if run.weights_digest else ""
    return f"{run.tool} {run.version}{model}{weights}"
