"""The report itself, twice: as a DiagnosticReport with the PDF, and as a Composition with a narrative a section."""

import base64
from collections.abc import Sequence
from html import escape

from overread.export._fhir_codes import (
    ADDENDUM,
    DOCUMENT_STATES,
    IMAGING_REPORT,
    IMAGING_STUDY,
    SECTION_CODES,
    Json,
    concept,
    of_system,
)
from overread.export._fhir_observations import Shared
from overread.export._fhir_parts import day, instant, known, resource, to
from overread.export._output import Export
from overread.export._report_state import report_status, report_time
from overread.export.pdf import pdf_of
from overread.outputs.document import document_of
from overread.outputs.rendering import as_text
from overread.outputs.statement_view import SectionView, section_views


def diagnostic_report(export: Export, shared: Shared, results: Sequence[Json], signer: Json | None) -> Json:
    """Give the report with its conclusion, its results, and the whole of it as PDF and as plain text."""
    file = export.file
    conclusion = [item.text for part in section_views(file) if part.name == "impression" for item in part.statements]
    return {
        **resource("DiagnosticReport", file.case_id),
        "identifier": [_identifier(export)],
        "status": report_status(file),
        "category": [of_system("v2-0074", "RAD", "Radiology")],
        "code": concept(*((file.exam.report,) if file.exam.report else ()), IMAGING_STUDY),
        "subject": shared.subject,
        "issued": instant(report_time(export)),
        **known(
            performer=[to(signer)] if signer else [],
            effectiveDateTime=day(file.case.study.study_date),
            resultsInterpreter=[to(signer)] if signer else [],
            imagingStudy=[to(shared.study)] if shared.study else [],
            result=[to(item) for item in results],
            conclusion="\n".join(conclusion),
        ),
        "presentedForm": _forms(export),
    }


def composition(export: Export, shared: Shared, results: Sequence[Json], signer: Json | None) -> Json:
    """Give the report as a document of sections: the shape of the European imaging report."""
    file = export.file
    status, at = report_status(file), instant(report_time(export))
    mode = "legal" if file.final is not None else "professional"
    return {
        **resource("Composition", file.case_id),
        "identifier": _identifier(export),
        "status": DOCUMENT_STATES[status],
        "type": concept(IMAGING_REPORT, IMAGING_STUDY),
        "subject": shared.subject,
        "date": at,
        "author": [to(signer), to(shared.program)] if signer else [to(shared.program)],
        "title": document_of(file).title,
        **known(attester=[{"mode": mode, "time": at, "party": to(signer)}] if signer else []),
        "section": [
            *(_section(part, results) for part in section_views(file)),
            *(_narrative("Addendum", [item.text], concept(ADDENDUM)) for item in file.addenda),
        ],
    }


def _identifier(export: Export) -> Json:
    return {"type": {"text": "Overread case"}, "value": export.file.case_id}


def _forms(export: Export) -> list[Json]:
    text = as_text(document_of(export.file)).encode()
    forms = (("application/pdf", pdf_of(export)), ("text/plain; charset=utf-8", text))
    return [
        {"contentType": kind, "language": "en", "data": base64.b64encode(data).decode(), "title": "Report"}
        for kind, data in forms
    ]


def _section(part: SectionView, results: Sequence[Json]) -> Json:
    code = SECTION_CODES.get(part.name)
    entries = [to(item) for item in results] if part.name == "findings" else []
    said = _narrative(part.title, [item.text for item in part.statements], concept(code) if code else None)
    return {**said, **known(entry=entries)}


def _narrative(title: str, sentences: Sequence[str], code: Json | None) -> Json:
    lines = "".join(f"<p>{escape(sentence, quote=False)}</p>" for sentence in sentences)
    text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{lines}</div>'}
    return {"title": title, **known(code=code), "text": text}
