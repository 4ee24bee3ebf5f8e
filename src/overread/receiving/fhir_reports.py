"""Reports that were signed elsewhere, asked of a FHIR R4 server: what changed since the last time, by POST.

A server that is asked again says the same again, and that changes nothing. Its own clock (`meta.lastUpdated`) says
where to go on; the last second is asked for twice.
"""

import base64
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from overread.errors import PeerError
from overread.imaging.plain_text import plain_lines, plain_text
from overread.peers.check import FHIR_JSON, json_of
from overread.peers.http import exchange
from overread.peers.records import FhirServer
from overread.receiving.fhir_order import (
    Concept,
    Identifier,
    Patient,
    Reference,
    ServiceRequest,
    identity_by_number,
    identity_of,
)
from overread.receiving.narrative import words_of
from overread.records import ElsewhereStatus
from overread.store.reports_elsewhere import SignedElsewhere

SIGNED: dict[str, ElsewhereStatus] = {
    "final": "final", "amended": "amended", "corrected": "amended", "appended": "amended",
    "cancelled": "withdrawn", "entered-in-error": "withdrawn",
}  # fmt: skip
"""DiagnosticReport.status; all others are of a report that nobody has signed yet."""
ACCESSION, STUDY, OURS = "ACSN", "urn:dicom:uid", "Overread case"
AT_ONCE, MOST_PAGES, MOST_BYTES = "50", 200, 64 * 2**20


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Meta(_Read):
    lastUpdated: datetime | None = None  # noqa: N815


class _Form(_Read):
    contentType: str = ""  # noqa: N815
    data: str | None = None


class _Narrative(_Read):
    div: str = ""


class Report(_Read):
    """A DiagnosticReport, as far as it is read."""

    id: str
    meta: _Meta = _Meta()
    status: str = ""
    category: tuple[Concept, ...] = ()
    identifier: tuple[Identifier, ...] = ()
    basedOn: tuple[Reference, ...] = ()  # noqa: N815
    imagingStudy: tuple[Reference, ...] = ()  # noqa: N815
    subject: Reference = Reference()
    issued: datetime | None = None
    conclusion: str = ""
    text: _Narrative = _Narrative()
    presentedForm: tuple[_Form, ...] = ()  # noqa: N815
    contained: tuple[dict[str, Any], ...] = Field(default=(), max_length=64)


class Page(NamedTuple):
    """What one look at a server gave."""

    reports: tuple[SignedElsewhere, ...]
    until: int | None
    """Seconds since 1970 of the newest change; None where nothing was found."""


def changed_reports(server: FhirServer, since: int, category: str | None) -> Page:
    """Ask for the signed reports that changed since a moment (seconds since 1970); raises `PeerError`."""
    asked = {"_lastUpdated": f"ge{datetime.fromtimestamp(since, UTC):%Y-%m-%dT%H:%M:%SZ}", "_sort": "_lastUpdated"}
    asked |= {"status": ",".join(SIGNED), "_count": AT_ONCE} | ({"category": category} if category else {})
    form = [*asked.items(), ("_include", "DiagnosticReport:subject"), ("_include", "DiagnosticReport:based-on")]
    found: list[SignedElsewhere] = []
    until = None
    for bundle in _pages(server, urlencode(form).encode()):
        try:
            for report, read in _reports(server, bundle):
                changed = read.meta.lastUpdated
                until = max(until or 0, int(changed.timestamp())) if changed else until
                if report is not None:
                    found.append(report)
        except ValidationError:
            raise PeerError("bad_answer", f"{_named(server)} gives a report that is no FHIR R4") from None
    return Page(tuple(found), until)


def _pages(server: FhirServer, form: bytes) -> Iterator[dict[str, Any]]:
    headers = {**FHIR_JSON, "content-type": "application/x-www-form-urlencoded"}
    path = "DiagnosticReport/_search"
    answer = exchange(server, "POST", path, headers=headers, content=form, most_bytes=MOST_BYTES)
    for _ in range(MOST_PAGES):
        bundle = json_of(server, "a search for reports", answer)
        if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
            raise PeerError("bad_answer", f"{_named(server)} answers a search for reports with no FHIR Bundle")
        yield bundle
        links = bundle.get("link") or []
        following = next((str(each.get("url")) for each in links if each.get("relation") == "next"), None)
        if following is None:
            return
        if not following.startswith((f"{server.url}/", f"{server.url}?")):
            raise PeerError("bad_answer", f"{_named(server)} has its next page elsewhere, which is not followed")
        path = following.removeprefix(server.url).lstrip("/")
        answer = exchange(server, "GET", path, headers=FHIR_JSON, most_bytes=MOST_BYTES)
    raise PeerError("bad_answer", f"{_named(server)} has more than {MOST_PAGES} pages; ask since a later day")


def _reports(server: FhirServer, bundle: dict[str, Any]) -> Iterator[tuple[SignedElsewhere | None, Report]]:
    """Give the reports of a page; None in the place of those that nobody signed, and of our own."""
    resources = [each.get("resource") for each in bundle.get("entry") or [] if isinstance(each, dict)]
    known = [each for each in resources if isinstance(each, dict)]
    for resource in known:
        if resource.get("resourceType") == "DiagnosticReport":
            read = Report.model_validate(resource)
            yield signed_report(server, read, [*read.contained, *known]), read


def signed_report(server: FhirServer, read: Report, known: Sequence[dict[str, Any]]) -> SignedElsewhere | None:
    """Give a report as it is kept, `known` being what it refers to; None for one that nobody signed, and of our own."""
    status = SIGNED.get(read.status)
    if status is None or any(each.type.text == OURS for each in read.identifier):
        return None
    patient = _of(known, "Patient", read.subject)
    identity = identity_of(Patient.model_validate(patient)) if patient else identity_by_number(read.subject.identifier)
    return SignedElsewhere(
        source=server.name,
        key=read.id,
        status=status,
        text="" if status == "withdrawn" else plain_lines(_text(server, read)),
        accession_number=plain_text(_accession(read, known)),
        study_uid=_study(read, known),
        identity=identity.model_dump(),
        at=f"{read.issued.astimezone(UTC):%Y%m%d%H%M%S}" if read.issued else "",
    )


def _of(known: Sequence[dict[str, Any]], kind: str, named: Reference) -> dict[str, Any] | None:
    identity = (named.reference or "").split("/")[-1].lstrip("#")
    of_kind = (each for each in known if each.get("resourceType") == kind)
    return next((each for each in of_kind if identity and each.get("id") == identity), None)


def _accession(read: Report, known: Sequence[dict[str, Any]]) -> str:
    """Give the identifier of type ACSN: of the report, of what it is based on, or of the order itself."""
    named = (*read.identifier, *(each.identifier for each in read.basedOn if each.identifier))
    typed = [each.value for each in named if each.value and any(code.code == ACCESSION for code in each.type.coding)]
    orders = (_of(known, "ServiceRequest", each) for each in read.basedOn)
    placed = [ServiceRequest.model_validate(each).accession_number for each in orders if each]
    return next(filter(None, (*typed, *placed)), "")


def _study(read: Report, known: Sequence[dict[str, Any]]) -> str:
    named = [each.identifier for each in read.imagingStudy if each.identifier]
    for reference in read.imagingStudy:
        study = _of(known, "ImagingStudy", reference) or {}
        named += [Identifier.model_validate(each) for each in study.get("identifier") or []]
    values = (each.value or "" for each in named if each.system == STUDY)
    return next((value.removeprefix("urn:oid:") for value in values), "")


def _text(server: FhirServer, read: Report) -> str:
    """Give the whole as plain text: as it is presented, else the narrative, with the conclusion where that lacks it."""
    plain = (each for each in read.presentedForm if each.contentType.startswith("text/plain") and each.data)
    form = next(plain, None)
    body = _decoded(server, form.data or "") if form else words_of(read.text.div)
    concluded = read.conclusion.strip()
    missing = concluded and " ".join(concluded.split()) not in " ".join(body.split())
    return f"{body}\n\nIMPRESSION:\n{concluded}" if missing else body


def _decoded(server: FhirServer, data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except ValueError:
        raise PeerError("bad_answer", f"{_named(server)} gives a report whose text is no UTF-8") from None


def _named(server: FhirServer) -> str:
    return f"'{server.name}' ({server.where})"
