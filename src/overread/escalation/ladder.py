"""The escalation ladder: per category, whom to tell after how many minutes, by which channel, how often."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from overread.errors import SettingsError

Short = Annotated[str, Field(min_length=1, max_length=120)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Repeat(_Part):
    """Tell the same people again."""

    every_minutes: int = Field(ge=1)
    times: int = Field(ge=1, le=50)


class Step(_Part):
    """Whom to tell when nobody has acknowledged by then."""

    after_minutes: int = Field(ge=0)
    """Since the alert was raised."""
    role: Short
    recipients: tuple[Short, ...] = ()
    """Names that the channel understands; empty: the role itself."""
    channel: Short
    """A channel of the settings; one that is not set up there is shown on the page only."""
    repeat: Repeat | None = None


class Category(_Part):
    """The steps of one category, and its limit."""

    within_minutes: int = Field(ge=1)
    steps: tuple[Step, ...] = Field(min_length=1)


class Rung(NamedTuple):
    """One person to be told at one time: what is told once, whatever happens."""

    minute: int
    """After the alert was raised."""
    channel: str
    recipient: str


class Ladder(_Part):
    """A whole ladder; it has steps for each of the three categories."""

    name: Short
    source: str = Field(min_length=1)
    """Where categories and times come from."""
    categories: dict[Annotated[int, Field(ge=1, le=3)], Category]

    @model_validator(mode="after")
    def _names_every_category(self) -> Self:
        if missing := {1, 2, 3} - set(self.categories):
            raise ValueError(f"category {min(missing)} has no steps")
        return self

    def rungs(self, category: int) -> tuple[Rung, ...]:
        """Give everybody who is to be told, in the order of time; one who is named twice for a minute once."""
        return tuple(sorted(set(_rungs(self.categories[category]))))

    def role(self, category: int, recipient: str) -> str:
        """Give the role that somebody is told in, their own name where the ladder has none (any more)."""
        steps = self.categories[category].steps
        return next((step.role for step in steps if recipient in (*step.recipients, step.role)), recipient)


def _rungs(category: Category) -> Iterator[Rung]:
    for step in category.steps:
        again = range(1 + (step.repeat.times if step.repeat else 0))
        every = step.repeat.every_minutes if step.repeat else 0
        for time in again:
            for recipient in step.recipients or (step.role,):
                yield Rung(step.after_minutes + time * every, step.channel, recipient)


SHIPPED = Path(__file__).parent / "acr.yaml"


def load_ladder(path: Path | None = None) -> Ladder:
    """Read a ladder, the shipped one unless a file is given; raises `SettingsError` with what is wrong in it."""
    source = path or SHIPPED
    try:
        return Ladder.model_validate(yaml.safe_load(source.read_text()))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"setting 'escalation_file': {source} cannot be read: {type(error).__name__}") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"the ladder {source.name} is no YAML: {str(error).splitlines()[0]}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise SettingsError(f"the ladder {source.name} is not valid: {where}: {first['msg']}") from None
