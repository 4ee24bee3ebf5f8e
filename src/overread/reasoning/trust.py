"""Read from the cards of the models what each voter was measured to be right in, and name the voter of evidence."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from overread.errors import SettingsError
from overread.records import Evidence, Performance, Point, Prevalence, Score, Trust

FEWEST = 10
"""A figure from fewer positives or negatives than this counts as not measured."""
NETWORK = "classification.network"
"""The voter whose figures are in the card of the model that plays the role `classifier`."""


BY = "by"
"""Parameter of evidence of an earlier picture: the tool whose way of seeing gave it."""


def voter(item: Evidence) -> str:
    """Name what is trusted: the tool, or its zero-shot prompts or its network apart from its fitted heads.

    What was seen in an earlier picture is trusted as the tool is that would see it in this one.
    """
    tool = item.provenance.parameters.get(BY, item.tool)
    if isinstance(item.payload, Score) and item.payload.method != "head":
        return f"{tool}.{item.payload.method}"
    return str(tool)


def load_trust(models: Path, roles: Mapping[str, str] | None = None) -> Trust:
    """Read the `trust` tables of `models/<name>/card.json`.

    `roles` (role to model name) takes each role's table from the card of the model that plays it, so that another
    model does not inherit the figures; without it every card counts. A model without a card adds nothing.
    Raises `SettingsError` on a card that is not valid.
    """
    tables: dict[str, dict[tuple[str, str], Performance]] = {"trust": {}, "trust_phantom": {}}
    for path in sorted(models.glob("*/card.json")):
        card = _read(path)
        for key, table in tables.items():
            for tool, labels in (card.get(key) or {}).items():
                if roles is None or roles.get(_role(tool)) == path.parent.name:
                    table.update(_performances(f"{path.parent.name}/card.json", tool, labels))
    films, phantoms = tables["trust"], tables["trust_phantom"]
    return Trust(films, phantoms, prevalence=_prevalence(films), prevalence_of_phantoms=_prevalence(phantoms))


def trust_of(cards: Mapping[str, Mapping[str, Any]], where: str = "own catalogue") -> Trust:
    """Read the `trust` tables of cards by the role that each one's model plays; figures of other roles do not count.

    They are figures on films of patients, and so is what a card states as `prevalence`: label to share, 0 to 1.
    Raises `SettingsError` on a card that is not valid.
    """
    measured: dict[tuple[str, str], Performance] = {}
    stated: dict[str, float] = {}
    for role, card in cards.items():
        stated.update(prevalences(card.get("prevalence") or {}, where))
        for tool, labels in (card.get("trust") or {}).items():
            if _role(tool) == role:
                measured.update(_performances(where, tool, labels))
    return Trust(on_films=measured, prevalence=Prevalence(stated))


def prevalences(table: Mapping[str, Any], where: str) -> dict[str, float]:
    """Check a table of label to prevalence; raises `SettingsError` on a share that is not between 0 and 1."""
    for label, share in table.items():
        if not isinstance(share, int | float) or not 0 < share < 1:
            raise SettingsError(f"{where}: the prevalence of {label} is not between 0 and 1")
    return {label: float(share) for label, share in table.items()}


def is_measured(entry: Mapping[str, Any] | None) -> bool:
    """Say whether a card's entry for a label rests on enough positives and negatives to count."""
    return entry is not None and all((entry.get(count) or 0) >= FEWEST for count in ("positive", "negative"))


def _role(tool: str) -> str:
    return "classifier" if tool == NETWORK else tool.split(".")[0]


def _read(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise SettingsError(f"model card {path.parent.name}/card.json cannot be read: {error}") from error
    if not isinstance(card, dict):
        raise SettingsError(f"model card {path.parent.name}/card.json is not a JSON object")
    return card


def _performances(where: str, tool: str, labels: Mapping[str, Any]) -> dict[tuple[str, str], Performance]:
    found = {}
    for label, entry in labels.items():
        if not is_measured(entry):
            continue
        found[tool, label] = performance_of(f"model card {where}: trust of {tool} for {label}", entry)
    return found


def performance_of(what: str, entry: Mapping[str, Any]) -> Performance:
    """Read one entry of a trust table; raises `SettingsError`, which begins with `what`, on a figure out of range."""
    figure = entry.get("balanced_accuracy")
    figure = entry.get("auroc") if figure is None else figure
    shares = (figure, entry.get("sensitivity"), entry.get("specificity"), entry.get("sides"))
    if any(share is not None and not 0 <= share <= 1 for share in shares):
        raise SettingsError(f"{what} is not in 0..1")
    return Performance(
        *shares[:3],
        positive=int(entry["positive"]),
        negative=int(entry["negative"]),
        curve=_curve(f"{what}: its curve", entry.get("curve") or ()),
        sides=shares[3],
    )


def _curve(what: str, points: Sequence[Any]) -> tuple[Point, ...]:
    """Read the points of a score; raises `SettingsError` on one that is no three shares, or out of order."""
    try:
        curve = tuple(Point(*map(float, point)) for point in points)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{what} is not made of threshold, sensitivity, specificity") from error
    if any(not 0 <= share <= 1 for point in curve for share in point):
        raise SettingsError(f"{what} is not in 0..1")
    if list(curve) != sorted(curve):
        raise SettingsError(f"{what} is not in the order of its thresholds")
    return curve


def _prevalence(table: Mapping[tuple[str, str], Performance]) -> Prevalence:
    """Give each label's share among the films of the voter that was measured on most."""
    most: dict[str, Performance] = {}
    for (_, label), one in table.items():
        if label not in most or one.positive + one.negative > most[label].positive + most[label].negative:
            most[label] = one
    return Prevalence({label: share for label, one in most.items() if (share := one.prevalence) is not None})
