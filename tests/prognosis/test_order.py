"""Values come with the order, as JSON or as FHIR Observations of its patient, in one unit each."""

from typing import Any

import pytest
from pydantic import ValidationError

from overread.receiving.fhir_order import orders_of
from overread.records import Observation, Order, content_digest


def bundle(**changes: Any) -> dict[str, Any]:
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "subject": {"reference": "Patient/1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "1988-5"}]},
        "valueQuantity": {"value": 4.2, "unit": "mg/dL", "code": "mg/dL"},
        "effectiveDateTime": "2026-12-01T08:00:00Z",
    }
    request = {"resourceType": "ServiceRequest", "status": "active", "subject": {"reference": "Patient/1"}}
    resources = [request, {**observation, **changes}]
    return {"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}


def test_an_observation_of_the_orders_patient_is_read_in_its_own_unit() -> None:
    (value,) = orders_of(bundle())[0].order.observations
    assert (value.code, value.value, value.unit, value.name) == ("1988-5", 42.0, "mg/L", "C-reactive protein")
    assert value.at is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": {"reference": "Patient/2"}},
        {"subject": None},
        {"status": "entered-in-error"},
        {"valueQuantity": {"value": 5, "comparator": "<", "unit": "mg/L"}},
        {"valueQuantity": {"value": 5, "unit": "furlongs"}},
        {"valueQuantity": None, "valueString": "high"},
        {"code": {"coding": "1988-5"}},
    ],
)
def test_what_is_of_another_patient_or_no_plain_value_is_left_out(changes: dict[str, Any]) -> None:
    assert orders_of(bundle(**changes))[0].order.observations == ()


def test_an_order_without_values_keeps_the_digest_that_it_had() -> None:
    assert "observations" not in Order(question="Effusion?").model_dump()
    with_one = Order.model_validate({"observations": [{"code": "8310-5", "value": 38.2, "unit": "Cel"}]})
    assert Order.model_validate(with_one.model_dump(mode="json")) == with_one
    assert content_digest(with_one.model_dump(mode="json")) != content_digest(Order().model_dump(mode="json"))


@pytest.mark.parametrize("given", [{"value": 5000}, {"value": float("nan")}, {"unit": "kPa"}, {"note": "of Ann"}])
def test_an_impossible_value_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Observation.model_validate({"code": "1988-5", "value": 5, "unit": "mg/L", **given})
