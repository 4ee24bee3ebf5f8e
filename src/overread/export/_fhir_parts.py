"""Ids, references and times of a bundle: the same content has the same ids, whenever and wherever it is written."""

import uuid
from datetime import UTC, datetime

from overread.export._fhir_codes import Json

_SPACE = uuid.uuid5(uuid.NAMESPACE_OID, "overread fhir resources")


def resource(kind: str, *key: str) -> Json:
    """Begin a resource of a kind, whose id follows from what it is of."""
    return {"resourceType": kind, "id": str(uuid.uuid5(_SPACE, "\n".join((kind, *key))))}


def full_url(of: Json) -> str:
    """Give the address that entries of a bundle refer to a resource by."""
    return f"urn:uuid:{of['id']}"


def to(of: Json) -> Json:
    """Refer to a resource of the same bundle."""
    return {"reference": full_url(of), "type": of["resourceType"]}


def instant(at: datetime) -> str:
    """Write a moment as FHIR's instant: UTC, whole seconds."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def day(date: str | None) -> str | None:
    """Write a DICOM date as FHIR's; None for none and for what is no date."""
    try:
        return datetime.strptime(date or "", "%Y%m%d").date().isoformat()
    except ValueError:
        return None


def known(**fields: object) -> Json:
    """Leave out the fields that are not known: FHIR has no empty ones."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}
