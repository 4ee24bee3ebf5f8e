"""Name everything that an attempt depends on: weights, program, settings, libraries."""

import hashlib
import os
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import overread
from overread import plugins
from overread._version import __version__
from overread.errors import OverreadError
from overread.evals.running._result import ModelIdentity, ProfileIdentity
from overread.records import content_digest
from overread.settings import ModelSpec, Settings, load_profile

LIBRARIES = ("langgraph", "langchain-core", "pydantic", "numpy", "scipy", "pydicom", "torch", "transformers")
SOURCES = frozenset({".py", ".md", ".yaml", ".json", ".txt"})
"""Files of the program that shape what it does; weights have digests of their own, and so have scenarios."""
ELSEWHERE = ("suites", "templates", "reporting", "comparing", "review", "cli", "__pycache__")
"""Folders that shape no attempt, or have digests of their own."""


def profile_identity(name: str, settings: Settings) -> ProfileIdentity:
    """Name a profile by its content and its weights; weights that cannot be found out are None."""
    profile = load_profile(name, settings)
    models = tuple(_model(role, spec, settings) for role, spec in sorted(profile.roles.items()))
    content = [profile.model_dump(mode="json"), [model.weights_digest for model in models]]
    return ProfileIdentity(name=name, models=models, digest=content_digest(content, length=64))


def _model(role: str, spec: ModelSpec, settings: Settings) -> ModelIdentity:
    try:
        weights: str | None = plugins.builder("backends", spec.backend)(spec, settings).card.weights_digest
    except OverreadError:
        weights = None  # the tool that asks for it says why
    return ModelIdentity(role=role, backend=spec.backend, model=spec.model, weights_digest=weights or None)


@cache
def source_digest() -> str:
    """Give the SHA-256 over the program's own files: with an edited rule or prompt everything is run again."""
    whole = hashlib.sha256()
    root = Path(overread.__file__).parent
    for folder, inner, names in os.walk(root, followlinks=True):
        inner[:] = sorted(name for name in inner if name not in ELSEWHERE)
        for name in sorted(names):
            path = Path(folder) / name
            if path.suffix in SOURCES:
                whole.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return whole.hexdigest()


def settings_digest(settings: Settings) -> str:
    """Give the SHA-256 over the settings and what was measured on this machine; where things lie is left out."""
    told: dict[str, Any] = settings.model_dump(mode="json", exclude={"home", "profile", "log_level"})
    cards = sorted(path.read_text(encoding="utf-8") for path in settings.own_catalogue.glob("*/card.json"))
    return content_digest([told, cards], length=64)


def scorer_identity(name: str) -> str:
    """Name a scorer, and one of somebody else's by its content too."""
    if name.endswith(".py"):
        return f"{name}@{hashlib.sha256(Path(name).read_bytes()).hexdigest()}"
    spec = find_spec(name) if "." in name else None
    origin = Path(spec.origin) if spec is not None and spec.origin else None
    return f"{name}@{hashlib.sha256(origin.read_bytes()).hexdigest()}" if origin else name


def versions() -> dict[str, str]:
    """Name the program, its source, Python and the libraries that shape results, where they are installed."""
    found = {"overread": __version__, "source": source_digest(), "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
