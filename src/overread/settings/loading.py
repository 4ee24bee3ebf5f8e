"""Merge the sources of the settings, and say in one line what is wrong in which of them."""

import difflib
import logging
import os
from collections.abc import Iterator
from tomllib import TOMLDecodeError
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError as SourceError

from overread.errors import SettingsError
from overread.settings.settings import CONFIG_FILE, Settings

PREFIX, BETWEEN = "overread_", "__"
QUOTE = '"'
LIKE = 0.85
"""Likeness of names (`difflib`, 0 to 1) from which one is taken for a slip of the other."""
LOGGER = logging.getLogger(__name__)


def load_settings(**overrides: Any) -> Settings:
    """Merge defaults, `overread.toml` of the working folder, the environment and `overrides` (highest).

    Raises `SettingsError`; what was given is not quoted, for it may be a secret.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(f"{_first(error)}; see 'overread config' for all settings") from error
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        said = str(error) if isinstance(error, TOMLDecodeError) else "it is not UTF-8"
        raise SettingsError(f"{CONFIG_FILE} of the working folder cannot be read: {said}") from error
    except OSError as error:
        raise SettingsError(f"{CONFIG_FILE} of the working folder cannot be read: {error.strerror}") from error
    except SourceError as error:
        # It names the field, and not what was given.
        name = f"{PREFIX}{str(error).split(QUOTE)[1]}".upper()
        raise SettingsError(f"{name} of the environment must be JSON, a list as '[{QUOTE}one{QUOTE}]'") from error


def tell_misspelt() -> None:
    """Warn of each variable of the environment that looks like a setting of ours, but is none and does nothing.

    Others that begin so are let be: an orchestrator makes `OVERREAD_SERVICE_HOST` for a service of this name.
    """
    known = list(_names(Settings))
    for variable in sorted(os.environ):
        given = variable.lower()
        name = given.removeprefix(PREFIX)
        if name == given or name.partition(BETWEEN)[0] in Settings.model_fields:
            continue
        if like := difflib.get_close_matches(name, known, n=1, cutoff=LIKE):
            LOGGER.warning("%s is no setting and does nothing; is %s meant?", variable, f"{PREFIX}{like[0]}".upper())


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        return f"setting '{where}': {first['msg'].removeprefix('Value error, ')}"
    known = [name.replace(BETWEEN, ".") for name in _names(Settings)]
    like = difflib.get_close_matches(where, known, n=1)
    return f"there is no setting '{where}'" + (f"; is '{like[0]}' meant?" if like else "")


def _names(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """Give the name of each setting, those of a section as `section__name`."""
    for name, field in model.model_fields.items():
        yield f"{before}{name}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _names(field.annotation, f"{before}{name}{BETWEEN}")
