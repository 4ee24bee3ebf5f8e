"""Labelled films: a folder with a table of paths and labels or reports, or with a report beside each film."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from overread.errors import ModelRefused
from overread.measuring.film import Film, Films, Wanted
from overread.measuring.film_reports import SUFFIX, read_reports
from overread.measuring.film_table import LeftOut, read_table

TABLES = ("manifest.csv", "labels.csv")
FIRST = 8
"""Row numbers that are told of those left out for one reason."""


def read_films(folder: Path, wanted: Wanted, table: Path | None = None) -> Films:
    """Read the frontal films of a folder by its table (`table`: one that lies elsewhere), else by their reports.

    A film that is there twice counts once, and not at all where its rows contradict each other. Raises `ModelRefused`
    with the number of a row that is wrong, and where there is no film.
    """
    if not folder.is_dir():
        raise ModelRefused("there is no such data folder; give the folder of the films")
    left_out: LeftOut = defaultdict(list)
    table = table or table_in(folder)
    if table is not None:
        films, patients_known, notes = read_table(table, folder, wanted, left_out)
    else:
        films, patients_known, notes = read_reports(folder, left_out), False, []
    chosen = _once(_limited(films, wanted.limit), left_out)
    if not chosen:
        named = table.name if table else "the data folder"
        raise ModelRefused(
            f"{named} has no frontal film to measure on ({_told(left_out)}); docs/calibration.md says what it holds"
        )
    return Films(chosen, patients_known, {why: tuple(rows) for why, rows in left_out.items()}, tuple(notes))


def rows_told(rows: Sequence[int]) -> str:
    """Give row numbers in words, the first of many."""
    more = f" and {len(rows) - FIRST} more" if len(rows) > FIRST else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {', '.join(map(str, rows[:FIRST]))}{more}"


def table_in(folder: Path) -> Path | None:
    """Find the table: one of the usual names, else the only CSV; None where films have reports beside them."""
    for name in TABLES:
        if (folder / name).is_file():
            return folder / name
    others = sorted(folder.glob("*.csv"))
    if len(others) == 1:
        return others[0]
    if not others and next(folder.rglob(f"*{SUFFIX}"), None) is not None:
        return None
    several = f"and {len(others)} other tables: name one by --labels" if others else "nor a report beside a film"
    raise ModelRefused(
        f"the data folder has neither manifest.csv nor labels.csv, {several}; docs/calibration.md says what they hold"
    )


def _limited(films: Sequence[Film], limit: int | None) -> tuple[Film, ...]:
    """Draw one film of each patient before a second of any: films of one patient say less than those of two."""
    if limit is None or len(films) <= limit:
        return tuple(films)
    place: Counter[str] = Counter()
    keys: dict[int, tuple[int, bytes]] = {}
    for film in films:
        keys[film.row] = place[film.patient], hashlib.sha256(film.patient.encode()).digest()
        place[film.patient] += 1
    ordered = sorted(films, key=lambda film: keys[film.row])
    return tuple(sorted(ordered[:limit], key=lambda film: film.row))


def _once(films: Sequence[Film], left_out: LeftOut) -> tuple[Film, ...]:
    """Keep one film of each content; of rows that contradict each other about one film none."""
    copies: dict[str, list[Film]] = defaultdict(list)
    for film in films:
        content = _content(film.path)
        copies[content].append(replace(film, content=content))
    kept = []
    for same in copies.values():
        if any(_contradict(same[0], other) for other in same[1:]):
            left_out["the same film with other labels"] += [film.row for film in same]
            continue
        kept.append(same[0])
        if len(same) > 1:
            left_out["the same film again"] += [film.row for film in same[1:]]
    return tuple(kept)


def _contradict(one: Film, other: Film) -> bool:
    return any(other.labels.get(label, value) != value for label, value in one.labels.items())


def _content(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return f"unreadable {path}"  # told when it is to be read


def _told(left_out: Mapping[str, Sequence[int]]) -> str:
    return ", ".join(f"{len(rows)} {why}" for why, rows in sorted(left_out.items())) or "it has no row"
