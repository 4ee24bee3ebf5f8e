"""What is known of a study that is read: of real films labels, of phantoms sides as well.

Labels are hierarchical (`entailment.KINDS`): a kind that is there implies what it is a kind of, and where that is not
there, none of its kinds is. What the source does not know, or contradicts itself in, is unknown and counts nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from overread.reasoning.entailment import KINDS
from overread.testing.phantoms import sample_recipe, write_study
from overread.testing.phantoms.recipe import labels_of
from training.data import Row
from training.draft_eval.models import HELD, PLACE
from training.facts import Facts, FindingFact, row_facts
from training.folds import fold_of
from training.new_films import new_rows
from training.paths import data_root

FIRST_PHANTOM = 100_000
"""Number of the first phantom: those that train begin at 200,000, those of tests at 0."""
DENIED_BY_FILMS = frozenset({"Lung Opacity"})
"""What a kind implies of real films: no source ever denies a widened mediastinum, so that it would always be true."""
Sides = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Truth:
    """One study, and what is known of it."""

    name: str
    path: str
    """The picture, or the folder of a phantom's DICOM file."""
    patient: str
    normal: bool
    """Whether the source says that nothing is there; a support device may be."""
    present: frozenset[str]
    implied: frozenset[str]
    """Present because a kind of it is; the source has no word of its own for it."""
    absent: frozenset[str]
    sides: Sides
    """Label to its sides, where they are known."""

    def of(self, label: str) -> bool | None:
        """Say whether a label is there; None where nobody knows."""
        if label in self.present | self.implied:
            return True
        return False if label in self.absent else None


def films(count: int) -> list[Truth]:
    """Give the first films, in an order as good as random, of patients that none of the models has seen."""
    held = [row for row in new_rows() if fold_of(row.fields["patient_id"]) == HELD]
    return [film_of(row) for row in held[:count]]


def film_of(row: Row) -> Truth:
    """Give a film of the manifest with what is known of it."""
    path = data_root() / "cxr" / row.fields["path"]
    return truth_of(row.id, path, row.fields["patient_id"], row_facts(row), normal=row.label("No Finding") == 1)


def phantoms(count: int) -> list[Truth]:
    """Give phantoms that taught and tested nothing, drawn where they are not there yet."""
    return [_phantom(number) for number in range(FIRST_PHANTOM, FIRST_PHANTOM + count)]


def _phantom(number: int) -> Truth:
    recipe, folder = sample_recipe(number), PLACE / "phantoms" / str(number)
    if not folder.exists():
        partial = folder.with_suffix(".partial")
        partial.mkdir(parents=True, exist_ok=True)
        write_study(partial, recipe)
        partial.rename(folder)
    labels = labels_of(recipe.findings)
    absent = frozenset(label for label, there in labels.items() if not there and label != "No Finding")
    placed = tuple(FindingFact(one.label, one.laterality) for one in recipe.findings)
    facts = Facts(placed, absent, recipe.view, placed=True)
    return truth_of(str(number), folder, f"phantom:{number}", facts, normal=labels["No Finding"] == 1)


def truth_of(name: str, path: Path, patient: str, facts: Facts, *, normal: bool) -> Truth:
    """Draw what follows from the facts by the hierarchy of labels."""
    kept = KINDS if facts.placed else {parent: KINDS[parent] for parent in DENIED_BY_FILMS}
    follows = frozenset(parent for parent in KINDS if facts.present & set(KINDS[parent])) - facts.present
    absent = facts.absent - follows
    unknown_kinds = {kind for parent in absent for kind in KINDS.get(parent, ())} - facts.present
    return Truth(
        name=name,
        path=str(path),
        patient=patient,
        normal=normal,
        present=facts.present,
        implied=(follows & kept.keys()) - facts.absent,
        absent=absent | unknown_kinds,
        sides=_sides(facts),
    )


def _sides(facts: Facts) -> Sides:
    """Map each label, and what it is a kind of, to the sides of its findings."""
    found: dict[str, frozenset[str]] = {}
    for fact in facts.findings:
        sides = _each(fact.laterality)
        for label in (fact.label, *(parent for parent, kinds in KINDS.items() if fact.label in kinds)):
            if sides:
                found[label] = found.get(label, frozenset()) | sides
    return found


def _each(laterality: str | None) -> frozenset[str]:
    """Give the single sides of a laterality."""
    if laterality is None:
        return frozenset()
    return frozenset({"left", "right"}) if laterality == "bilateral" else frozenset({laterality})
