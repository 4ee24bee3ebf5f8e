"""Which model's features are trained on."""

from overread import plugins
from overread.errors import ModelRefused
from overread.federating.site_films import ROLE
from overread.ports import BackendCard
from overread.settings import Profile, Settings


def model_of(profile: Profile, settings: Settings) -> BackendCard:
    """Give the card of the profile's CLIP; raises `ModelRefused` for a profile without one."""
    if ROLE not in profile.roles:
        raise ModelRefused(f"profile '{profile.name}' names no model for the role '{ROLE}'")
    spec = profile.roles[ROLE]
    card: BackendCard = plugins.builder("backends", spec.backend)(spec, settings).card
    return card
