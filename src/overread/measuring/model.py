"""Measure one model by its name: find it, look at the films, compose its card."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from overread import plugins
from overread.errors import ModelRefused
from overread.measuring.card import MEASURE, Maker, card_of
from overread.measuring.film import Films, Wanted
from overread.measuring.films import read_films
from overread.measuring.looking import ROLES, look
from overread.measuring.masks import HEART
from overread.measuring.studio import open_studio
from overread.serving.catalogue import entry, is_known
from overread.settings import ModelSpec, Settings

BACKENDS = {"open-clip": "open_clip", "torchxrayvision": "torchxrayvision"}
"""Family to the backend of this process that runs it; all others run in transformers."""

Progress = Callable[[int, int], None]
"""Told how many films are done, of how many, a film counted once for each role."""


@dataclass(frozen=True)
class Order:
    """What is to be measured, on what."""

    name: str
    data: Path
    wanted: Wanted = field(default_factory=Wanted)
    backend: str | None = None
    """None: the one that runs the model in this process."""


def spec_of(name: str, settings: Settings, backend: str | None = None) -> ModelSpec:
    """Say how a model is run while it is measured."""
    family = entry(name, settings).family if is_known(name, settings) else None
    return ModelSpec(backend=backend or BACKENDS.get(family or "", "transformers"), model=name)


def measure(order: Order, settings: Settings, progress: Progress) -> dict[str, Any]:
    """Measure a model and give its card.

    Raises `ModelRefused` for data that cannot be used, and where no film could be read; `Unavailable` and
    `SettingsError` for a model that cannot be had.
    """
    spec = spec_of(order.name, settings, order.backend)
    model = plugins.builder("backends", spec.backend)(spec, settings).card
    films = read_films(order.data, order.wanted)
    _require_truth(films, model.capability)
    roles = ROLES[model.capability]
    total = len(films.films) * len(roles)
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    progress(0, total)
    with open_studio(settings, dict.fromkeys(roles, spec)) as studio:
        results = look(studio, model, roles, films, tick)
    if not results.shown:
        told = ", ".join(f"{count} {why}" for why, count in sorted(studio.refused.items()))
        raise ModelRefused(f"none of {len(films.films)} films could be read ({told}); 'overread read' of one says more")
    return card_of(Maker(MEASURE, order.name), results, films, studio.refused, asdict(order.wanted))


def _require_truth(films: Films, capability: str) -> None:
    if capability == "segmentation" and not any(film.masks for film in films.films) and not films.enough(HEART):
        raise ModelRefused(
            "the table has no mask of any film (mask_path, heart_mask_path), which a segmenter needs, and not ten films"
            f" with and ten without {HEART}, for its ratio"
        )
    if capability == "outline" and not any(film.masks for film in films.films):
        raise ModelRefused("the table has no mask of any film (mask_path, heart_mask_path), which this model needs")
    if capability not in ("segmentation", "outline") and not films.labels:
        raise ModelRefused("the table states no label of any film, which this model needs; fill its columns")
