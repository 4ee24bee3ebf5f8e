"""What is known of each film in numbers: its embedding, and the fields of the record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from overread.errors import ModelRefused
from overread.measuring.studio import open_studio
from overread.ports import BackendCard
from overread.prognosis.table import Patient, Table
from overread.settings import Profile, Settings
from overread.tools._outlook_heads import AGE, AP, SEX, Floats

ROLE = "classification"
MOST_MISSING = 0.5
"""A field that more films than this lack is left out: its median would be most of what it says."""


@dataclass(frozen=True)
class Features:
    """Films (n,) in one order; NaN is not known."""

    image: Floats
    """(n, d): the CLIP's embedding, of norm 1."""
    fields: Floats
    """(n, f)."""
    names: tuple[str, ...]
    """Of the fields: `age`, `sex`, `ap`, LOINC codes."""
    outcome: NDArray[np.bool_]
    patient: NDArray[np.intp]
    """Numbers from 0, of no meaning."""
    model: BackendCard
    not_read: dict[str, int]
    days: Floats | None = None
    """(n,): to the outcome, or to the end of follow-up without it; None where the outcome has no time."""
    horizon: float = 0.0
    """Days by which a chance is said, of an outcome with a time."""

    def rows(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> "Features":
        """Give some of the films."""
        parts = ("image", "fields", "outcome", "patient")
        days = None if self.days is None else self.days[chosen]
        return replace(self, days=days, **{name: getattr(self, name)[chosen] for name in parts})


def features_of(
    table: Table, profile: Profile, settings: Settings, progress: Callable[[int, int], None]
) -> Features:  # fmt: skip
    """Read the films; raises `ModelRefused` where none can be read, `Unavailable` where the model cannot be had."""
    kept: list[Patient] = []
    image = []
    with open_studio(settings, {ROLE: profile.roles[ROLE]} if ROLE in profile.roles else {}) as studio:
        backend = studio.parts.embedding(ROLE)
        for place, row in enumerate(table.rows):
            progress(place, len(table.rows))
            if (picture := studio.picture(row.film)) is not None:
                image.append(backend.embed_pictures([picture])[0])
                kept.append(row)
        not_read = dict(studio.refused)
    if not kept:
        raise ModelRefused("none of the films could be read; 'overread read' of one says more")
    names, fields = _fields(kept, table.codes)
    numbers = {name: place for place, name in enumerate(dict.fromkeys(row.film.patient for row in kept))}
    return Features(
        image=np.asarray(image, np.float64),
        fields=fields,
        names=names,
        outcome=np.asarray([row.outcome for row in kept], np.bool_),
        patient=np.asarray([numbers[row.film.patient] for row in kept], np.intp),
        model=backend.card,
        not_read=not_read,
        days=np.asarray([row.days for row in kept], np.float64) if kept[0].days is not None else None,
    )


def _fields(rows: Sequence[Patient], codes: Sequence[str]) -> tuple[tuple[str, ...], Floats]:
    """Give the fields that most films have and that vary."""
    columns = {AGE: [row.age for row in rows], SEX: [row.sex for row in rows], AP: [row.ap for row in rows]}
    columns |= {code: [row.values.get(code) for row in rows] for code in codes}
    kept: dict[str, Floats] = {}
    for name, values in columns.items():
        column = np.asarray([np.nan if value is None else value for value in values], np.float64)
        known = column[~np.isnan(column)]
        if known.size >= (1 - MOST_MISSING) * column.size and np.unique(known).size > 1:
            kept[name] = column
    return tuple(kept), np.stack(list(kept.values()), 1) if kept else np.zeros((len(rows), 0))
