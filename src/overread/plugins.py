"""Find and load extensions: a file of a top-level folder by its name, anybody's by its dotted path or its file."""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from overread.errors import PluginError

Kind = Literal[
    "tools", "rules", "protocols", "backends", "evals.scorers", "evals.benchmarks", "evals.metrics", "evals.mutations",
    "export", "signed_text",
]  # fmt: skip


def names(kind: Kind) -> tuple[str, ...]:
    """List the extensions of a kind that ship with Overread, sorted."""
    package = import_module(f"overread.{kind}")
    return tuple(sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_")))


def builder(kind: Kind, name: str) -> Callable[..., Any]:
    """Give an extension's `build`; a name with a dot is the module path of somebody else's package, or a `.py` file."""
    if name.endswith(".py"):
        return _build_of(_module_in(Path(name), kind), name, kind)
    path = name if "." in name else f"overread.{kind}.{name}"
    if "." not in name and name not in names(kind):
        raise PluginError(f"no {kind} extension named '{name}'; there are: {', '.join(names(kind))}")
    try:
        module = import_module(path)
    except ModuleNotFoundError as error:
        raise PluginError(
            f"{path} needs the module '{error.name}'; install it, or take '{name}' out of the settings"
        ) from error
    return _build_of(module, path, kind)


def _build_of(module: ModuleType, path: str, kind: Kind) -> Callable[..., Any]:
    build = getattr(module, "build", None)
    if not callable(build):
        raise PluginError(f"{path} has no build(); see CONTRIBUTING.md for the shape of {kind}")
    return build  # type: ignore[no-any-return]


def _module_in(path: Path, kind: Kind) -> ModuleType:
    """Run a file as a module of its own."""
    if not path.is_file():
        raise PluginError(f"there is no file {path} with an extension of {kind}")
    spec = spec_from_file_location(f"overread_own_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise PluginError(f"{path} is no Python file")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
