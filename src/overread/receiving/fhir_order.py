"""Orders as FHIR R4 ServiceRequest: in a file, in a Bundle, or at a server.

What is read of one is little and may be missing; what else a site puts there is left alone. A server is asked by POST
(`_search`), because the address of a GET would hold the accession number and be logged on its way.
"""

import json
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from overread.errors import PeerError, UsageError
from overread.imaging import PatientIdentity
from overread.imaging.plain_text import plain_text
from overread.peers.http import exchange, refused
from overread.peers.records import FhirServer
from overread.receiving.fhir_observations import observations_of
from overread.receiving.order_source import Asked, FoundOrder
from overread.records import Order, Priority

PRIORITY: dict[str, Priority] = {"stat": "STAT", "asap": "urgent", "urgent": "urgent", "routine": "routine"}
SEX = {"male": "M", "female": "F", "other": "O"}
GONE = frozenset({"revoked", "entered-in-error", "completed", "draft"})
"""Values of ServiceRequest.status that ask for nothing any more, or not yet."""
ACCESSION = "ACSN"
"""Code of an accession number in HL7's table of identifier types (v2-0203)."""
MOST_BYTES = 8 * 2**20


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Coding(_Read):
    code: str | None = None
    display: str | None = None


class Concept(_Read):
    """Codes and words of one thing."""

    text: str | None = None
    coding: tuple[_Coding, ...] = ()

    @property
    def words(self) -> str:
        """Give its words, else those of its first code that has some."""
        return self.text or next((each.display for each in self.coding if each.display), "")


class Identifier(_Read):
    """A number, whose it is, and of what type."""

    value: str | None = None
    system: str | None = None
    type: Concept = Concept()


class Reference(_Read):
    """What is named by its place, or by its number."""

    reference: str | None = None
    identifier: Identifier | None = None


class _Note(_Read):
    text: str = ""


class _Name(_Read):
    family: str = ""
    given: tuple[str, ...] = ()


class Patient(_Read):
    """A Patient, as far as people are told apart by it."""

    resourceType: Literal["Patient"]  # noqa: N815
    id: str | None = None
    identifier: tuple[Identifier, ...] = ()
    name: tuple[_Name, ...] = ()
    birthDate: str | None = None  # noqa: N815
    gender: str | None = None


class ServiceRequest(_Read):
    """A ServiceRequest, as far as an order is read from it."""

    resourceType: Literal["ServiceRequest"]  # noqa: N815
    status: str | None = None
    identifier: tuple[Identifier, ...] = ()
    priority: str | None = None
    code: Concept = Concept()
    reasonCode: tuple[Concept, ...] = ()  # noqa: N815
    note: tuple[_Note, ...] = ()
    subject: Reference = Reference()
    contained: tuple[dict[str, Any], ...] = Field(default=(), max_length=64)

    @property
    def accession_number(self) -> str | None:
        """Give the identifier of type ACSN, else the only one."""
        typed = [each.value for each in self.identifier if any(code.code == ACCESSION for code in each.type.coding)]
        values = typed or [each.value for each in self.identifier]
        return values[0] if len(values) == 1 else None


class FhirOrders:
    """A FHIR server that knows orders."""

    def __init__(self, server: FhirServer) -> None:
        self._server = server

    def find(self, asked: Asked) -> Sequence[FoundOrder]:
        """Give the orders of the accession number; a server is not searched by a patient's identifier alone."""
        found: list[FoundOrder] = []
        for number in sorted(asked.accession_numbers):
            form = urlencode({"identifier": number, "_include": "ServiceRequest:subject"})
            answer = exchange(
                self._server,
                "POST",
                "ServiceRequest/_search",
                headers={"accept": "application/fhir+json", "content-type": "application/x-www-form-urlencoded"},
                content=form.encode(),
                most_bytes=MOST_BYTES,
            )
            if not answer.ok:
                raise refused(self._server, "a search for an order", answer)
            try:
                found += orders_of(json.loads(answer.body))
            except (ValueError, UsageError):
                where = f"'{self._server.name}' ({self._server.where})"
                raise PeerError("bad_answer", f"{where} answers a search for an order with no FHIR Bundle") from None
        return [each for each in found if each.order.accession_number in asked.accession_numbers]


def orders_of(content: Any) -> list[FoundOrder]:
    """Read a ServiceRequest, or a Bundle with some and their patients; raises `UsageError` with what is wrong."""
    try:
        return _orders(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole resource"
        raise UsageError(f"{where}: {first['msg']}") from None


def _orders(content: Any) -> list[FoundOrder]:
    if not isinstance(content, dict):
        raise UsageError("no FHIR resource")
    entries = content.get("entry") or [] if content.get("resourceType") == "Bundle" else [{"resource": content}]
    resources = [
        each["resource"] for each in entries if isinstance(each, dict) and isinstance(each.get("resource"), dict)
    ]
    patients = [Patient.model_validate(each) for each in resources if each.get("resourceType") == "Patient"]
    requests = [
        ServiceRequest.model_validate(each) for each in resources if each.get("resourceType") == "ServiceRequest"
    ]
    if not requests and content.get("resourceType") != "Bundle":
        raise UsageError("no ServiceRequest")
    return [_found(request, patients, resources) for request in requests if request.status not in GONE]


def _found(request: ServiceRequest, patients: Sequence[Patient], resources: Sequence[dict[str, Any]]) -> FoundOrder:
    contained = [Patient.model_validate(each) for each in request.contained if each.get("resourceType") == "Patient"]
    name = (request.subject.reference or "").split("/")[-1].lstrip("#")
    known = [patient for patient in (*contained, *patients) if patient.id and patient.id == name]
    order = Order(
        accession_number=plain_text(request.accession_number) if request.accession_number else None,
        indication="; ".join(filter(None, (reason.words for reason in request.reasonCode))) or None,
        question="; ".join(filter(None, (note.text for note in request.note))) or None,
        priority=PRIORITY.get(request.priority or "", "routine"),
        requested_procedure=request.code.words or None,
        observations=observations_of((*request.contained, *resources), request.subject.reference),
    )
    return FoundOrder(order, identity_of(known[0]) if known else identity_by_number(request.subject.identifier))


def identity_of(patient: Patient) -> PatientIdentity:
    """Give what tells people apart; the system of an identifier is no issuer as DICOM writes it, and left out."""
    name = patient.name[0] if patient.name else _Name()
    return PatientIdentity(
        patient_id=next((each.value for each in patient.identifier if each.value), ""),
        name="^".join(filter(None, (name.family, " ".join(name.given)))),
        birth_date=(patient.birthDate or "").replace("-", "")
        if len(patient.birthDate or "") == len("YYYY-MM-DD")
        else "",
        sex=SEX.get(patient.gender or "", ""),
    )


def identity_by_number(identifier: Identifier | None) -> PatientIdentity:
    """Give what is known of a patient of whom nothing but a number is said."""
    return PatientIdentity(patient_id=identifier.value if identifier and identifier.value else "")
