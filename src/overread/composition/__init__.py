"""The composition root: the only place that turns settings into objects."""

from overread.composition._models import parts_of
from overread.composition._outgoing import watcher_of
from overread.composition._protocols import build_protocols, build_rules, protocol_named
from overread.composition._rooms import open_graph, open_room
from overread.composition._services import LANGUAGE_ROLES, pixels_for_tools, services_for
from overread.composition._tools import OF_NO_PROFILE, build_tool_of_no_profile, build_tools, shared_tools
from overread.composition._trust import trust_in

__all__ = [
    "LANGUAGE_ROLES",
    "OF_NO_PROFILE",
    "build_protocols",
    "build_rules",
    "build_tool_of_no_profile",
    "build_tools",
    "open_graph",
    "open_room",
    "parts_of",
    "pixels_for_tools",
    "protocol_named",
    "services_for",
    "shared_tools",
    "trust_in",
    "watcher_of",
]
