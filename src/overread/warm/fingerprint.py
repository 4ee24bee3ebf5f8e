"""What two processes must have in common for one to read a case exactly as the other would.

That is the settings (but for those below), the profile, the program's own files, weights and prompts among them, the
operator's catalogue, extensions, installed packages, and what of the environment reaches models or files. Files count
by path, size and time of change: nothing is opened. A process that has run for long tells what was there when it began.
"""

import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from overread.errors import SettingsError
from overread.settings import Profile, Settings, load_profile

OF_NO_CASE = frozenset({"app_host", "app_port", "tls_cert", "tls_key", "log_level", "log_format", "ray", "reading"})
"""Settings that change nothing of a case."""
OF_NO_CASE_OBSERVING = frozenset({"metrics_port", "metrics_host", "metrics_token"})
ENVIRONMENT = ("CUDA_", "HF_", "KMP_", "MKL_", "OMP_", "OPENBLAS_", "PYTHONPATH", "TORCH", "TRANSFORMERS_", "TZ")
"""Beginnings of the names of variables that models, their libraries or the writing of files look at."""


AT_START = dict(os.environ)
"""Before any model is loaded: torch and its like set variables of their own as they are imported."""
FRESH_SECONDS = 5.0
"""How long a fingerprint is believed by who asks for each tool of each case: it takes some 15 ms of the processor."""


class RecentFingerprint:
    """Gives the fingerprint of settings, a few seconds old at most; None while their profile cannot be read."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: tuple[float, str | None] | None = None

    def __call__(self) -> str | None:
        """Give 64 hex digits, or None."""
        with self._lock:
            now = self._clock()
            if self._taken is None or now - self._taken[0] > FRESH_SECONDS:
                self._taken = now, self._take()
            return self._taken[1]

    def _take(self) -> str | None:
        try:
            return fingerprint(self._settings, AT_START)
        except SettingsError:
            return None


def fingerprint(settings: Settings, environment: Mapping[str, str] | None = None) -> str:
    """Give 64 hex digits, under the environment as it is unless one is given.

    Raises `SettingsError` for a profile that is not there.
    """
    profile = load_profile(settings.profile, settings)
    variables = os.environ if environment is None else environment
    told = {
        "settings": _of_a_case(settings),
        "profile": profile.model_dump(mode="json"),
        "files": list(_files(settings, profile)),
        "packages": sorted(_packages()),
        "python": [sys.version, sys.prefix],
        "environment": {name: value for name, value in sorted(variables.items()) if name.startswith(ENVIRONMENT)},
        "umask": _umask(),
        "folder": os.getcwd() if any(not Path(name).is_absolute() for name in _paths(settings, profile)) else None,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=_plain).encode()).hexdigest()


def _of_a_case(settings: Settings) -> dict[str, Any]:
    told = settings.model_dump(exclude=set(OF_NO_CASE))
    return {**told, "observing": {k: v for k, v in told["observing"].items() if k not in OF_NO_CASE_OBSERVING}}


def _plain(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _files(settings: Settings, profile: Profile) -> Iterator[tuple[str, int, int]]:
    """Give each file whose content may matter, with its size and time of change."""
    package = Path(__file__).parents[1]
    for root in dict.fromkeys(
        (package, settings.own_catalogue, *_paths(settings, profile), *_extensions(settings, profile))
    ):
        if root.is_file():
            yield _stat(str(root))
        elif root != settings.home:
            yield from _below(root)


def _below(root: Path) -> Iterator[tuple[str, int, int]]:
    for folder, inside, names in os.walk(root, followlinks=True):
        inside[:] = sorted(name for name in inside if name != "__pycache__")
        for name in sorted(names):
            yield _stat(os.path.join(folder, name))


def _stat(path: str) -> tuple[str, int, int]:
    try:
        seen = os.stat(path)
    except OSError:
        return path, -1, -1
    return path, seen.st_size, seen.st_mtime_ns


def _paths(settings: Settings, profile: Profile) -> list[Path]:
    """Name the files and folders that settings and profile name, as they are written."""
    specs = profile.roles.values()
    named = [spec.model for spec in specs] + [value for spec in specs for value in spec.parameters.values()]
    words = [value for value in (*named, settings.report_style) if isinstance(value, str) and _is_path(value)]
    given = [value for value in settings.model_dump(exclude=set(OF_NO_CASE)).values() if isinstance(value, Path)]
    return [*given, *(Path(word) for word in words)]


def _is_path(word: str) -> bool:
    return word.startswith((".", os.sep)) or word.endswith((".yaml", ".yml"))


def _extensions(settings: Settings, profile: Profile) -> Iterator[Path]:
    """Give the folders, or the file, of packages that settings and profile name parts of by a dotted path."""
    named: Iterable[str] = (*settings.protocols, *profile.tools, *(spec.backend for spec in profile.roles.values()))
    for name in dict.fromkeys(name.partition(".")[0] for name in named if "." in name):
        spec = find_spec(name)
        if spec is not None:
            yield from map(Path, spec.submodule_search_locations or filter(None, [spec.origin]))


def _packages() -> Iterator[str]:
    """Name what is installed, each with its version."""
    for folder in sys.path:
        try:
            yield from (
                name for name in os.listdir(folder or ".") if name.endswith((".dist-info", ".egg-link", ".pth"))
            )
        except OSError:
            continue


def _umask() -> int:
    """Give the mode bits that new files lack; to look at them they must be set."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
