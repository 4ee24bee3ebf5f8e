"""The tools of a profile and of the settings, for the protocol that they read by."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from overread import plugins
from overread.composition._models import parts_of
from overread.errors import SettingsError, UsageError
from overread.observing.events import Observers
from overread.pixel_text.finder import open_finder
from overread.ports import (
    Parts,
    Tool,
)
from overread.protocol import Protocol
from overread.protocols.chest_radiograph import CHEST
from overread.records import REVIEWER
from overread.settings import Profile, Settings, load_profile

LETTERING = "lettering"


RETRIEVAL = "retrieval"


PROGNOSIS = "prognosis"
"""Tools that no profile needs to name: the settings `lettering`, `similar_cases` and `prognosis` add them."""


OF_NO_PROFILE = ("lung_volumes",)
"""Tools that `overread tool` runs although no profile names them: they look at CT, and need no model."""


ToolsOf = Callable[[Protocol], dict[str, Tool]]
"""Gives the tools that read by a protocol."""


def build_tools(
    profile: Profile, settings: Settings, observers: Observers | None = None, protocol: Protocol = CHEST
) -> dict[str, Tool]:
    """Build the tools of a profile and of settings that read by a protocol, and its own; models load at first use.

    Raises `SettingsError` for `reviewer`, and where text is to be found and nothing can find it.
    """
    return tools_from(parts_of(profile, settings, observers), profile, protocol)


def tools_from(parts: Parts, profile: Profile, protocol: Protocol) -> dict[str, Tool]:
    """Build the tools that read by a protocol from parts that exist; raises as `build_tools` does."""
    if REVIEWER in (*profile.tools, *protocol.brings):
        raise SettingsError(f"no tool may be called '{REVIEWER}': what has this name was said by a person")
    known = (name for name in (*profile.tools, *_added(parts)) if protocol.runs(name))
    names = dict.fromkeys((*known, *protocol.brings))
    if LETTERING in names:
        open_finder()  # now, not in the middle of a case
    own = replace(parts, reads=protocol.reads, prompts=protocol.prompts)
    return {name: plugins.builder("tools", name)(own) for name in names}


def check_deadlines(settings: Settings) -> None:
    """Raise `SettingsError` where a deadline is given to a tool that there is none of: it would hold for nothing."""
    found = plugins.names("tools")
    unknown = {name for name in settings.tool_seconds_by_name if "." not in name} - set(found)
    if unknown:
        raise SettingsError(
            f"tool_seconds_by_name names no tool: {', '.join(sorted(unknown))}; there are: {', '.join(found)}"
        )


def shared_tools(profile: Profile, settings: Settings) -> ToolsOf:
    """Give what builds the tools of a profile for a protocol, each once, over models that stay loaded."""
    parts, built = parts_of(profile, settings), dict[str, dict[str, Tool]]()

    def of(protocol: Protocol) -> dict[str, Tool]:
        if protocol.name not in built:
            built[protocol.name] = tools_from(parts, profile, protocol)
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
