"""What was measured of the models that answer."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from overread import plugins, weights
from overread.errors import OverreadError
from overread.reasoning.trust import load_trust, trust_of
from overread.reasoning.vocabulary import term
from overread.records import Prevalence, Trust
from overread.serving.catalogue import is_own
from overread.settings import ModelSpec, Profile, Settings

LOGGER = logging.getLogger(__name__)


def trust_in(profile: Profile, settings: Settings) -> Trust:
    """Read what was measured of the profile's models: on this machine, else from the cards that came with them.

    Another model inherits nothing: of what was measured here only cards of exactly the weights that answer count, and
    figures that came with a model go by its name unless the operator put other weights in its place.
    """
    roles = {role: spec.model for role, spec in profile.roles.items() if not _replaced(spec, settings)}
    shipped = load_trust(Path(__file__).parents[1] / "models", roles)
    prevalence = Prevalence({term(label).label: share for label, share in settings.prevalence.items()})
    stated = Trust(prevalence=prevalence, risk=settings.wrong_at_most)
    return stated.over(trust_of(_measured_here(profile, settings)).over(shipped))


def _replaced(spec: ModelSpec, settings: Settings) -> bool:
    return is_own(spec.model, settings) or not {"source", "folder"}.isdisjoint(spec.parameters)


def _measured_here(profile: Profile, settings: Settings) -> dict[str, Mapping[str, Any]]:
    """Map each role to the card that was measured here of the weights that play it."""
    if not any(settings.own_catalogue.glob("*/card.json")):
        return {}
    found = {}
    for role, spec in profile.roles.items():
        try:
            digest = plugins.builder("backends", spec.backend)(spec, settings).card.weights_digest
        except OverreadError:
            continue  # the tool says so when it asks for its model
        if (card := weights.measured_card(settings.own_catalogue, digest)) is not None:
            found[role] = card
        elif (settings.own_catalogue / spec.model / "card.json").is_file():
            LOGGER.warning(
                "what was measured of '%s' is of other weights and counts for nothing: overread models measure %s",
                spec.model,
                spec.model,
            )
    return found
