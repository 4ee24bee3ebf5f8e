"""Audit a profile on labelled films: every label in every group."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from overread.errors import ModelRefused
from overread.fairness.figures import DRAWS, Column, figures_of, holm, measures_of
from overread.fairness.groups import TRAITS, ordered
from overread.fairness.records import ANY_ALERT, Audit, Breach, Figure, Gap, Row
from overread.fairness.seen import Progress, Seen, look
from overread.measuring.film import Films
from overread.reasoning.vocabulary import LABELS
from overread.settings import Profile, Settings

LEVEL = 0.05
"""Corrected p from which a gap counts as shown."""


def audit(
    films: Films, of: str, profile: Profile, settings: Settings, progress: Progress, max_gap: float | None = None
) -> Audit:
    """Look at the films and count; raises `ModelRefused` where no film could be read or none states a trait."""
    seen, not_read = look(films, profile, settings, progress)
    if not seen:
        told = ", ".join(f"{count} {why}" for why, count in sorted(not_read.items()))
        raise ModelRefused(f"none of the films could be read ({told}); 'overread read' of one says more")
    if not any(film.groups for film in seen):
        raise ModelRefused(f"nothing tells the films apart; give the table one of the columns {', '.join(TRAITS)}")
    rows = corrected(tuple(rows_of(seen)))
    return Audit(
        profile=profile.name,
        of=of,
        films=len(seen),
        patients=len({film.patient for film in seen}),
        patients_known=films.patients_known,
        not_read=not_read,
        without={trait: missing for trait in TRAITS if (missing := sum(trait not in film.groups for film in seen))},
        draws=DRAWS,
        gaps_tested=sum(1 for _ in _gaps(rows)),
        max_gap=max_gap,
        rows=rows,
        breaches=() if max_gap is None else tuple(breaches_of(rows, max_gap)),
    )


def rows_of(seen: Sequence[Seen]) -> Iterator[Row]:
    """Give the rows of every label that the films speak of and the tool scores, then of alerts; p not corrected."""
    for label in LABELS:
        told = [film for film in seen if label in film.told]
        if any(label in film.truth for film in told):
            yield from _rows(label, told)
    yield from _rows(ANY_ALERT, seen)


def _rows(label: str, films: Sequence[Seen]) -> Iterator[Row]:
    column = Column.of(label, films)
    measures = measures_of(column, label)
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for film in films:
        for name, value in film.groups.items():
            groups[name].add(value)
    # A trait with one group tells nothing apart.
    apart: list[tuple[str | None, str | None]] = [pair for pair in ordered(groups) if len(groups[pair[0]]) > 1]
    for trait, group in [(None, None), *apart]:
        marks = [trait is None or film.groups.get(trait) == group for film in films]
        inside = np.asarray(marks, np.bool_)
        yield Row(
            label=label,
            trait=trait,
            group=group,
            positive=int((column.truth & column.known & inside).sum()) if column.scored else None,
            negative=int((~column.truth & column.known & inside).sum()) if column.scored else None,
            healthy=int((column.healthy & inside).sum()),
            figures=tuple(figures_of(column, measures, inside, whole=trait is None)),
        )


def corrected(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Correct the p of every gap for how many there are."""
    chances = iter(holm([gap.p for gap in _gaps(rows)]))

    def with_holm(figure: Figure) -> Figure:
        if figure.gap is None:
            return figure
        gap = figure.gap.model_copy(update={"holm": round(next(chances), 4), "p": float(f"{figure.gap.p:.3g}")})
        return figure.model_copy(update={"gap": gap})

    return tuple(row.model_copy(update={"figures": tuple(map(with_holm, row.figures))}) for row in rows)


def breaches_of(rows: Sequence[Row], most: float) -> Iterator[Breach]:
    """List the gaps by which a group is served worse than `most` allows, those that were shown first.

    Of `over_called`, which has no better sign, a group counts as worse where it is further from 0 than all films are.
    """
    found = []
    for row in rows:
        for figure in row.figures:
            worse = _worse_by(figure)
            if figure.gap is not None and worse > most:
                found.append(
                    Breach(
                        label=row.label,
                        group=row.name,
                        measure=figure.measure,
                        worse_by=worse,
                        holm=figure.gap.holm,
                        shown=figure.gap.holm < LEVEL,
                    )
                )
    yield from sorted(found, key=lambda breach: (not breach.shown, -breach.worse_by))


def _worse_by(figure: Figure) -> float:
    if figure.gap is None or figure.value is None:
        return 0.0
    if figure.gap.worse_by is not None:
        return figure.gap.worse_by
    whole = figure.value - figure.gap.value
    return round(abs(figure.value) - abs(whole), 4)


def _gaps(rows: Sequence[Row]) -> Iterator[Gap]:
    return (figure.gap for row in rows for figure in row.figures if figure.gap is not None)
