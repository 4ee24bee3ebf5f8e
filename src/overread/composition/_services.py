"""The services that read by each protocol."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial

from overread.agents._styles import load_style
from overread.composition._models import parts_of
from overread.composition._outgoing import deliver, destinations
from overread.composition._protocols import build_protocols, build_rules, protocol_named, rules_of
from overread.composition._tools import RETRIEVAL, ToolsOf, check_deadlines, tools_from
from overread.composition._trust import trust_in
from overread.graphs._services import LanguageModel, Services, index_nothing, tells_nothing
from overread.observing.events import Observers
from overread.pixel_text.finder import open_finder
from overread.pixel_text.hidden import TextHidden
from overread.ports import (
    Pixels,
    Tool,
)
from overread.protocol import Protocol
from overread.protocols.chest_radiograph import CHEST
from overread.records import Trust
from overread.retrieving.filling import ROLE as EMBEDS
from overread.retrieving.filling import index_when_signed
from overread.settings import Profile, Settings
from overread.signed_text._check import signed_rules
from overread.store.home import Home
from overread.tools._network import ROLE as NETWORKS
from overread.tools._outline import ROLE as OUTLINES
from overread.tools._outline import OutlineTool
from overread.tools._placing import PlacingTool
from overread.warm.fingerprint import RecentFingerprint

LANGUAGE_ROLES = ("planner", "drafter")
"""Roles of a text-only model; a profile may leave them empty."""


def language_models(
    profile: Profile, settings: Settings, observers: Observers | None = None
) -> dict[str, LanguageModel]:
    """Give the language models that fill the optional roles `planner` and `drafter` of a profile."""
    parts = parts_of(profile, settings, observers)
    specs = {role: profile.roles[role] for role in LANGUAGE_ROLES if role in profile.roles}
    return {role: LanguageModel(spec.model, partial(parts.chat, role)) for role, spec in specs.items()}


def services_for(
    settings: Settings,
    home: Home,
    profile: Profile,
    tools: dict[str, Tool] | ToolsOf | None = None,
    trust: Trust | None = None,
    observers: Observers | None = None,
) -> Services:
    """Wire the services of a profile; `tools` and `trust` replace its own, for scenarios and for an agent's tools."""
    parts, pixels = parts_of(profile, settings, observers, home), pixels_for_tools(home, settings)
    protocols = build_protocols(profile, settings)
    build: ToolsOf = partial(tools_from, parts, profile)
    if tools is not None:
        build = partial(_given, tools) if isinstance(tools, dict) else tools
    measured = trust_in(profile, settings) if trust is None else trust
    if tools is None:
        check_deadlines(settings)
    built, spoken = build(protocols[0]), language_models(profile, settings, observers)
    finds = tools is None and RETRIEVAL in built
    recalls = tools is None and settings.reading.recall == "on"

    @cache
    def find(name: str) -> Services:
        """Each protocol is built when the first case is read by it."""
        return _reading_by(protocol_named(name, profile, settings), services, build, measured)

    services = Services(
        tools=built,
        rules=build_rules(settings),
        trust=measured,
        pixels=pixels,
        artifacts=home.artifacts,
        ledger=home.cases,
        settings=settings,
        clock=lambda: datetime.now(UTC),
        deliver=partial(deliver, home, destinations(settings)),
        index=partial(index_when_signed, home, pixels, partial(parts.embedding, EMBEDS)) if finds else index_nothing,
        style=load_style(settings.report_style, settings.report_language),
        signed_rules=signed_rules(),
        observers=observers or Observers(),
        program=RecentFingerprint(settings) if recalls else tells_nothing,
        protocols=protocols,
        find=find,
        planner=spoken.get("planner"),
        drafter=spoken.get("drafter"),
        outline=partial(OutlineTool, parts) if OUTLINES in profile.roles else None,
        place=partial(PlacingTool, parts) if NETWORKS in profile.roles else None,
    )
    return services if protocols[0] is CHEST else _reading_by(protocols[0], services, build, measured)


def _reading_by(
    protocol: Protocol, services: Services, build: Callable[[Protocol], dict[str, Tool]], measured: Trust
) -> Services:
    """Give services as they read by another protocol: where nothing was measured of it, nobody has a vote."""
    return replace(
        services,
        protocol=protocol,
        tools=build(protocol),
        rules=rules_of(protocol, services.settings),
        trust=measured if protocol.measured else Trust(),
        planner=services.planner if protocol.worded else None,
        drafter=services.drafter if protocol.worded else None,
    )


def _given(tools: dict[str, Tool], protocol: Protocol) -> dict[str, Tool]:
    return {name: tool for name, tool in tools.items() if protocol.runs(name)}


def pixels_for_tools(home: Home, settings: Settings) -> Pixels:
    """Give what tools see of a picture; raises `SettingsError` where text is to be hidden and nothing can find it."""
    return TextHidden(home.pictures, open_finder()) if settings.mask_text == "always" else home.pictures
