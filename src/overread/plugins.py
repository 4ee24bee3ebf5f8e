"""Find and load extensions: a file of a top-level folder by its name, or anybody's module by its dotted path."""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any, Literal

from overread.errors import PluginError

Kind = Literal["tools", "rules", "backends", "evals.scorers", "evals.benchmarks", "evals.metrics", "signed_text"]


def names(kind: Kind) -> tuple[str, ...]:
    """List the extensions of a kind that ship with Overread, sorted."""
    package = import_module(f"overread.{kind}")
    return tuple(sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_")))


def builder(kind: Kind, name: str) -> Callable[..., Any]:
    """Give an extension's `build`; a name with a dot is the module path of somebody else's package."""
    path = name if "." in name else f"overread.{kind}.{name}"
    if "." not in name and name not in names(kind):
        raise PluginError(f"no {kind} extension named '{name}'; there are: {', '.join(names(kind))}")
    try:
        module = import_module(path)
    except ModuleNotFoundError as error:
        raise PluginError(
            f"{path} needs the module '{error.name}'; install it, or take '{name}' out of the settings"
        ) from error
    build = getattr(module, "build", None)
    if not callable(build):
        raise PluginError(f"{path} has no build(); see CONTRIBUTING.md for the shape of {kind}")
    return build  # type: ignore[no-any-return]
