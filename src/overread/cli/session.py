"""What a command knows of the call: the settings that were given before it."""

from dataclasses import dataclass, field
from typing import Any

import typer
import yaml

from overread.errors import UsageError
from overread.settings import Settings, load_settings, tell_misspelt


@dataclass(frozen=True)
class Session:
    """Options that stand before the command."""

    overrides: dict[str, Any] = field(default_factory=dict)
    debug: bool = False

    def options(self, **more: Any) -> dict[str, Any]:
        """Give `-c` values and the command's own options that were given; an own option wins."""
        return {**self.overrides, **{key: value for key, value in more.items() if value is not None}}

    def settings(self, **more: Any) -> Settings:
        """Load the settings once, and set up the log that they ask for."""
        loaded = load_settings(**self.options(**more))
        from overread.observing.logs import set_up

        set_up(loaded)
        tell_misspelt()
        return loaded

    def listening(self, section: str, host: str | None, port: int | None) -> Settings:
        """Load the settings with an address that a command was given in the place of its section's."""
        given = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
        return self.settings(**{section: {**self.options().get(section, {}), **given}} if given else {})


def session_of(context: typer.Context) -> Session:
    """Give the session that `root` made, or one without options where there is none."""
    found = context.find_object(Session)
    return found if found is not None else Session()


def parse_overrides(pairs: list[str]) -> dict[str, Any]:
    """Read `key=value` with dots for nesting and YAML values; a later pair wins; raises `UsageError`."""
    merged: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not all(key.split(".")):
            raise UsageError(f"-c {pair}: give key=value, such as -c tool_seconds=30 or -c limits.files=10")
        _put(merged, key.split("."), _value(key, text))
    return merged


def _put(into: dict[str, Any], path: list[str], value: Any) -> None:
    *parents, last = path
    for parent in parents:
        inside = into.setdefault(parent, {})
        if not isinstance(inside, dict):
            raise UsageError(f"-c {'.'.join(path)}: {parent} was given a value of its own before")
        into = inside
    into[last] = value


def _value(key: str, text: str) -> Any:
    try:
        return yaml.safe_load(text) if text else ""
    except yaml.YAMLError as error:
        raise UsageError(f"-c {key}: the value is no YAML; quote it") from error
