"""A backend under trial, with the two ways to make it fail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from overread.errors import AnswerInvalid, BackendError, Unavailable
from overread.ports import Backend
from overread.testing.conformance.report import NotApplicable

BackendT = TypeVar("BackendT", bound=Backend)


@dataclass(frozen=True)
class BackendTrial(Generic[BackendT]):
    """`unreachable` and `garbage` are the same backend with its model out of reach, or answering nonsense."""

    backend: BackendT
    unreachable: BackendT | None = None
    garbage: BackendT | None = None


def breach_when_unreachable(backend: BackendT | None, use: Callable[[BackendT], object]) -> str | None:
    """Say what is wrong when a model that is out of reach does not end in `Unavailable`."""
    return _breach(backend, use, Unavailable, "no backend was given whose model is out of reach")


def breach_on_garbage(backend: BackendT | None, use: Callable[[BackendT], object]) -> str | None:
    """Say what is wrong when nonsense does not end in `AnswerInvalid`."""
    return _breach(backend, use, AnswerInvalid, "no backend was given whose model answers nonsense")


def _breach(
    backend: BackendT | None, use: Callable[[BackendT], object], wanted: type[BackendError], missing: str
) -> str | None:
    if backend is None:
        raise NotApplicable(missing)
    try:
        use(backend)
    except wanted:
        return None
    except BackendError as error:
        return f"raised {type(error).__name__}, not {wanted.__name__}"
    return f"answered instead of raising {wanted.__name__}"
