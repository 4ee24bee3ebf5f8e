"""Text, Markdown, HTML and every other kind: what has no report is refused, no name of a file says whose it is."""

from pathlib import Path

import pytest

from overread.export import fhir, html, markdown, pdf, text
from overread.export._output import Writer
from overread.outputs.document import document_of
from overread.outputs.rendering import as_html, as_markdown, as_text
from tests.export import case_exports as cases

KINDS = (text, markdown, html, pdf, fhir)
WRITERS: tuple[Writer, ...] = tuple(kind.build() for kind in KINDS)
PLAIN = (
    (text.build(), "report.txt", as_text),
    (markdown.build(), "report.md", as_markdown),
    (html.build(), "report.html", as_html),
)


@pytest.mark.parametrize("make", [cases.draft, cases.signed, cases.appended])
def test_documents_are_what_the_case_has_as_text(tmp_path: Path, make) -> None:
    export = cases.export_of(make, tmp_path / "home")
    for writer, name, render in PLAIN:
        (path,) = writer.write(export, tmp_path)
        assert path == tmp_path / name
        assert path.read_text() == render(document_of(export.file))


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.name)
def test_a_kind_is_named_by_its_file_and_writes_whole_files_without_a_name_of_the_patient(
    tmp_path: Path, writer: Writer
) -> None:
    export = cases.export_of(cases.draft, tmp_path / "home")
    out = tmp_path / "out"
    out.mkdir()
    assert writer.why_not(export) is None
    (path,) = writer.write(export, out)
    first = path.read_bytes()
    assert writer.write(export, out) == (path,)
    assert path.read_bytes() == first
    assert [each.name for each in out.iterdir()] == [path.name]
    assert writer.name in {kind.__name__.rpartition(".")[2] for kind in KINDS}
    assert not any(part in str(path.relative_to(tmp_path)) for part in ("Müller", "4711", "1941"))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (cases.refused, "refused at the gate"),
        (cases.rejected, "draft was rejected"),
        (cases.waiting, "nothing has read"),
    ],
)
def test_a_case_without_a_report_is_refused_by_every_kind_in_one_sentence(tmp_path: Path, make, why: str) -> None:
    export = cases.export_of(make, tmp_path)
    for writer in WRITERS:
        said = writer.why_not(export)
        assert said is not None
        assert why in said
        assert export.file.case_id in said
        assert "Müller" not in said
