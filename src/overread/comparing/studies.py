"""Studies whose truth is known: a folder of labelled films, and phantoms drawn for the purpose."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from overread.measuring.film import Film, Wanted
from overread.measuring.films import read_films
from overread.reasoning.entailment import KINDS
from overread.testing.phantoms import sample_recipe, write_study
from overread.testing.phantoms.recipe import labels_of

FIRST_PHANTOM = 100_000
"""Number of the first phantom that is read: those that the embedded models were taught with begin at 200,000."""
NOT_READ = frozenset({"No Finding"})


@dataclass(frozen=True)
class Known:
    """One study and what is known of it."""

    path: Path
    patient: str = field(repr=False)
    labels: Mapping[str, bool]
    """Label to whether it is there; what is not known is missing."""
    sides: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Label that is there to its sides, where they are known."""


def films_in(folder: Path, wanted: Wanted) -> tuple[Known, ...]:
    """Give the films of a folder as `overread calibrate` reads it; raises `ModelRefused` for what it refuses."""
    return tuple(_film(film) for film in read_films(folder, wanted).films)


def _film(film: Film) -> Known:
    return Known(film.path, film.patient, _without_implied(film.labels))


def phantoms_in(folder: Path, count: int) -> Iterator[Known]:
    """Draw phantoms, one after the other, each into a folder of its own."""
    for number in range(FIRST_PHANTOM, FIRST_PHANTOM + count):
        recipe = sample_recipe(number)
        write_study(folder / str(number), recipe)
        labels = _without_implied({label: bool(there) for label, there in labels_of(recipe.findings).items()})
        own = {finding.label for finding in recipe.findings}
        sides: dict[str, frozenset[str]] = {}
        for finding in recipe.findings:
            sides[finding.label] = sides.get(finding.label, frozenset()) | frozenset(finding.sides)
        named = {label: value for label, value in sides.items() if value and label in own}
        yield Known(folder / str(number), f"phantom {number}", labels, named)


def _without_implied(labels: Mapping[str, bool]) -> dict[str, bool]:
    """Leave out what nobody need say: the label above a kind that is there (CheXpert's hierarchy), and No Finding."""
    there = {label for label, value in labels.items() if value}
    implied = {parent for parent, kinds in KINDS.items() if there & set(kinds)}
    return {label: value for label, value in labels.items() if label not in implied | NOT_READ}
