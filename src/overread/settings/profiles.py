"""Profiles: named sets of models, a file each, of an operator or as they ship."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from overread.errors import SettingsError

if TYPE_CHECKING:
    from overread.settings.settings import Settings


class ModelSpec(BaseModel):
    """One model of a profile: which backend answers for it, and where its weights are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: str
    """A file in `backends/`, or a dotted module path."""
    model: str
    """Name of a folder in `models/`, or a path, or the served name."""
    url: str | None = None
    parameters: dict[str, str | int | float | bool | None] = Field(default_factory=dict)
    reads: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}(:[A-Z ]+)?$")], ...] | None = None
    """Of a VQA model: the modalities that its card states, such as `CT` or `DX:HAND`; None: as its catalogue entry."""


class Profile(BaseModel):
    """A named set of models: the same graph runs on any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    describe: str
    tools: tuple[str, ...]
    roles: dict[str, ModelSpec] = Field(default_factory=dict)
    """Role to model: `segmentation classification report vqa`; `classifier outline planner drafter` where there are."""


def load_profile(name: str, settings: "Settings") -> Profile:
    """Read a profile by name from the operator's folder, else from those that ship in `models/profiles`."""
    folders = [folder for folder in (settings.profiles_dir, shipped_profiles()) if folder is not None]
    for folder in folders:
        path = folder / f"{name}.yaml"
        if path.is_file():
            return _parse_profile(path)
    known = sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})
    raise SettingsError(f"no profile named '{name}'; there are: {', '.join(known)}")


def shipped_profiles() -> Path:
    """Give the folder of the profiles that ship."""
    return Path(__file__).parents[1] / "models" / "profiles"


def _parse_profile(path: Path) -> Profile:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise SettingsError(
                f"profile {path.name} is not valid: it must map names to values (describe, tools, roles)"
            )
        return Profile.model_validate({"name": path.stem, **content})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"profile {path.name} is not valid: {where}: {first['msg']}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise SettingsError(f"profile {path.name} is no YAML{f', line {mark.line + 1}' if mark else ''}") from error
    except OSError as error:
        raise SettingsError(f"profile {path.name} cannot be read: {error.strerror}") from error
