"""The phrases and cues of the labeler, compiled once from the tables beside this file."""

import re
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

Pattern = re.Pattern[str]


_JOINING = re.compile(
    r"(?:[\s,/&]|\b(?:and|or|nor|any|other|focal|acute|overt|definite|new|evidence of|signs? of|pleural|lung)\b)*",
    re.IGNORECASE,
)


class Structure(NamedTuple):
    """An organ that a report calls normal or not, and the labels that follow."""

    mention: Pattern
    normal: Pattern
    abnormal: Pattern
    borderline: Pattern
    normal_labels: tuple[str, ...]
    abnormal_labels: tuple[str, ...]


class Lexicon(NamedTuple):
    """Every table as compiled patterns."""

    mentions: Pattern
    labels: dict[str, tuple[str, ...]]
    """Group of `mentions` to its labels."""
    weak: frozenset[str]
    """Groups of `mentions` that only hint at their label."""
    structures: tuple[Structure, ...]
    other_abnormalities: Pattern
    cues: Pattern
    """One group per kind of cue, the group's name being the kind."""
    after: Pattern
    """Cues that stand behind what they change."""
    terminators: Pattern
    restarts: Pattern
    side_restarts: Pattern
    """As `restarts`, for a negation: an item with another side is a statement of its own."""
    comparison: Pattern
    no_comparison: Pattern
    alternatives: Pattern
    not_an_alternative: Pattern
    views: dict[str, Pattern]
    sides: Pattern
    shared_side: Pattern
    devices: Pattern
    part_of: Pattern
    """A part of a device, up to the device."""
    its_part: Pattern
    part: Pattern
    placed: Pattern
    """Words that tell of a device that was put in, as of a past event."""

    def is_bare_list(self, text: str) -> bool:
        """Say whether a text names things and says nothing of any: "effusion, pneumothorax or consolidation"."""
        return _JOINING.fullmatch(self.mentions.sub(" ", text)) is not None


@cache
def lexicon() -> Lexicon:
    """Read the tables; they never change while the program runs."""
    phrases, context = _table("phrases.yaml"), _table("context.yaml")
    groups = {f"g{number}": entry for number, entry in enumerate(phrases["mentions"])}
    return Lexicon(
        mentions=_grouped({name: entry["phrases"] for name, entry in groups.items()}),
        labels={name: tuple(entry["labels"]) for name, entry in groups.items()},
        weak=frozenset(name for name, entry in groups.items() if entry.get("weak", False)),
        structures=tuple(_structure(entry) for entry in phrases["structures"]),
        other_abnormalities=_any(phrases["other_abnormalities"]),
        cues=_grouped({kind: context[kind] for kind in _BEFORE}),
        after=_grouped({kind: context[kind] for kind in _AFTER}),
        terminators=re.compile(rf";|{_words(context['terminators'])}", re.IGNORECASE),
        restarts=re.compile(
            rf"(?:(?:,|\band\b|\bwith\b)\s+(?:{'|'.join(context['restarts'])})|\bwith\s+(?:left|right|bilateral))\b",
            re.IGNORECASE,
        ),
        side_restarts=re.compile(
            r"(?:(?<!right)(?<!left)(?<!bilateral),|(?<!right )(?<!left )(?<!bilateral )\band)\s+"
            r"(?:right|left|bilateral|bilat|rt|lt|b/l)\b",
            re.IGNORECASE,
        ),
        comparison=_any(context["comparison"]),
        no_comparison=re.compile("|".join(_spaced(p) for p in context["no_comparison"]), re.IGNORECASE),
        alternatives=re.compile(rf"\s*,?\s*(?:{'|'.join(context['alternatives'])})\s+", re.IGNORECASE),
        not_an_alternative=_any(context["not_an_alternative"]),
        views={view: _any(words) for view, words in context["views"].items()},
        sides=_grouped(context["sides"]),
        devices=_any(_phrases_of("Support Devices", phrases["mentions"])),
        part_of=re.compile(
            rf"(?:{_words(context['parts'])}) (?:of|from|in) (?:the |an? |this |that )?(?:[\w-]+ ){{0,2}}",
            re.IGNORECASE,
        ),
        its_part=re.compile(rf"(?:['’]s?)?\s+(?:{_words(context['parts'])})", re.IGNORECASE),
        part=_any(context["parts"]),
        placed=_any(context["placed"]),
        shared_side=re.compile(rf"(?:\s|,|/|\b(?:{'|'.join(context['shared_side'])})\b)*", re.IGNORECASE),
    )


_BEFORE = ("pseudo", "no_assertion_before", "uncertainty_before", "negation_before")
_AFTER = ("pseudo_after", "no_assertion_after", "uncertainty_after", "negation_after")


def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(files("overread.labeler").joinpath(name).read_text(encoding="utf-8"))
    return table


def _phrases_of(label: str, mentions: list[dict[str, Any]]) -> list[str]:
    return [phrase for entry in mentions if label in entry["labels"] for phrase in entry["phrases"]]


def _spaced(phrase: str) -> str:
    return phrase.replace(" ?", r"[\s-]?").replace(" ", r"[\s-]+")


def _words(phrases: list[str]) -> str:
    """Join phrases into one alternation of whole words."""
    return rf"(?<![\w-])(?:{'|'.join(_spaced(phrase) for phrase in phrases)})(?!\w)"


def _any(phrases: list[str]) -> Pattern:
    return re.compile(_words(phrases), re.IGNORECASE)


def _grouped(kinds: dict[str, list[str]]) -> Pattern:
    joined = "|".join(f"(?P<{kind}>{'|'.join(_spaced(p) for p in phrases)})" for kind, phrases in kinds.items())
    return re.compile(rf"(?<![\w-])(?:{joined})(?!\w)", re.IGNORECASE)


def _structure(entry: dict[str, Any]) -> Structure:
    return Structure(
        mention=_any([entry["mention"]]),
        normal=_any([entry["normal"]]),
        abnormal=_any([entry["abnormal"]]),
        borderline=_any([entry["borderline"]]),
        normal_labels=tuple(entry["normal_labels"]),
        abnormal_labels=tuple(entry["abnormal_labels"]),
    )
