"""Whether the words of a sentence that are no finding hold: numbers, comparisons, views."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from overread.agents._numbers_said import numbers_said
from overread.imaging.stack import stack_to_read
from overread.labeler import comparison_words, courses_named, views_named
from overread.reasoning.citations import is_of_prior
from overread.reasoning.opinions import AP_LIMIT, CARDIOTHORACIC_RATIO, PA_LIMIT
from overread.records import (
    Case,
    Change,
    Course,
    Evidence,
    HeaderValue,
    Measurement,
    Outlook,
    Payload,
    PriorSought,
    Registration,
    Score,
    Study,
)
from overread.tools._ct_figures import BELOW, EMPHYSEMA, HOUNSFIELD

_DATE = re.compile(
    r"(?<![\w.,/-])(?:\d{4}-\d{2}-\d{2}|\d{8}|(?:\d{1,2} [A-Z][a-z]+|[A-Z][a-z]+ \d{1,2},?) \d{4}"
    r"|\d{1,2}(?P<dot>[-./])\d{1,2}(?P=dot)(?:19|20)\d{2})(?![\w/]|[.,-]\d)"
)
_FORMS = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%d %m %Y", "%m %d %Y")
_PLAIN = re.compile(r"(?:(?<![\w.])-)?\d+(?:\.\d+)?")
"""A number of a header value; a hyphen inside of a name or a date is no sign."""
_CATEGORY = re.compile(r"\bcategory [123]\b", re.IGNORECASE)
_RATIO = re.compile(r"\bratio\b[^\d.;]{0,30}$", re.IGNORECASE)
_LIMIT = re.compile(
    r"\b(?:above|below|over|under|than|up to|limit|threshold|between)\b(?: (?:of|is|the))*\s*$", re.IGNORECASE
)

Number = tuple[float, str]
"""A value and its unit; `1` for none."""


def numbers_without_source(text: str, case: Case, cited: Sequence[Evidence], *, counts: bool) -> Iterator[str]:
    """Yield the numbers of a sentence that no cited evidence gives, rounded as they are printed and in that unit.

    With `counts`, whole numbers without a unit are let be: they count images, tools or conflicts; so is the age, and
    how the slices of a CT lie, which the header says.
    """
    measured, limits, ratios = list(_measured(cited)), list(_limits(cited)), list(_ratios(cited))
    if counts and case.study.age_years is not None:
        measured.append((case.study.age_years, "1"))
    measured += _of_stack(case.study) if counts else []
    plain = _CATEGORY.sub(" ", _DATE.sub(" ", text))
    for said in numbers_said(plain):
        if counts and said.counts:
            continue
        known = limits if _LIMIT.search(said.before) else ratios if _RATIO.search(said.before) else measured
        if not any(said.is_of(*each) for each in known):
            yield said.words


def dates_without_source(text: str, case: Case, cited: Sequence[Evidence]) -> Iterator[str]:
    """Yield the dates of a sentence that are neither a study's nor in a cited header value."""
    studies = (case.study, *(prior.study for prior in case.priors))
    known = {study.study_date for study in studies} | {
        _digits(item.payload.value)[:8] for item in cited if isinstance(item.payload, HeaderValue)
    }
    for found in _DATE.finditer(text):
        if known.isdisjoint(_iso(found[0])):
            yield found[0]


def comparison_without_prior(text: str, case: Case, cited: Sequence[Evidence]) -> str | None:
    """Give a word that compares with an earlier study when nothing of a prior is cited, or None."""
    words = comparison_words(text)
    of_prior = (is_of_prior(item, case) or _is_found(item.payload) for item in cited)
    return words[0] if words and not any(of_prior) else None


def changes_without_source(text: str, labels: Collection[str], cited: Sequence[Evidence]) -> Iterator[Course]:
    """Yield what a sentence says became of its labels where no cited comparison of both pictures says so."""
    told = {(item.payload.label, item.payload.course) for item in cited if isinstance(item.payload, Change)}
    for course in courses_named(text) if labels else ():
        if not any((label, course) in told for label in labels):
            yield course


def _is_found(payload: Payload) -> bool:
    """Say whether evidence is of a prior of this patient that was found, or of what came of comparing with it."""
    return isinstance(payload, Change | Registration) or (isinstance(payload, PriorSought) and payload.same_patient)


def views_not_acquired(text: str, case: Case) -> tuple[str, ...]:
    """List the views that a sentence names and the study has not; a frontal of unknown projection may be PA or AP."""
    views = {image.view for image in case.study.images}
    return tuple(view for view in views_named(text) if view not in views and (view == "LATERAL" or None not in views))


def _measured(cited: Iterable[Evidence]) -> Iterator[Number]:
    for item in cited:
        match item.payload:
            case Measurement(value=value, unit=unit):
                yield value, unit
            case Score(probability=probability):
                yield from _share(probability)
            case Outlook(probability=value, low=low, high=high):
                yield from ((each, "1") for each in (value, low, high))
            case HeaderValue(value=text):
                yield from ((float(number), "1") for number in _PLAIN.findall(text))


def _ratios(cited: Iterable[Evidence]) -> Iterator[Number]:
    for item in cited:
        match item.payload:
            case Measurement(name=name, value=value) if name == CARDIOTHORACIC_RATIO:
                yield from _share(value)


def _of_stack(study: Study) -> Iterator[Number]:
    stack = stack_to_read(study).stack if any(image.slice for image in study.images) else None
    yield from ((float(said.value), said.unit) for said in numbers_said(stack.described if stack else ""))


def _limits(cited: Sequence[Evidence]) -> Iterator[Number]:
    """Yield what a value may be said to be above or below.

    Limits of the ratio, operating points of a score, the attenuation below which a part of the lung was counted.
    """
    if any(True for _ in _ratios(cited)):
        yield from (*_share(PA_LIMIT), *_share(AP_LIMIT))
    for item in cited:
        if isinstance(item.payload, Measurement) and item.payload.name.endswith(BELOW):
            yield float(EMPHYSEMA), HOUNSFIELD
        if isinstance(item.payload, Score):
            for value in (item.payload.threshold, *(item.payload.band or ())):
                yield from _share(value) if value is not None else ()


def _share(value: float) -> tuple[Number, Number]:
    return (value, "1"), (100 * value, "%")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _iso(text: str) -> set[str]:
    """Give what a date may mean, as DICOM writes it, YYYYMMDD: in figures the day or the month may stand first."""
    if text[:4].isdigit():
        return {_digits(text)}
    plain = re.sub(r"[-./]", " ", text.replace(",", ""))
    return {day.strftime("%Y%m%d") for form in _FORMS for day in _parsed(plain, form)}


def _parsed(text: str, form: str) -> Iterator[datetime]:
    with suppress(ValueError):
        yield datetime.strptime(text, form)
