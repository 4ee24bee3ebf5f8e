"""Metrics by name: a file of this folder, a dotted path, or a file of one's own."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from overread import plugins
from overread.errors import PluginError, UsageError
from overread.evals.metrics._metric import Given, Metric

KIND: plugins.Kind = "evals.metrics"
Options = Mapping[str, Mapping[str, str]]
"""Metric to option to value."""


def known() -> tuple[str, ...]:
    """Name the metrics that ship."""
    return plugins.names(KIND)


def parse_options(given: Sequence[str]) -> Options:
    """Read `METRIC.OPTION=VALUE`; raises `UsageError` for anything else."""
    found: dict[str, dict[str, str]] = {}
    for text in given:
        place, is_there, value = text.partition("=")
        metric, has_option, option = place.partition(".")
        if not (is_there and has_option and metric and option and value):
            raise UsageError(f"-o {place}: give METRIC.OPTION=VALUE, such as bertscore.model=DIR")
        found.setdefault(metric, {})[option] = value
    return found


def load(names: Sequence[str], given: Given, options: Options) -> list[Metric]:
    """Build metrics; raises `PluginError` for a name that is none, `UsageError` for options of one not named."""
    built = [(name, _build(name, given, options)) for name in names]
    if unused := set(options) - {Path(name).stem for name in names}:
        raise UsageError(f"-o {min(unused)}.…: this metric is not among those that are asked for")
    return [metric for _, metric in built]


def _build(name: str, given: Given, options: Options) -> Metric:
    own = Given(given.settings, options.get(Path(name).stem, {}), given.judge)
    builder = _of_file(Path(name)) if name.endswith(".py") else plugins.builder(KIND, name)
    metric: Metric = builder(own)
    return metric


def _of_file(path: Path) -> Any:
    if not path.is_file():
        raise PluginError(f"{path}: no such file; a metric of your own is a file with build()")
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise PluginError(f"{path} cannot be read as Python")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    if not callable(getattr(module, "build", None)):
        raise PluginError(f"{path} has no build(); see docs/evals.md for the shape of a metric")
    return module.build


def every(settings_given: Given) -> Iterator[Metric]:
    """Build every metric that ships, without options."""
    for name in known():
        yield plugins.builder(KIND, name)(settings_given)
