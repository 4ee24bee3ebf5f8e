"""What was measured of the patient, as it comes with an order: a LOINC code, a value and its unit (UCUM).

No text of anybody is in here. A unit is checked against the code's own, where the code is one of `KNOWN`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Self

from pydantic import Field, model_validator

from overread.records._record import Record


class Kind(NamedTuple):
    """What a code stands for."""

    name: str
    unit: str
    """UCUM; values are told in it."""
    low: float
    high: float
    """Values beyond these are a mistake of the unit or of the hand."""
    also: Mapping[str, float] = {}
    """Another unit to the factor that makes it `unit`."""


_PER_LITRE = {"10*9/L": 1.0, "10^9/L": 1.0, "10^3/uL": 1.0, "/uL": 1e-3}
KNOWN: dict[str, Kind] = {
    "1988-5": Kind("C-reactive protein", "mg/L", 0, 1000, {"mg/dL": 10.0}),
    "48065-7": Kind("D-dimer (FEU)", "mg/L", 0, 1000, {"ug/mL": 1.0, "mg/L{FEU}": 1.0, "ng/mL": 1e-3, "ug/L": 1e-3}),
    "2532-0": Kind("lactate dehydrogenase", "U/L", 0, 50_000, {"[IU]/L": 1.0}),
    "731-0": Kind("lymphocytes", "10*3/uL", 0, 1000, _PER_LITRE),
    "751-8": Kind("neutrophils", "10*3/uL", 0, 1000, _PER_LITRE),
    "6690-2": Kind("leukocytes", "10*3/uL", 0, 1000, _PER_LITRE),
    "2703-7": Kind("arterial oxygen pressure", "mm[Hg]", 5, 800, {"kPa": 7.50062}),
    "2019-8": Kind("arterial carbon dioxide pressure", "mm[Hg]", 5, 250, {"kPa": 7.50062}),
    "59408-5": Kind("oxygen saturation by pulse oximetry", "%", 0, 100),
    "8310-5": Kind("body temperature", "Cel", 20, 46),
}
"""LOINC code (https://loinc.org) to what it stands for."""


class Observation(Record):
    """One value; in its code's own unit where that is known (`Observation.of` turns what can be turned)."""

    code: str = Field(pattern=r"^[0-9]{1,7}-[0-9]$")
    """LOINC."""
    value: float = Field(allow_inf_nan=False)
    unit: str = Field(min_length=1, max_length=32, pattern="^[!-~]+$")
    at: datetime | None = None
    """When it was taken; None: not stated."""

    @model_validator(mode="before")
    @classmethod
    def _in_own_unit(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        kind, value = KNOWN.get(str(given.get("code"))), given.get("value")
        factor = kind.also.get(str(given.get("unit"))) if kind else None
        if kind is None or factor is None or isinstance(value, bool) or not isinstance(value, int | float):
            return given
        return {**given, "value": round(value * factor, 6), "unit": kind.unit}

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        kind = KNOWN.get(self.code)
        if kind is None:
            return self
        if self.unit != kind.unit:
            units = ", ".join((kind.unit, *kind.also))
            raise ValueError(f"LOINC {self.code} ({kind.name}) is taken in {units}")
        if not kind.low <= self.value <= kind.high:
            raise ValueError(f"LOINC {self.code} ({kind.name}) lies beyond {kind.low:g} to {kind.high:g} {kind.unit}")
        return self

    @property
    def name(self) -> str:
        """Name what was measured, in words; the code where they are not known."""
        return KNOWN[self.code].name if self.code in KNOWN else f"LOINC {self.code}"


def newest(observations: tuple[Observation, ...]) -> dict[str, Observation]:
    """Map each code to its newest value; one without a time comes before all others, of several such the last."""
    ordered = sorted(observations, key=lambda one: (one.at is not None, one.at.timestamp() if one.at else 0.0))
    return {one.code: one for one in ordered}
