"""`overread config`: every setting with its value and where the value comes from."""

from collections.abc import Mapping
from typing import Any

import typer
from pydantic import BaseModel
from pydantic_settings import EnvSettingsSource, TomlConfigSettingsSource
from rich.console import Console
from rich.table import Table
from rich.text import Text

from overread.cli.printing import print_json
from overread.cli.read import AsJson
from overread.cli.session import session_of
from overread.settings import CONFIG_FILE, Settings


def config(context: typer.Context, as_json: AsJson = False) -> None:
    """Print the merged settings, each with its origin: default, file, env or option."""
    session = session_of(context)
    rows = rows_of(session.settings(), session.options())
    if as_json:
        print_json([{"key": key, "value": value, "origin": origin} for key, value, origin in rows])
        return
    table = Table("setting", "value", "origin", box=None, pad_edge=False)
    for key, value, origin in rows:
        table.add_row(Text(key), Text(_shown(value)), Text(origin, style="" if origin == "default" else "bold"))
    Console(soft_wrap=True).print(table)


def rows_of(settings: Settings, options: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    """Give key, value and origin of every setting; the highest source that names a key is its origin."""
    sources = (
        ("option -c", _leaves(options)),
        ("env", _leaves(EnvSettingsSource(Settings)())),
        (f"file {CONFIG_FILE}", _leaves(TomlConfigSettingsSource(Settings)())),
    )
    flat = _flat(settings)
    return [(key, value, next((name for name, keys in sources if _names(keys, key)), "default")) for key, value in flat]


def _flat(model: BaseModel, prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            found += _flat(value, f"{prefix}{name}.")
        else:
            found.append((f"{prefix}{name}", model.model_dump(mode="json")[name]))
    return found


def _leaves(data: Mapping[str, Any], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in data.items():
        if isinstance(value, BaseModel):
            value = value.model_dump(exclude_unset=True)
        found |= _leaves(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}"}
    return found


def _names(keys: set[str], key: str) -> bool:
    """Whether a source names a setting, or an entry of a setting that is a table itself."""
    return key in keys or any(other.startswith(f"{key}.") for other in keys)


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
