"""Give what a sentence names its sides, and what it says of another side without naming it again."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from overread.labeler.ellipsis import Ellipsis, without
from overread.labeler.laterality import side_words, sides
from overread.labeler.scope import Context, Status
from overread.reasoning.vocabulary import TERMS
from overread.records import Laterality

_ANSWERS = re.compile(r"\s*(?:[:=?(]|\s[-\u2013\u2014]\s)\s*")
_DENIED = re.compile(
    r"not (?:seen|present|identified|visible|noted|evident|detected|appreciated)|absent", re.IGNORECASE
)
_NEXT = re.compile(r"\s*[,:=?(]?\s*")
_RULE = "said of a side"
Span = tuple[int, int]


class Found(NamedTuple):
    """A label as a phrase speaks of it, with the rule that says so."""

    label: str
    status: Status
    start: int
    end: int
    rule: str

    @property
    def span(self) -> Span:
        """Where it is named."""
        return self.start, self.end


def with_ellipses(sentence: str, found: Sequence[Found], context: Context) -> list[tuple[Found, Laterality | None]]:
    """Give each thing that is named its side, and what an ellipsis says of it on another side.

    An ellipsis is of what was named last before it. "Effusion: none on the right" and "effusion, none on either side"
    say nothing else of it, and so are its own answer; "opacity, mild on the right" gives it its side.
    """
    spans = tuple(sorted({item.span for item in found}))
    of = {one: max((span for span in spans if span[1] <= one.start), default=None) for one in context.ellipses}
    heard = {one: span for one, span in of.items() if span is not None}
    where = _where(sentence, spans, context, tuple(heard))
    answers = {span: one for one, span in heard.items() if _is_its_answer(sentence, one, span, where[span])}
    present = {item.span for item in found if item.status != "absent"} - answers.keys()
    own = {one: span for one, span in heard.items() if one.status == "present" and span in present and not where[span]}
    if own:
        heard = {one: span for one, span in heard.items() if one not in own}
        where = {**_where(sentence, spans, context, tuple(heard)), **{span: one.side for one, span in own.items()}}
    said = [_answered(item, where[item.span], answers.get(item.span)) for item in found]
    for one, span in heard.items():
        told = one == answers.get(span) or (one.status == "present" and where[span] == "bilateral")
        if one.status is not None and not told:
            said += ((each, one.side) for each in _again(found, one, span))
    return sorted(said, key=lambda each: each[0].start)


def _where(
    sentence: str, spans: tuple[Span, ...], context: Context, left_out: tuple[Ellipsis, ...]
) -> dict[Span, Laterality | None]:
    words = without(side_words(sentence), left_out)
    return dict(zip(spans, sides(sentence, words, spans, context.breaks), strict=True))


def _is_its_answer(sentence: str, one: Ellipsis, span: Span, side: Laterality | None) -> bool:
    if one.status != "absent" or side is not None:
        return False
    of_all = one.side == "bilateral" or _DENIED.match(sentence, one.start)
    gap = _NEXT if of_all else _ANSWERS
    return gap.fullmatch(sentence, span[1], one.start) is not None


def _one_side(one: Ellipsis) -> Laterality | None:
    """Give the side that is denied; a finding on neither side is absent as a whole."""
    return None if one.side == "bilateral" else one.side


def _again(found: Sequence[Found], one: Ellipsis, span: Span) -> Iterator[Found]:
    for item in found:
        if item.span == span and TERMS[item.label].sided:
            status: Status = one.status or item.status
            doubted = item.status == "uncertain" and status == "present"
            yield Found(item.label, "uncertain" if doubted else status, one.start, one.end, _RULE)


def _answered(item: Found, side: Laterality | None, answer: Ellipsis | None) -> tuple[Found, Laterality | None]:
    if answer is not None:
        item, side = item._replace(status="absent", rule=_RULE), _one_side(answer)
    return item, side if TERMS[item.label].sided else None
