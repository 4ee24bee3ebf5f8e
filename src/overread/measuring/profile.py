"""Measure every model of a profile on the same films, and write what came of each into the own catalogue."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from overread import plugins
from overread.errors import BackendError, ModelRefused, OverreadError
from overread.measuring.card import CALIBRATE, Maker, card_of, write_card
from overread.measuring.film import Films, Wanted
from overread.measuring.looking import LOOKS, look
from overread.measuring.model import Progress
from overread.measuring.plots import plots_of
from overread.measuring.results import Results
from overread.measuring.studio import Studio, open_studio
from overread.measuring.tables import Tables
from overread.measuring.verdicts import too_few
from overread.ports import BackendCard
from overread.settings import ModelSpec, Profile, Settings
from overread.store.files import write_whole

STRANGE = re.compile(r"[^a-z0-9._-]+")
LONGEST = 48
"""Characters of a name that are kept of a model that is given by a path."""


@dataclass(frozen=True)
class Player:
    """A model of the profile, with all roles that it plays."""

    name: str
    card: BackendCard
    roles: Mapping[str, ModelSpec]


@dataclass(frozen=True)
class Calibrated:
    """What was measured of one model; `results` hold what its plots are drawn from."""

    player: Player
    card: Mapping[str, Any]
    results: Results

    @property
    def counts(self) -> bool:
        """Say whether there is anything to write."""
        return self.results.any


@dataclass(frozen=True)
class Calibration:
    """What came of a profile."""

    films: Films
    models: tuple[Calibrated, ...]
    absent: Mapping[str, str] = field(default_factory=dict)
    """Role to the reason why its model was not measured."""

    @property
    def too_few(self) -> dict[str, str]:
        """Say of each label of the films that cannot be measured what it lacks."""
        return {
            label: too_few(*self.films.counts(label)) for label in self.films.labels if not self.films.enough(label)
        }


def require_measurable(films: Films) -> None:
    """Raise `ModelRefused` where no label has enough films of both kinds: nobody has to wait for that."""
    if any(films.enough(label) for label in films.labels):
        return
    told = ", ".join(f"{label} {too_few(*films.counts(label))}" for label in films.labels) or "no label is stated"
    raise ModelRefused(f"no label has ten positives and ten negatives: {told}; nothing was measured, no card changed")


def players_of(profile: Profile, settings: Settings) -> tuple[tuple[Player, ...], dict[str, str]]:
    """Give the models of a profile, each once with its roles, and the roles whose model cannot be had, with why."""
    cards: dict[str, BackendCard] = {}
    roles: dict[str, dict[str, ModelSpec]] = {}
    absent: dict[str, str] = {}
    for role, spec in profile.roles.items():
        if role not in LOOKS:
            absent[role] = "nobody here knows how to measure this role"
            continue
        try:
            card = plugins.builder("backends", spec.backend)(spec, settings).card
        except OverreadError as error:
            absent[role] = str(error)
            continue
        cards[card.weights_digest] = card
        roles.setdefault(card.weights_digest, {})[role] = spec
    names = _names(roles)
    return tuple(Player(names[digest], cards[digest], roles[digest]) for digest in roles), absent


def _names(roles: Mapping[str, Mapping[str, ModelSpec]]) -> dict[str, str]:
    """Name each model's folder in the catalogue; other weights under the same name get a part of their digest."""
    plain = {digest: _folder_name(next(iter(specs.values())).model) for digest, specs in roles.items()}
    times = Counter(plain.values())
    return {digest: name if times[name] == 1 else f"{name}-{digest[:8]}" for digest, name in plain.items()}


def _folder_name(model: str) -> str:
    return STRANGE.sub("-", Path(model).name.lower()).strip(".-_")[:LONGEST] or "model"


def calibrate(films: Films, wanted: Wanted, profile: Profile, settings: Settings, progress: Progress) -> Calibration:
    """Measure every model of a profile that can be had; one that fails on the way is told, and the others go on.

    Nothing is written. Raises `ModelRefused` where no model could be measured or no film be read.
    """
    players, absent = players_of(profile, settings)
    total = len(films.films) * sum(len(player.roles) for player in players)
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    progress(0, total)
    models: list[Calibrated] = []
    with open_studio(settings, {role: spec for player in players for role, spec in player.roles.items()}) as studio:
        for player in players:
            studio.refused.clear()
            try:
                results = look(studio, player.card, tuple(player.roles), films, tick)
            except BackendError as error:
                absent |= dict.fromkeys(player.roles, str(error))
                continue
            maker = Maker(CALIBRATE, player.name)
            models.append(Calibrated(player, card_of(maker, results, films, studio.refused, asdict(wanted)), results))
    _require_some(models, absent, studio)
    return Calibration(films, tuple(models), absent)


def _require_some(models: Sequence[Calibrated], absent: Mapping[str, str], studio: Studio) -> None:
    if not models:
        told = "; ".join(f"{role}: {why}" for role, why in absent.items()) or "it names none"
        raise ModelRefused(f"no model of the profile could be measured ({told}); 'overread models check' says more")
    if not any(model.results.shown for model in models):
        told = ", ".join(f"{count} {why}" for why, count in sorted(studio.refused.items()))
        raise ModelRefused(f"none of the films could be read ({told}); 'overread read' of one says more")


def write_all(calibration: Calibration, catalogue: Path, *, plots: bool = True) -> Iterator[Path]:
    """Write plots, page and card of each model that has any figure, and give their paths."""
    found = [model for model in calibration.models if model.counts]
    return write_cards([(model.card, model.results.tables) for model in found], catalogue, plots=plots)


def write_cards(
    measured: Sequence[tuple[Mapping[str, Any], Tables]], catalogue: Path, *, plots: bool = True
) -> Iterator[Path]:
    """Write each card into the folder of its name, with what its tables show, and give the paths.

    Everything is drawn before anything is written; each card is replaced whole, after what it shows.
    """
    drawn = [plots_of(tables.held, card["prevalence"]) if plots else {} for card, tables in measured]
    for (card, _), pictures in zip(measured, drawn, strict=True):
        folder = catalogue / card["name"]
        for name, picture in pictures.items():
            write_whole(folder / name, picture)
            yield folder / name
        data, page = write_card(card, folder, tuple(pictures))
        yield page
        yield data
