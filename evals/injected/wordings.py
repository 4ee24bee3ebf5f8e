"""What a file of the suite says: sentences, figures and headers that contradict each other, and twins that do not."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from overread.errors import UsageError
from overread.records import Course, View

Part = Literal["tuned", "held_out", "fresh"]
PARTS: tuple[Part, ...] = ("tuned", "held_out", "fresh")
_USED = re.compile(r"\{(\w+)")
_DERIVED = {"other": "side"}


class Told(BaseModel):
    """A case as it is told: what report, scores, answers, masks, order and header say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    findings: tuple[str, ...] = ()
    impression: tuple[str, ...] = ()
    scores: dict[str, float] = Field(default_factory=dict)
    answers: tuple[tuple[str, str, str], ...] = ()
    """Question, answer and label."""
    ratio: float | None = None
    """Cardiothoracic ratio."""
    lengths: dict[str, float] = Field(default_factory=dict)
    """Measurement to millimetres."""
    far: tuple[float, float] | None = None
    """Probability of a picture out of distribution, and the threshold of the gate."""
    chest: float | None = None
    heart: float | None = None
    """How far the heart's middle lies to the left of the thorax's, as a part of its width."""
    mirror: float | None = None
    """How much better the picture fits mirrored."""
    markers: tuple[tuple[Literal["left", "right"], float], ...] = ()
    """Patient's side that a side marker names, and where it stands in the picture: 0 at its left, 1 at its right."""
    quality: float = 0.95
    sides: Literal["stated", "assumed", "withheld"] = "stated"
    views: tuple[View, ...] = ("PA",)
    age: float | None = None
    sex: Literal["F", "M"] | None = None
    indication: str | None = None
    question: str | None = None
    notes: tuple[str, ...] = ()
    prior: Literal["own", "foreign"] | None = None
    course: Course | None = None
    """What the two pictures show became of the effusion; None: nothing was compared."""
    foreign: bool = False
    """The evidence is of an image that is not in the case."""
    better: str | None = None
    """The tool that was measured better than the others."""


class Injected(NamedTuple):
    """One case of the suite."""

    rule: str
    wrong: bool
    """Whether the rule must fire; a twin must leave it silent."""
    part: Part
    told: Told


class Wordings(BaseModel):
    """One file: lists to vary, wordings in three parts, and the cases made of them.

    Wordings of the part `held_out` were written down before the rules were, `fresh` ones after these had been finished;
    `tuned` ones were there while the rules were written.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    vary: dict[str, tuple[Any, ...]] = Field(default_factory=dict)
    words: dict[str, dict[Part, tuple[str, ...]]] = Field(default_factory=dict)
    wrong: tuple[dict[str, Any], ...]
    right: tuple[dict[str, Any], ...]

    def cases(self, rule: str) -> Iterator[Injected]:
        """Give every case of the file: each wording, with each variation that its sentences use."""
        seen: set[tuple[bool, str]] = set()
        for wrong, templates in ((True, self.wrong), (False, self.right)):
            for part, template in product(PARTS, templates):
                for told in self._expanded(template, part):
                    key = (wrong, told.model_dump_json())
                    if key not in seen:
                        seen.add(key)
                        yield Injected(rule, wrong, part, told)

    def _expanded(self, template: Mapping[str, Any], part: Part) -> Iterator[Told]:
        names = sorted(_names(template) & self.words.keys())
        for wordings in _together([self.words[name].get(part, ()) for name in names]):
            worded = _fill(template, dict(zip(names, wordings, strict=True)))
            used = sorted({_DERIVED.get(name, name) for name in _names(worded)} & self.vary.keys())
            for values in product(*(self.vary[name] for name in used)):
                yield Told.model_validate(_fill(worded, _with_other(dict(zip(used, values, strict=True)))))


def _together(lists: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Give wordings of several lists side by side, each at least once; the shorter lists begin again."""
    if all(lists):
        for number in range(max((len(each) for each in lists), default=1)):
            yield tuple(each[number % len(each)] for each in lists)


def read_wordings(path: Path) -> Wordings:
    """Read one file; raises `UsageError` that names what is wrong."""
    try:
        return Wordings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise UsageError(f"injected conflicts {path.name}: {str(error).splitlines()[0]}") from error


def is_wordings(path: Path) -> bool:
    """Say whether a file is one of wordings, by its keys; one that cannot be read is not."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        return False
    return isinstance(data, dict) and {"wrong", "right"} <= data.keys()


def all_cases(folder: Path) -> Sequence[Injected]:
    """Give the cases of every file of a folder; a file is named after its rule."""
    return [case for path in sorted(folder.glob("*.yaml")) for case in read_wordings(path).cases(path.stem)]


def _names(template: Any) -> set[str]:
    return set(_USED.findall(str(template)))


def _fill(template: Any, values: Mapping[str, Any]) -> Any:
    """Put values where a template names them, in keys as well; what is not named stays for later."""
    if isinstance(template, str):
        filled = re.sub(r"\{(\w+)(?:\[(\d)\])?\}", lambda match: _value(match, values), template)
        return _sentence(filled) if filled != template else filled
    if isinstance(template, Mapping):
        return {_fill(key, values): _fill(value, values) for key, value in template.items()}
    return [_fill(each, values) for each in template] if isinstance(template, list | tuple) else template


def _value(match: re.Match[str], values: Mapping[str, Any]) -> str:
    if match[1] not in values:
        return match[0]
    value = values[match[1]]
    return str(value[int(match[2])] if match[2] is not None else value)


def _sentence(text: str) -> str:
    """Begin a sentence with a capital; a label or a number is left alone."""
    return text[:1].upper() + text[1:] if text.endswith((".", "?")) else text


def _with_other(values: dict[str, Any]) -> dict[str, Any]:
    opposite = {"left": "right", "right": "left"}
    return {**values, "other": opposite[values["side"]]} if "side" in values else values
