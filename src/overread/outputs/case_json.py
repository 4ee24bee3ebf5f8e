"""The case file as JSON with stable fields; masks are named by absolute paths that exist."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from overread.records import Case, CaseFile, Drawn, Evidence

Place = Callable[[Drawn], Path]
"""Where the PNG of a mask or a map lies."""


def case_json(file: CaseFile, place: Place) -> dict[str, Any]:
    """Give everything about a case, JSON-native, but for the reports of priors: what goes on from here needs no word of
    them, and a program that reads this may hand it to a model. Where they are from is told.
    """
    placed = file.model_copy(
        update={
            "evidence": tuple(with_place(item, place) for item in file.evidence),
            "case": _without_reports(file.case),
        }
    )
    data: dict[str, Any] = placed.model_dump(mode="json")
    return data


def _without_reports(case: Case) -> Case:
    priors = tuple(prior.model_copy(update={"report": None}) for prior in case.priors)
    return case.model_copy(update={"priors": priors})


def evidence_json(evidence: Iterable[Evidence], place: Place) -> list[dict[str, Any]]:
    """Give evidence JSON-native, in its order; a mask or a map is named by its absolute path."""
    return [with_place(item, place).model_dump(mode="json") for item in evidence]


def with_place(item: Evidence, place: Place) -> Evidence:
    """Point a mask or a map at its file; the id does not change, because it never covered the path."""
    if not isinstance(item.payload, Drawn):
        return item
    payload = item.payload.model_copy(update={"png": str(place(item.payload).resolve())})
    return item.model_copy(update={"payload": payload})


def to_bytes(data: dict[str, Any] | list[dict[str, Any]]) -> bytes:
    """Write JSON as UTF-8 text, indented, with a newline at the end; raises `ValueError` for NaN and infinity."""
    return (json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
