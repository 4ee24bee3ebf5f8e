"""FHIR Observations beside an order: final ones with a LOINC code and a quantity, of the order's own patient."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from overread.records import Observation

LOINC = "http://loinc.org"
TAKEN = frozenset({"final", "amended", "corrected"})
MOST = 64
"""As many as an order holds; the rest is left out."""


def observations_of(resources: Sequence[Mapping[str, Any]], patient: str | None) -> tuple[Observation, ...]:
    """Give what can be taken of the resources; `patient` is the subject of the order, as it is referred to.

    What is no number with a unit, of another patient, of nobody, or impossible is left out: a value that is missing
    makes the prognosis abstain, and stops no reading.
    """
    return tuple(_all(resources, patient))[:MOST]


def _all(resources: Sequence[Mapping[str, Any]], patient: str | None) -> Iterator[Observation]:
    for each in resources:
        if each.get("resourceType") != "Observation" or each.get("status") not in TAKEN:
            continue
        subject = _inside(each, "subject").get("reference")
        if not patient or subject != patient:
            continue
        quantity, codings = _inside(each, "valueQuantity"), _inside(each, "code").get("coding")
        if quantity.get("comparator"):  # '<0.3' is no value
            continue
        for coding in codings if isinstance(codings, list) else ():
            if isinstance(coding, dict) and coding.get("system") == LOINC:
                given = {
                    "code": coding.get("code"),
                    "value": quantity.get("value"),
                    "unit": quantity.get("code") or quantity.get("unit"),
                    "at": each.get("effectiveDateTime"),
                }
                try:
                    yield Observation.model_validate(given)
                except ValidationError:
                    continue
                break


def _inside(resource: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = resource.get(name)
    return found if isinstance(found, dict) else {}
