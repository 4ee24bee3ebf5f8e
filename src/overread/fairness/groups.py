"""Which groups a film belongs to: by sex, age, view and source."""

from collections.abc import Iterator, Mapping

from overread.errors import ModelRefused
from overread.records import ImageRef, Study

BANDS = (18, 40, 60, 80)
"""Ages in years at which a band begins; adults as Seyyed-Kalantari et al. part them (Nature Medicine 2021)."""
SEXES = {"F": "female", "FEMALE": "female", "M": "male", "MALE": "male", "O": "other", "OTHER": "other"}
OLDEST = 150
TRAITS = ("sex", "age", "view", "source")


def groups_of(stated: Mapping[str, str], study: Study, image: ImageRef, row: int) -> dict[str, str]:
    """Map each trait to the film's group; a trait that neither the table nor the header states is missing.

    What the table states counts, else the header. Raises `ModelRefused` for an age that is no number, by its row.
    """
    found = {
        "sex": SEXES.get((stated.get("sex") or study.sex or "").upper()),
        "age": _band(_age(stated["age"], row) if stated.get("age") else study.age_years),
        "view": (stated.get("view") or image.view or "").upper() or None,
        "source": stated.get("source"),
    }
    return {trait: group for trait, group in found.items() if group is not None}


def ordered(groups: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Give each trait with each of its groups, the bands of age ascending."""
    bands = [_named(place) for place in range(len(BANDS) + 1)]
    for trait in TRAITS:
        known = groups.get(trait, set())
        yield from ((trait, group) for group in (bands if trait == "age" else sorted(known)) if group in known)


def _age(text: str, row: int) -> float:
    try:
        years = float(text)
    except ValueError:
        years = float("nan")
    if not 0 <= years <= OLDEST:
        raise ModelRefused(f"row {row}, column 'age': it must be in years, 0 to {OLDEST}, or empty; correct the table")
    return years


def _band(years: float | None) -> str | None:
    return None if years is None else _named(sum(years >= begin for begin in BANDS))


def _named(place: int) -> str:
    if place == 0:
        return f"under {BANDS[0]}"
    return f"{BANDS[-1]} and over" if place == len(BANDS) else f"{BANDS[place - 1]} to {BANDS[place] - 1}"
