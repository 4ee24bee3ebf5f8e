"""To a FHIR R4 server: one transaction, by ids that follow from the content; what is read back of it proves it."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from overread.errors import PeerError
from overread.peers.check import FHIR_JSON, json_of
from overread.peers.http import Answer, exchange, refused
from overread.peers.records import FhirServer

Json = dict[str, Any]
REPORT = "DiagnosticReport"
COMPARED = (
    "resourceType", "status", "identifier", "issued", "conclusion", "presentedForm", "valueCodeableConcept", "note",
)  # fmt: skip
MOST_BYTES = 128 * 2**20
WORD = re.compile(r"[a-z-]{1,30}")


def deliver(peer: FhirServer, files: Sequence[Path]) -> str:
    """Send a bundle, and say what proves that it is there; done twice it is done once.

    Raises `PeerError`: `conflict` where the server has a newer report of the case, or another resource by its id,
    `not_proven` where it took the bundle and gives something else back.
    """
    (path,) = files
    bundle: Json = json.loads(path.read_text(encoding="utf-8"))
    proof = _proof_of(bundle)
    if not all(_is_there(peer, item) for item in proof):
        _refuse_failed(peer, _post(peer, transaction_of(bundle, peer.patient_system)))
        if not all(_is_there(peer, item) for item in proof):
            raise PeerError("not_proven", f"{_named(peer)} took the bundle and gives something else back")
    first = proof[0]
    more = f" and {len(proof) - 1} more" if len(proof) > 1 else ""
    return f"{first['resourceType']}/{first['id']}{more} read back, {first['status']}"


def _proof_of(bundle: Json) -> list[Json]:
    """Give what is read back: the report, or all observations of a bundle that has none."""
    resources = [item["resource"] for item in bundle["entry"]]
    report = [item for item in resources if item["resourceType"] == REPORT]
    return report or [item for item in resources if item["resourceType"] == "Observation"]


def transaction_of(bundle: Json, patient_system: str | None = None) -> Json:
    """Make a transaction of a collection: PUT by id, but what the server may know already is created only if it is not.

    That is the study, by its UID, and the patient where the system of the identifier is known: a number without it may
    be another patient's.
    """
    entries = [_entry(item["fullUrl"], item["resource"], patient_system) for item in bundle["entry"]]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _entry(full_url: str, resource: Json, patient_system: str | None) -> Json:
    kind = resource["resourceType"]
    known = _known_by(resource, patient_system)
    if known is None:
        request = {"method": "PUT", "url": f"{kind}/{resource['id']}"}
        return {"fullUrl": full_url, "resource": resource, "request": request}
    system, value = known
    identified = dict(resource)
    if kind == "Patient":
        identified["identifier"] = [{**item, "system": system} for item in resource["identifier"]]
    search = f"identifier={quote(system, safe='')}%7C{quote(value, safe='')}"
    return {
        "fullUrl": full_url,
        "resource": identified,
        "request": {"method": "POST", "url": kind, "ifNoneExist": search},
    }


def _known_by(resource: Json, patient_system: str | None) -> tuple[str, str] | None:
    """Give system and value of the identifier that a server may know a resource by."""
    identifiers: list[Json] = resource.get("identifier", [])
    if resource["resourceType"] == "ImagingStudy":
        return identifiers[0]["system"], identifiers[0]["value"]
    if resource["resourceType"] == "Patient" and patient_system and identifiers:
        return patient_system, identifiers[0]["value"]
    return None


def _post(peer: FhirServer, transaction: Json) -> Answer:
    content = json.dumps(transaction, ensure_ascii=False).encode()
    headers = {"content-type": "application/fhir+json", **FHIR_JSON}
    return exchange(peer, "POST", "", headers=headers, content=content, most_bytes=MOST_BYTES)


def _refuse_failed(peer: FhirServer, answer: Answer) -> None:
    if not answer.ok:
        error = refused(peer, "the transaction", answer)
        raise PeerError(error.kind, f"{error}{_issues(answer)}")
    told = json_of(peer, "the transaction", answer)
    entries = told.get("entry", []) if isinstance(told, dict) else []
    statuses = [str(item.get("response", {}).get("status", "")) for item in entries]
    if not statuses or not all(status.startswith("2") for status in statuses):
        raise PeerError("bad_answer", f"{_named(peer)} does not say that all of the transaction was done")


def _issues(answer: Answer) -> str:
    """Give the codes of an OperationOutcome; not its words, which may quote a patient's data."""
    try:
        issues = json.loads(answer.body).get("issue", [])
        codes = dict.fromkeys(str(item.get("code")) for item in issues)
    except (ValueError, AttributeError):
        return ""
    said = [code for code in codes if WORD.fullmatch(code)]
    return f" ({', '.join(said)})" if said else ""


def _is_there(peer: FhirServer, sent: Json) -> bool:
    """Say whether the server has this report or observation, as it is; an older state of it is not there yet."""
    what = "report" if sent["resourceType"] == REPORT else "observation"
    answer = exchange(peer, "GET", f"{sent['resourceType']}/{sent['id']}", headers=FHIR_JSON, most_bytes=MOST_BYTES)
    if answer.status in (404, 410):
        return False
    there = json_of(peer, f"the {what}", answer)
    if not isinstance(there, dict):
        raise PeerError("bad_answer", f"{_named(peer)} answered no resource")
    if there.get("identifier") != sent["identifier"]:
        raise PeerError("conflict", f"{_named(peer)} has another {what} by the id of this one")
    if str(there.get("issued", "")) > sent["issued"]:
        raise PeerError("conflict", f"{_named(peer)} has a newer {what} of the case; it is not overwritten")
    return all(there.get(name) == sent.get(name) for name in COMPARED)


def _named(peer: FhirServer) -> str:
    return f"'{peer.name}' ({peer.where})"
