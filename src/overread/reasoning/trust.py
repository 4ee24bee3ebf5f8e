"""How far each tool was measured to be right, label by label, from the cards of the models that answer for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from overread.errors import SettingsError
from overread.records import Evidence, Score, Study

SUFFICIENT = 0.70
"""Balanced accuracy from which a tool may decide a finding; 0.5 is chance."""
FEWEST = 10
"""A figure from fewer positives or negatives than this counts as not measured."""


@dataclass(frozen=True)
class Performance:
    """Held-out figures of one tool for one label; None = not measured."""

    figure: float | None
    """Balanced accuracy at the operating point in use, else AUROC: 0 to 1, 0.5 = chance."""
    sensitivity: float | None = None
    specificity: float | None = None


NETWORK = "classification.network"
"""The voter whose figures are in the card of the model that plays the role `classifier`."""

Table = Mapping[tuple[str, str], Performance]


@dataclass(frozen=True)
class Trust:
    """Measured performance by (tool, label); what was not measured is None, never 0."""

    measured: Table = field(default_factory=dict)
    on_phantoms: Table = field(default_factory=dict)
    """Measured on held-out phantoms: counts for phantom studies only."""
    on_films: Table = field(default_factory=dict)
    """Measured here, on the operator's films: counts for studies of patients only, in place of `measured`."""

    def of(self, tool: str, label: str) -> float | None:
        """Give the figure of a voter (`voter`) for a label, 0 to 1 and 0.5 = chance; None when it was not measured."""
        entry = self._entry(tool, label)
        return entry.figure if entry else None

    def sensitivity(self, tool: str, label: str) -> float | None:
        """Give the share of positives that a voter finds, 0 to 1; None when it was not measured."""
        entry = self._entry(tool, label)
        return entry.sensitivity if entry else None

    def _entry(self, tool: str, label: str) -> Performance | None:
        return self.on_films.get((tool, label)) or self.measured.get((tool, label))

    def on(self, study: Study) -> "Trust":
        """Give the figures that hold for a study: those from phantoms come first on a phantom, else those from here."""
        return Trust({**self.measured, **(self.on_phantoms if study.synthetic else self.on_films)})

    def over(self, other: "Trust") -> "Trust":
        """Give both tables, these figures in place of the other's where both have one."""
        return Trust(
            {**other.measured, **self.measured},
            {**other.on_phantoms, **self.on_phantoms},
            {**other.on_films, **self.on_films},
        )

    @classmethod
    def of_figures(cls, figures: Mapping[str, Mapping[str, float]]) -> "Trust":
        """Build a table from tool to label to balanced accuracy, taken as sensitivity and specificity alike."""
        return cls(
            {
                (tool, label): Performance(figure, sensitivity=figure, specificity=figure)
                for tool, labels in figures.items()
                for label, figure in labels.items()
            }
        )


def voter(item: Evidence) -> str:
    """Name what is trusted: the tool, or its zero-shot prompts or its network apart from its fitted heads."""
    if isinstance(item.payload, Score) and item.payload.method != "head":
        return f"{item.tool}.{item.payload.method}"
    return item.tool


def load_trust(models: Path, roles: Mapping[str, str] | None = None) -> Trust:
    """Read the `trust` tables of `models/<name>/card.json`.

    `roles` (role to model name) takes each role's table from the card of the model that plays it, so that another
    model does not inherit the figures; without it every card counts. A model without a card adds nothing.
    Raises `SettingsError` on a card that is not valid.
    """
    measured: dict[tuple[str, str], Performance] = {}
    on_phantoms: dict[tuple[str, str], Performance] = {}
    for path in sorted(models.glob("*/card.json")):
        card = _read(path)
        for key, target in (("trust", measured), ("trust_phantom", on_phantoms)):
            for tool, labels in (card.get(key) or {}).items():
                if roles is None or roles.get(_role(tool)) == path.parent.name:
                    target.update(_performances(f"{path.parent.name}/card.json", tool, labels))
    return Trust(measured, on_phantoms)


def trust_of(cards: Mapping[str, Mapping[str, Any]], where: str = "own catalogue") -> Trust:
    """Read the `trust` tables of cards by the role that each one's model plays; figures of other roles do not count.

    They are figures on films of patients. Raises `SettingsError` on a card that is not valid.
    """
    measured: dict[tuple[str, str], Performance] = {}
    for role, card in cards.items():
        for tool, labels in (card.get("trust") or {}).items():
            if _role(tool) == role:
                measured.update(_performances(where, tool, labels))
    return Trust(on_films=measured)


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
        figure = entry.get("balanced_accuracy")
        figure = entry.get("auroc") if figure is None else figure
        if figure is not None and not 0 <= figure <= 1:
            raise SettingsError(f"model card {where}: trust of {tool} for {label} is not in 0..1")
        found[tool, label] = Performance(figure, entry.get("sensitivity"), entry.get("specificity"))
    return found
