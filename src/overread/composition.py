"""The composition root: the only place that turns settings into objects."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar, cast

from overread import plugins, weights
from overread.agents._styles import load_style
from overread.allocating import give_back_freed, keep_freed
from overread.checkpoints import open_checkpoints
from overread.errors import OverreadError, RoleUnfilled, SettingsError, UsageError
from overread.escalation.ladder import load_ladder
from overread.escalation.watcher import Watcher
from overread.graphs import case as case_graph
from overread.graphs._services import LanguageModel, Services, index_nothing, tells_nothing
from overread.observing.events import Observer, Observers
from overread.observing.metrics import Metrics
from overread.observing.models import Tell, watched
from overread.observing.opening import open_observers
from overread.outputs.delivery import deliver_to_folder
from overread.peers.book import load_peers
from overread.peers.records import Peer
from overread.pixel_text.finder import open_finder
from overread.pixel_text.hidden import TextHidden
from overread.ports import (
    Backend,
    ChatBackend,
    EmbeddingBackend,
    LabelBackend,
    OutliningBackend,
    Parts,
    Pixels,
    Rule,
    SegmentationBackend,
    Tool,
)
from overread.protocol import Protocol
from overread.protocols.chest_radiograph import CHEST
from overread.queueing import kinds_of, outgoing_to
from overread.reading_room import ReadingRoom
from overread.reasoning.trust import load_trust, trust_of
from overread.reasoning.vocabulary import term
from overread.records import REVIEWER, CaseFile, Prevalence, Trust
from overread.retrieving.filling import ROLE as EMBEDS
from overread.retrieving.filling import index_when_signed
from overread.retrieving.search import CaseSearch
from overread.serving.catalogue import is_own
from overread.settings import ModelSpec, Profile, Settings, load_profile
from overread.signed_text._check import signed_rules
from overread.store.home import Home, open_home
from overread.tools._network import ROLE as NETWORKS
from overread.tools._outline import ROLE as OUTLINES
from overread.tools._outline import OutlineTool
from overread.tools._placing import PlacingTool
from overread.tracing import trace_nothing
from overread.warm.fingerprint import RecentFingerprint

LOGGER = logging.getLogger(__name__)
BackendT = TypeVar("BackendT", bound=Backend)
SMALL, LARGE = "onnx", "transformers"
"""The backend of small machines: where it plays, memory counts."""
LETTERING = "lettering"
RETRIEVAL = "retrieval"
PROGNOSIS = "prognosis"
"""Tools that no profile needs to name: the settings `lettering`, `similar_cases` and `prognosis` add them."""
OF_NO_PROFILE = ("lung_volumes",)
"""Tools that `overread tool` runs although no profile names them: they look at CT, and need no model."""
ToolsOf = Callable[[Protocol], dict[str, Tool]]
"""Gives the tools that read by a protocol."""
LANGUAGE_ROLES = ("planner", "drafter")
"""Roles of a text-only model; a profile may leave them empty."""


class Models:
    """The backends of a profile: each model is built at first use and shared by the roles that name it.

    `tell` is told of every question to any of them; None: nobody is.
    """

    def __init__(self, profile: Profile, settings: Settings, tell: Tell | None = None) -> None:
        self._profile = profile
        self._settings = settings
        self._tell = tell
        self._built: dict[str, Backend] = {}
        self._lock = threading.Lock()

    def of_role(self, role: str, kind: type[BackendT]) -> BackendT:
        """Give the model of a role; raises `RoleUnfilled` when there is none, `SettingsError` for another kind."""
        spec = self._profile.roles.get(role)
        if spec is None:
            raise RoleUnfilled(f"profile '{self._profile.name}' names no model for the role '{role}'")
        backend = self._build(spec)
        if not isinstance(backend, kind):
            raise SettingsError(f"the model '{spec.model}' cannot play the role '{role}': it is no {kind.__name__}")
        return backend

    def _build(self, spec: ModelSpec) -> Backend:
        key = spec.model_dump_json()
        with self._lock:
            if key not in self._built:
                built = plugins.builder("backends", spec.backend)(spec, self._settings)
                self._built[key] = built if self._tell is None else watched(built, self._tell)
            return self._built[key]


def parts_of(
    profile: Profile, settings: Settings, observers: Observers | None = None, home: Home | None = None
) -> Parts:
    """Give what the tools of a profile are built from; each model is built when a role first asks for it, then shared.

    Asking raises `RoleUnfilled` when the profile leaves the role empty, `SettingsError` for a model of another kind.
    `observers` are told of what models are asked; the signed cases of `home` are those that are compared with.
    """
    tell = observers.called if observers is not None and observers.everybody else None
    models = Models(profile, settings, tell)
    return Parts(
        settings=settings,
        chat=cast(Callable[[str], ChatBackend], partial(models.of_role, kind=ChatBackend)),
        embedding=cast(Callable[[str], EmbeddingBackend], partial(models.of_role, kind=EmbeddingBackend)),
        segmentation=cast(Callable[[str], SegmentationBackend], partial(models.of_role, kind=SegmentationBackend)),
        labels=cast(Callable[[str], LabelBackend], partial(models.of_role, kind=LabelBackend)),
        outline=cast(Callable[[str], OutliningBackend], partial(models.of_role, kind=OutliningBackend)),
        cases=CaseSearch(home.case_vectors) if home else None,
    )


def build_tools(
    profile: Profile, settings: Settings, observers: Observers | None = None, protocol: Protocol = CHEST
) -> dict[str, Tool]:
    """Build the tools of a profile and of settings that read by a protocol, and its own; models load at first use.

    Raises `SettingsError` for `reviewer`, and where text is to be found and nothing can find it.
    """
    return _tools_from(parts_of(profile, settings, observers), profile, protocol)


def _tools_from(parts: Parts, profile: Profile, protocol: Protocol) -> dict[str, Tool]:
    if REVIEWER in (*profile.tools, *protocol.brings):
        raise SettingsError(f"no tool may be called '{REVIEWER}': what has this name was said by a person")
    known = (name for name in (*profile.tools, *_added(parts)) if protocol.runs(name))
    names = dict.fromkeys((*known, *protocol.brings))
    if LETTERING in names:
        open_finder()  # now, not in the middle of a case
    own = replace(parts, reads=protocol.reads, prompts=protocol.prompts)
    return {name: plugins.builder("tools", name)(own) for name in names}


def shared_tools(profile: Profile, settings: Settings) -> ToolsOf:
    """Give what builds the tools of a profile for a protocol, each once, over models that stay loaded."""
    parts, built = parts_of(profile, settings), dict[str, dict[str, Tool]]()

    def of(protocol: Protocol) -> dict[str, Tool]:
        if protocol.name not in built:
            built[protocol.name] = _tools_from(parts, profile, protocol)
        return built[protocol.name]

    return of


def build_tool_of_no_profile(name: str, settings: Settings) -> Tool:
    """Build a tool that no profile names, because it looks at something else than radiographs and needs no model.

    Raises `UsageError` for any other name.
    """
    if name not in OF_NO_PROFILE:
        raise UsageError(f"no tool is named '{name}'")
    tool: Tool = plugins.builder("tools", name)(parts_of(load_profile(settings.profile, settings), settings))
    return tool


def _added(parts: Parts) -> Iterator[str]:
    """Name the tools that settings add; to search, there must be cases."""
    if parts.settings.lettering == "on":
        yield LETTERING
    if parts.settings.similar_cases == "on" and parts.cases is not None:
        yield RETRIEVAL
    if parts.settings.prognosis == "on":
        yield PROGNOSIS


def language_models(
    profile: Profile, settings: Settings, observers: Observers | None = None
) -> dict[str, LanguageModel]:
    """Give the language models that fill the optional roles `planner` and `drafter` of a profile."""
    parts = parts_of(profile, settings, observers)
    specs = {role: profile.roles[role] for role in LANGUAGE_ROLES if role in profile.roles}
    return {role: LanguageModel(spec.model, partial(parts.chat, role)) for role, spec in specs.items()}


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


def trust_in(profile: Profile, settings: Settings) -> Trust:
    """Read what was measured of the profile's models: on this machine, else from the cards that came with them.

    Another model inherits nothing: of what was measured here only cards of exactly the weights that answer count, and
    figures that came with a model go by its name unless the operator put other weights in its place.
    """
    roles = {role: spec.model for role, spec in profile.roles.items() if not _replaced(spec, settings)}
    shipped = load_trust(Path(__file__).parent / "models", roles)
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
    build: ToolsOf = partial(_tools_from, parts, profile)
    if tools is not None:
        build = partial(_given, tools) if isinstance(tools, dict) else tools
    measured = trust_in(profile, settings) if trust is None else trust
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


def destinations(settings: Settings) -> tuple[Peer, ...]:
    """Give the systems that signed reports go to; raises `SettingsError` now, not at a signature, for a wrong name."""
    known = load_peers(settings.peers)
    if unknown := [name for name in settings.deliver_to if name not in known]:
        raise SettingsError(f"deliver_to names '{unknown[0]}', which is no remote system of the setting 'peers'")
    chosen = tuple(known[name] for name in dict.fromkeys(settings.deliver_to))
    for peer in chosen:
        kinds_of(peer)
    return chosen


def deliver(home: Home, peers: Sequence[Peer], file: CaseFile) -> None:
    """Put a signed report into its folder, and into the outbox for each of some systems; twice is once."""
    deliver_to_folder(file, home.delivery(file.case_id), home.artifacts, home.pictures)
    home.outbox.add([outgoing for peer in peers for outgoing in outgoing_to(file, peer)], datetime.now(UTC))


def watcher_of(settings: Settings, home: Home) -> Watcher:
    """Give what tells people of critical results; raises `SettingsError` for a ladder that is not valid."""
    page = settings.page_url or f"http://{settings.app_host}:{settings.app_port}"
    return Watcher(home, load_ladder(settings.escalation_file), settings.channels, page)


@contextmanager
def open_room(
    settings: Settings,
    tools: dict[str, Tool] | ToolsOf | None = None,
    trust: Trust | None = None,
    folder: Path | None = None,
    metrics: Metrics | None = None,
    watching: Sequence[Observer] = (),
) -> Iterator[ReadingRoom]:
    """Open the reading room of the embedded store, or of a `folder` of its own, and close its files at the end.

    Who is told of its work is what the settings say, `metrics` and those `watching`; of a room in a folder of its own
    only the latter.
    """
    trace_nothing()
    with ExitStack() as stack:
        home = stack.enter_context(closing(Home(folder) if folder else open_home(settings)))
        graph = stack.enter_context(open_graph(home))
        opened = open_observers(settings, home, metrics, watching)
        observers = Observers(tuple(watching)) if folder else stack.enter_context(opened)
        profile = load_profile(settings.profile, settings)
        _allocate({spec.backend for spec in profile.roles.values()})
        services = services_for(settings, home, profile, tools, trust, observers)
        yield ReadingRoom(graph, services, home)


def _allocate(backends: set[str]) -> None:
    if SMALL in backends:
        give_back_freed()
    elif LARGE in backends:
        keep_freed()


@contextmanager
def open_graph(home: Home) -> Iterator[case_graph.CaseGraph]:
    """Open the graph over the checkpoints of a home, without any model or tool."""
    with open_checkpoints(home) as saver:
        yield case_graph.build(saver)
