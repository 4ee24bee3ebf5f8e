"""What a study may be read as, and the rules that run of it."""

from overread import plugins
from overread.errors import SettingsError
from overread.ports import (
    Rule,
)
from overread.protocol import Protocol
from overread.settings import Profile, Settings


def build_rules(settings: Settings) -> tuple[Rule, ...]:
    """Build every rule in the folder that the settings do not disable."""
    found = plugins.names("rules")
    if unknown := set(settings.rules_disabled) - set(found):
        raise SettingsError(
            f"rules_disabled names no rule: {', '.join(sorted(unknown))}; there are: {', '.join(found)}"
        )
    return tuple(plugins.builder("rules", name)(settings) for name in found if name not in settings.rules_disabled)


def build_protocols(profile: Profile, settings: Settings) -> tuple[Protocol, ...]:
    """Build what a study may be read as, in the order of the settings."""
    return tuple(plugins.builder("protocols", name)(settings, profile) for name in dict.fromkeys(settings.protocols))


def protocol_named(name: str, profile: Profile, settings: Settings) -> Protocol:
    """Give a protocol that a case was read by: one of the settings, or one that ships; raises `SettingsError`."""
    for protocol in build_protocols(profile, settings):
        if protocol.name == name:
            return protocol
    if name not in plugins.names("protocols"):
        raise SettingsError(f"a case was read by the protocol '{name}', which is not in the setting 'protocols'")
    built: Protocol = plugins.builder("protocols", name)(settings, profile)
    return built


def rules_of(protocol: Protocol, settings: Settings) -> tuple[Rule, ...]:
    """Build the rules that run of a protocol."""
    built = build_rules(settings)
    return built if protocol.rules is None else tuple(rule for rule in built if rule.id in protocol.rules)
