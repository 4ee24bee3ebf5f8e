"""The style of a draft: in which order its sections come, what they are called, and how a status is said.

A style is a YAML file as a RadReport template is: sections with their headings, and a phrase for each status. A phrase
may only be used if the labeler reads back from it exactly what was meant, of every label and every side: that is tried
when a style is loaded, so that no wording of an operator can turn a finding into another one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from overread.agents._phrases import ORDER, WORDINGS, a_finding, capital, listed, named, verb
from overread.errors import SettingsError
from overread.labeler import assertions
from overread.reasoning.vocabulary import TERMS
from overread.records import SECTIONS, Laterality, Section, Status

SHIPPED = Path(__file__).parent / "styles"
LANGUAGES = ("en",)
"""Languages that the labeler reads; in another one nobody could check what a draft says."""
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_ONE = frozenset({"is", "a_finding", "finding", "Finding"})
_MANY = frozenset({"noun", "nouns"})


class Heading(BaseModel):
    """A section and what it is called."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: Section
    heading: str


class Phrases(BaseModel):
    """How a status is said, without the full stop.

    `present` and `uncertain` take `{finding}`, `{Finding}` (with a capital), or `{is} {a_finding}`; `absent` takes
    `{nouns}` (one list) or `{noun}` (said again for each, with a semicolon between).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    present: str
    uncertain: str
    absent: str
    heart_present: str
    heart_uncertain: str
    heart_absent: str


class Style(BaseModel):
    """A style that was tried: the labeler reads every phrase of it as it is meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    describe: str
    language: str
    sections: tuple[Heading, ...]
    phrases: Phrases

    @property
    def headings(self) -> tuple[tuple[Section, str], ...]:
        """Give section and heading in reading order."""
        return tuple((item.section, item.heading) for item in self.sections)

    def says(self, status: Status, label: str, side: Laterality | None, place: str | None = None) -> str:
        """Say that a label is there, may be there, or is not, without the full stop."""
        if status == "absent":
            return self.denies([label])
        phrase = self.phrases.present if status == "present" else self.phrases.uncertain
        told = named(label, side, place)
        return phrase.format(
            **{"is": verb(label, side)}, a_finding=a_finding(label, side, place), finding=told, Finding=capital(told)
        )

    def denies(self, labels: Sequence[str]) -> str:
        """Deny labels in one sentence, without the full stop."""
        nouns = [WORDINGS[label].noun for label in labels]
        if "{nouns}" in self.phrases.absent:
            return self.phrases.absent.format(nouns=listed(nouns, "or"))
        return capital("; ".join(self.phrases.absent.format(noun=noun) for noun in nouns))

    def heart(self, status: Status) -> str:
        """Say what the measured heart is, without the full stop."""
        phrases = self.phrases
        told = {"present": phrases.heart_present, "absent": phrases.heart_absent}
        return told.get(status, phrases.heart_uncertain)


class _Try(NamedTuple):
    text: str
    meant: tuple[tuple[str, Status, Laterality | None], ...]


def shipped() -> tuple[str, ...]:
    """Name the styles that ship."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


@cache
def load_style(name: str = "plain", language: str = "en") -> Style:
    """Read a style by its shipped name or by the path of a file; raise `SettingsError` for one that may not be used."""
    if language not in LANGUAGES:
        raise SettingsError(
            f"report_language '{language}': what a draft says is checked by a labeler that reads English; set 'en'"
        )
    style = _parsed(name)
    if style.language != language:
        raise SettingsError(f"report_style '{style.name}' is of the language '{style.language}', not '{language}'")
    _refuse_incomplete(style)
    for attempt in _attempts(style):
        said = tuple((each.label, each.status, each.laterality) for each in assertions(attempt.text))
        if said != attempt.meant:
            raise SettingsError(
                f"report_style '{style.name}': '{attempt.text}' is not read back as it is meant "
                f"({' '.join(str(part) for part in attempt.meant[0] if part)}); word that phrase otherwise"
            )
    return style


def _parsed(name: str) -> Style:
    path = SHIPPED / f"{name}.yaml"
    if not path.is_file():
        path = Path(name).expanduser()
    if path.suffix != ".yaml" or not path.is_file():
        raise SettingsError(f"no report_style '{name}'; there are: {', '.join(shipped())}, or give the path of a .yaml")
    try:
        return Style.model_validate({"name": path.stem, **yaml.safe_load(path.read_text(encoding="utf-8"))})
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"]) or "the whole file"
        raise SettingsError(f"report_style '{path.stem}', {where}: {fault['msg']}") from error
    except (yaml.YAMLError, TypeError, OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"report_style '{path.stem}' cannot be read: {type(error).__name__}") from error


def _refuse_incomplete(style: Style) -> None:
    named_sections = [item.section for item in style.sections]
    if sorted(named_sections) != sorted(SECTIONS):
        raise SettingsError(f"report_style '{style.name}' must name each section once: {', '.join(SECTIONS)}")
    wanted = {"present": _ONE, "uncertain": _ONE, "absent": _MANY}
    for phrase, allowed in wanted.items():
        used = set(_PLACEHOLDER.findall(getattr(style.phrases, phrase)))
        if not used or not used <= allowed:
            raise SettingsError(
                f"report_style '{style.name}', phrase '{phrase}': it takes {', '.join(sorted(allowed))} in braces"
            )


def _attempts(style: Style) -> Iterator[_Try]:
    """Give every phrase of every label and side, every list of negatives, and the heart."""
    statuses: tuple[Status, ...] = ("present", "uncertain")
    for label in ORDER:
        for status in statuses:
            for side in _sides(label):
                yield _Try(f"{style.says(status, label, side)}.", ((label, status, side),))
        yield _Try(f"{style.denies([label])}.", ((label, "absent", None),))
    yield _Try(f"{style.denies(ORDER)}.", tuple((label, "absent", None) for label in ORDER))
    for status in (*statuses, "absent"):
        yield _Try(f"{style.heart(_status(status))}, cardiothoracic ratio 0.50.", ((HEART, _status(status), None),))


HEART: Literal["Cardiomegaly"] = "Cardiomegaly"


def _status(text: str) -> Status:
    return "present" if text == "present" else "absent" if text == "absent" else "uncertain"


def _sides(label: str) -> Iterable[Laterality | None]:
    return (None, "left", "right", "bilateral") if TERMS[label].sided else (None,)
