"""Label sentences and whole reports: CheXpert-style, three-valued, with spans and sides."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from overread.labeler.elliptical import Found, with_ellipses
from overread.labeler.lexicon import lexicon
from overread.labeler.scope import Context, Judgement
from overread.labeler.sentences import Span, one_line, report_sentences, sentences
from overread.labeler.structures import said_of_structures
from overread.reasoning.vocabulary import LABELS
from overread.records import Assertion

VERSION = "4"
"""Changes whenever a label of some text may change."""

Value = Literal[1, 0, -1]


class Reading(NamedTuple):
    """What a text asserts, and by which rule."""

    assertion: Assertion
    rule: str


EITHER_OR = Judgement("uncertain", "two readings of one shadow")
_VALUES: dict[str, Value] = {"present": 1, "absent": 0, "uncertain": -1}
_ORDER: tuple[Value, ...] = (1, -1, 0)


@lru_cache(maxsize=1024)
def assertions(sentence: str) -> tuple[Assertion, ...]:
    """List what a sentence asserts, in order; spans count from the beginning of the text given.

    The last ones are remembered: several checks read each sentence of a draft, and drafts have many in common.
    """
    return tuple(found.assertion for piece in sentences(sentence) for found in _read(piece))


def report_assertions(text: str) -> tuple[Assertion, ...]:
    """List what a report asserts where it says what was seen; its history, technique and comparison are left out."""
    return tuple(found.assertion for found in report_readings(text))


def report_readings(text: str) -> tuple[Reading, ...]:
    """As `report_assertions`, each with the rule that fired: the kind of cue and its words."""
    return _readings(report_sentences(text))


def _readings(pieces: Iterable[Span]) -> tuple[Reading, ...]:
    return tuple(found for piece in pieces for found in _read(piece))


def label_text(text: str) -> dict[str, int | None]:
    """Give each label of a report: 1 present, 0 absent, -1 uncertain, None not mentioned.

    Several mentions of one label: present over uncertain over absent. `No Finding` is 1 when nothing but devices is
    present or uncertain and no other abnormality is named; 0 when something is present.
    """
    pieces = tuple(report_sentences(text))
    found = [reading.assertion for reading in _readings(pieces)]
    labels: dict[str, int | None] = {label: _strongest(a for a in found if a.label == label) for label in LABELS}
    labels["No Finding"] = _no_finding(pieces, labels)
    return labels


def _strongest(found: Iterable[Assertion]) -> Value | None:
    values = {_VALUES[assertion.status] for assertion in found}
    return next((value for value in _ORDER if value in values), None)


def _no_finding(pieces: Sequence[Span], labels: dict[str, int | None]) -> Value | None:
    others = [value for label, value in labels.items() if label not in ("No Finding", "Support Devices")]
    if 1 in others:
        return 0
    # A text of which nothing is read, such as a history alone, says of no film that it is normal.
    if -1 in others or not pieces:
        return None
    return 0 if _other_abnormality(pieces) else 1


def _other_abnormality(pieces: Sequence[Span]) -> bool:
    for piece in pieces:
        sentence, _ = one_line(piece.text)
        named = list(lexicon().other_abnormalities.finditer(sentence))
        context = Context(sentence) if named else None
        if context and any(context.status(*match.span()) in ("present", "uncertain") for match in named):
            return True
    return False


def _read(piece: Span) -> Iterator[Reading]:
    sentence, places = one_line(piece.text)
    context = Context(sentence)
    found = _mentions(sentence, context)
    named = {mention.label for mention in found}
    for said in said_of_structures(sentence, context):
        rule = f"structure: {sentence[said.start : said.end].lower()}"
        found += [Found(label, said.status, said.start, said.end, rule) for label in said.labels if label not in named]
    found.sort(key=lambda item: item.start)
    for item, side in with_ellipses(sentence, found, context):
        first, last = piece.start + places[item.start], piece.start + places[item.end - 1]
        yield Reading(
            Assertion(label=item.label, status=item.status, laterality=side, start=first, end=last + 1), item.rule
        )


def _mentions(sentence: str, context: Context) -> list[Found]:
    """List label, status and span of every phrase; two readings of one shadow are both uncertain."""
    words = lexicon()
    spans: list[tuple[str, Judgement, tuple[int, int]]] = []
    for match in words.mentions.finditer(sentence):
        group = match.lastgroup or ""
        labels = words.labels[group]
        judged = context.judge(*match.span(), device="Support Devices" in labels) if labels else None
        if judged is None or judged.status is None:
            continue
        other = bool(spans) and words.labels[spans[-1][0]] != labels
        open_choice = other and "present" in (spans[-1][1].status, judged.status)
        if open_choice and context.either_or(spans[-1][2], match.span()):
            spans[-1] = (spans[-1][0], EITHER_OR, spans[-1][2])
            judged = EITHER_OR
        if judged.status == "present" and group in words.weak:
            judged = Judgement("uncertain", "a hint of it")
        spans.append((group, judged, match.span()))
    return [
        Found(label, judged.status, *span, judged.rule)
        for group, judged, span in spans
        if judged.status is not None
        for label in words.labels[group]
    ]
