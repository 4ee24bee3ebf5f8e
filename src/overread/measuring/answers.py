"""Look at films with a model that speaks: closed questions, and reports that the labeler reads."""

from collections.abc import Iterable, Mapping

from overread import plugins
from overread.measuring.film import Film, Films
from overread.measuring.results import Results, Tick, each, where
from overread.measuring.studio import Studio
from overread.measuring.tables import Seen, add_answers
from overread.measuring.voices import NORMAL
from overread.reasoning.questions import ask_about
from overread.records import Answer, Assertion, Claim, Evidence

NEITHER = 0.5
STATUS = {"present": 1.0, "absent": 0.0}
"""What is said to its number; everything else is neither."""
STRONGEST = ("present", "uncertain", "absent")

Said = dict[str, list[tuple[Film, float]]]
"""Label to the films that were spoken of, each with its number."""


def ask(studio: Studio, films: Films, tick: Tick, results: Results) -> None:
    """Ask whether each label is there, of those that can be measured; No Finding is asked the other way round."""
    tool = plugins.builder("tools", "vqa")(studio.parts)
    said = _to_be_said(films)
    shown = 0
    for film in each(films.films, tick):
        work = studio.work(film)
        if work is None:
            continue
        shown += 1
        for label in said.keys() & film.labels.keys():
            evidence = studio.evidence(tool, work, [ask_about(label)])
            if evidence is not None:
                told = next((item.payload.status for item in evidence if isinstance(item.payload, Answer)), None)
                said[label].append((film, STATUS.get(told or "", NEITHER)))
    _add("vqa", said, films, shown, results)


def read_reports_of(studio: Studio, films: Films, tick: Tick, results: Results) -> None:
    """Let the model report each film and read what the report asserts, as it would be read in a case.

    What a report does not mention it does not call present; one that leaves it uncertain, or of which nothing can be
    read, says neither.
    """
    tool = plugins.builder("tools", "report")(studio.parts)
    said = _to_be_said(films)
    shown = 0
    for film in each(films.films, tick):
        work = studio.work(film) if said else None
        evidence = studio.evidence(tool, work) if work else None
        if evidence is None:
            continue
        shown += 1
        told = _asserted(evidence)
        for label in said.keys() & film.labels.keys():
            silent = STATUS["absent"] if told else NEITHER
            said[label].append((film, STATUS.get(told[label], NEITHER) if label in told else silent))
    _add("report", said, films, shown, results)


def _to_be_said(films: Films) -> Said:
    return {label: [] for label in films.labels if label != NORMAL and films.enough(label)}


def _asserted(evidence: Iterable[Evidence]) -> Mapping[str, str]:
    """Give each label's strongest assertion in a report; empty for a report that asserts nothing."""
    found: dict[str, set[str]] = {}
    for said in _assertions(evidence):
        found.setdefault(said.label, set()).add(said.status)
    return {label: next(status for status in STRONGEST if status in told) for label, told in found.items()}


def _assertions(evidence: Iterable[Evidence]) -> Iterable[Assertion]:
    return (said for item in evidence if isinstance(item.payload, Claim) for said in item.payload.assertions)


def _add(voter: str, said: Said, films: Films, shown: int, results: Results) -> None:
    results.shown = max(results.shown, shown)
    for label in films.labels:
        if label == NORMAL:
            continue
        pairs = said.get(label)
        if pairs is None:
            positive, negative = films.counts(label)
            counts = {"positive": positive, "negative": negative}
            results.tables.not_measured.setdefault(voter, {})[label] = counts
        elif pairs:
            seen = Seen.of([film for film, _ in pairs], label, [value for _, value in pairs])
            add_answers(results.tables, voter, label, seen, where(shown))
