"""The models of a profile, and the parts that tools are built from."""

import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar, cast

from overread import plugins
from overread.errors import RoleUnfilled, SettingsError
from overread.observing.events import Observers
from overread.observing.models import Tell, watched
from overread.ports import (
    Backend,
    ChatBackend,
    EmbeddingBackend,
    LabelBackend,
    OutliningBackend,
    Parts,
    SegmentationBackend,
)
from overread.retrieving.search import CaseSearch
from overread.settings import ModelSpec, Profile, Settings
from overread.store.home import Home

BackendT = TypeVar("BackendT", bound=Backend)


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
