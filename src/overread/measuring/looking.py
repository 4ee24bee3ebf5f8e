"""Look at every film with one model: scores, closed questions, or masks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overread import plugins
from overread.errors import AnswerInvalid
from overread.measuring.films import Film, Films
from overread.measuring.studio import Studio
from overread.measuring.tables import Seen, Tables, add_answers, add_scores, dice_table
from overread.measuring.voices import NORMAL, Scores, as_data, clip_scorer, network_scorer
from overread.ports import BackendCard, Capability
from overread.reasoning.questions import ask_about
from overread.reasoning.trust import FEWEST
from overread.records import Answer, Mask

ROLES: dict[Capability, str] = {
    "labels": "classifier",
    "embedding": "classification",
    "chat": "vqa",
    "segmentation": "segmentation",
}
"""What a model can do, to the role in which it is measured."""
STATUS = {"present": 1.0, "absent": 0.0}

Tick = Callable[[], None]
"""Called after each film."""
Plane = NDArray[np.bool_]


@dataclass
class Results:
    """What came of looking."""

    model: BackendCard
    tables: Tables = field(default_factory=Tables)
    prompts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Prompts of ours that a CLIP without its own was asked by."""
    masks: dict[str, dict[str, Any]] = field(default_factory=dict)
    shown: int = 0
    """Films that the model saw."""


def look(studio: Studio, capability: Capability, films: Films, tick: Tick) -> Results:
    """Look at the films with the studio's model; raise `Unavailable` when it cannot be had."""
    if capability == "chat":
        return _ask(studio, films, tick)
    if capability == "segmentation":
        return _segment(studio, films, tick)
    return _score(studio, capability, films, tick)


def _score(studio: Studio, capability: Capability, films: Films, tick: Tick) -> Results:
    if capability == "labels":
        network = studio.parts.labels(ROLES[capability])
        results, score = Results(network.card), network_scorer(network)
    else:
        clip = studio.parts.embedding(ROLES[capability])
        score, prompts = clip_scorer(clip)
        results = Results(clip.card, prompts=as_data(prompts))
    said: list[tuple[Film, Scores]] = []
    for film in _each(films.films, tick):
        picture = studio.picture(film)
        if picture is None:
            continue
        try:
            said.append((film, score(picture)))
        except AnswerInvalid:
            studio.refused["no number of the model"] += 1
    results.shown = len(said)
    for voter, label in _voices(said):
        known = [(film, told[voter][label]) for film, told in said if label in film.labels and label in told[voter]]
        if known:
            seen = Seen.of([film for film, _ in known], label, [value for _, value in known])
            add_scores(results.tables, voter, label, seen, _where(results.shown))
    _keep_measured(results)
    return results


def _voices(said: Sequence[tuple[Film, Scores]]) -> list[tuple[str, str]]:
    """List each voter with each label that it scored, in the order in which they were said."""
    pairs = ((name, label) for _, told in said for name, labels in told.items() for label in labels)
    return list(dict.fromkeys(pairs))


def _ask(studio: Studio, films: Films, tick: Tick) -> Results:
    """Ask whether each label is there, of those that can be measured; No Finding is asked the other way round."""
    tool = plugins.builder("tools", "vqa")(studio.parts)
    results = Results(studio.parts.chat(ROLES["chat"]).card)
    asked = [label for label in films.labels if label != NORMAL and min(films.counts(label)) >= FEWEST]
    said: dict[str, list[tuple[Film, float]]] = {label: [] for label in films.labels if label != NORMAL}
    for film in _each(films.films, tick):
        work = studio.work(film)
        if work is None:
            continue
        results.shown += 1
        for label in (label for label in asked if label in film.labels):
            evidence = studio.evidence(tool, work, [ask_about(label)])
            if evidence is not None:
                told = next((item.payload.status for item in evidence if isinstance(item.payload, Answer)), None)
                said[label].append((film, STATUS.get(told or "", 0.5)))
    for label, pairs in said.items():
        if label not in asked:
            positive, negative = films.counts(label)
            counts = {"positive": positive, "negative": negative}
            results.tables.not_measured.setdefault("vqa", {})[label] = counts
        elif pairs:
            seen = Seen.of([film for film, _ in pairs], label, [value for _, value in pairs])
            add_answers(results.tables, "vqa", label, seen, _where(results.shown))
    return results


def _segment(studio: Studio, films: Films, tick: Tick) -> Results:
    tool = plugins.builder("tools", "segmentation")(studio.parts)
    results = Results(studio.parts.segmentation(ROLES["segmentation"]).card)
    values: dict[str, list[tuple[str, float]]] = {}
    for film in _each([film for film in films.films if film.masks], tick):
        work = studio.work(film)
        if work is None:
            continue
        evidence = studio.evidence(tool, work)
        if evidence is None:
            continue
        results.shown += 1
        payloads = [item.payload for item in evidence]
        drawn = {mask.structure: mask for mask in payloads if isinstance(mask, Mask)}
        for structure, path in film.masks.items():
            found = _union(studio, drawn, structure)
            truth = _mask(path, None if found is None else found.shape)
            if truth is not None:
                empty = np.zeros_like(truth)
                values.setdefault(structure, []).append((film.patient, _dice(empty if found is None else found, truth)))
    results.masks = dice_table(values)
    return results


def _each(films: Sequence[Film], tick: Tick) -> Iterator[Film]:
    for film in films:
        yield film
        tick()


def _union(studio: Studio, drawn: dict[str, Mask], structure: str) -> Plane | None:
    """Give the pixels of a structure; both lungs are one where the truth is of both."""
    names = ("right_lung", "left_lung", "lungs") if structure == "lungs" else (structure,)
    planes = [studio.home.artifacts.get_png(drawn[name].png) > 0 for name in names if name in drawn]
    return np.logical_or.reduce(planes) if planes else None


def _mask(path: Path, shape: tuple[int, ...] | None) -> Plane | None:
    """Read a true mask at the picture's size; None for one that is no picture or of another form."""
    try:
        with Image.open(path) as image:
            plane = np.asarray(image.convert("L")) > 127
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    if shape is None or plane.shape == shape:
        return plane
    if abs(plane.shape[0] / plane.shape[1] - shape[0] / shape[1]) > 0.02:
        return None
    resized = Image.fromarray(plane).resize((shape[1], shape[0]), Image.Resampling.NEAREST)
    return np.asarray(resized, np.bool_)


def _dice(one: Plane, other: Plane) -> float:
    total = int(one.sum()) + int(other.sum())
    return 2 * int((one & other).sum()) / total if total else 1.0


def _keep_measured(results: Results) -> None:
    """Keep the prompts of labels whose worth was measured; the tool asks by no other."""
    measured = {label for table in results.tables.trust.values() for label in table}
    results.prompts = {label: entry for label, entry in results.prompts.items() if label in measured}


def _where(films: int) -> str:
    return f"own films ({films} read)"
