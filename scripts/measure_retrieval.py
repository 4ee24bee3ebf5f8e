"""Measure how often similar cases are found: real films, real notes with their films, and phantoms.

    python -m scripts.measure_retrieval [--films 500] [--phantoms 300] [--table docs/retrieval.md]

Relevant to a query is a film of another patient that shows at least one finding of the query's own; a query without a
finding is not asked. Recall@k is the share of queries with something relevant among the first k, intervals are drawn
over patients. Films are of patients that taught the CLIP nothing; labels of a note are those that the labeler reads as
present in it. Embeddings are kept in .training/retrieval. With --table the table is put between the markers.
"""

import argparse
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from overread.backends.transformers import build
from overread.evals._intervals import clustered
from overread.evals.metrics._metric import Given, Pair
from overread.evals.metrics.recall_at_k import build as recall_at_k
from overread.labeler import assertions
from overread.ports import EmbeddingBackend, Picture
from overread.settings import ModelSpec, Settings
from overread.testing.doubles.memory import picture_digest
from overread.testing.phantoms.render import render, to_display
from overread.testing.phantoms.sampling import sample_recipe
from training.data import LABELS, Row, data_root, manifest, read_gray
from training.facts import phantom_facts
from training.folds import parts_of
from training.paths import work
from training.phrases import NORMAL, present_sentence

BEGIN, END = "<!-- retrieval figures -->", "<!-- /retrieval figures -->"
PLACES = (1, 5, 10)
FIRST_PHANTOM = 900_000
"""Numbers from here taught nothing."""
NOTHING = "No Finding"
Floats = NDArray[np.float32]


class Kept:
    """The CLIP; what it made once of a picture is read from disk, so that a run goes on where the last one stopped."""

    def __init__(self) -> None:
        self._clip = cast(EmbeddingBackend, build(ModelSpec(backend="transformers", model="clip"), Settings()))

    def pictures(self, pictures: Sequence[Picture]) -> Floats:
        """Give the embeddings (n, d)."""
        return np.stack([self._embedded(picture) for picture in pictures])

    def texts(self, texts: Sequence[str]) -> Floats:
        """Give the embeddings (n, d)."""
        return self._clip.embed_texts(texts)

    def _embedded(self, picture: Picture) -> Floats:
        path = work("retrieval", f"{self._clip.card.weights_digest[:12]}-{picture_digest(picture)[:32]}.npy")
        if not path.exists():
            np.save(path, self._clip.embed_pictures([picture])[0])
        return cast(Floats, np.load(path))


class Item(NamedTuple):
    """A picture with its truth; `query` and `text` are two wordings of the same, or one note, or nothing."""

    patient: str
    labels: frozenset[str]
    picture: Picture
    query: str
    text: str


class Set(NamedTuple):
    """Items that are searched among each other."""

    name: str
    items: tuple[Item, ...]


def films(most: int) -> Set:
    """Give held-out NIH films of 512 px, one of each patient; the query in words is the film's own labels."""
    rows = manifest()
    held = (row for row, part in zip(rows, parts_of(rows), strict=True) if part == "test")
    chosen = {row.fields["patient_id"]: row for row in held if row.source == "nih-cxr14" and _frontal(row)}
    drawn = random.Random(0).sample(sorted(chosen), min(most, len(chosen)))
    return Set("NIH films", tuple(_film(chosen[patient]) for patient in drawn))


def _film(row: Row) -> Item:
    labels = frozenset(label for label in LABELS if label != NOTHING and row.label(label) == 1)
    return Item(row.fields["patient_id"], labels, _picture(row), ", ".join(sorted(labels)) + ".", "")


def notes() -> Set:
    """Give the films with a clinical note that taught nothing; the query in words is the note."""
    items = []
    for row in manifest():
        text = row.fields["notes_text"]
        if text and not row.trainable and _frontal(row):
            said = frozenset(one.label for one in assertions(text) if one.status == "present" and one.label != NOTHING)
            items.append(Item(row.fields["patient_id"], said, _picture(row), text, text))
    return Set("films with notes", tuple(items))


def phantoms(count: int) -> Set:
    """Give phantoms of numbers that taught nothing, each with two wordings of its findings."""
    items = []
    for number in range(FIRST_PHANTOM, FIRST_PHANTOM + count):
        drawn = render(sample_recipe(number), 256)
        facts, draw = phantom_facts(drawn.truth), random.Random(number)
        asked, written = (
            " ".join(present_sentence(one, draw) for one in facts.findings) or NORMAL[0] for _ in ("query", "text")
        )
        labels = frozenset(one.label for one in facts.findings if one.label != NOTHING)
        items.append(Item(str(number), labels, to_display(drawn), asked, written))
    return Set("phantoms", tuple(items))


def _frontal(row: Row) -> bool:
    return row.fields["modality"] == "X-ray" and row.fields["view"] in ("PA", "AP", "AP supine")


def _picture(row: Row) -> Picture:
    return read_gray(data_root() / "cxr" / row.fields["path"])


def ways(items: Sequence[Item], clip: Kept) -> dict[str, NDArray[np.floating[Any]]]:
    """Give the similarity (queries, gallery) by each way of looking."""
    pictures = clip.pictures([item.picture for item in items])
    words = clip.texts([item.query for item in items])
    found: dict[str, NDArray[np.floating[Any]]] = {
        "random order": np.random.default_rng(0).random((len(items), len(items))),
        "picture to pictures": pictures @ pictures.T,
        "words to pictures": words @ pictures.T,
    }
    if any(item.text for item in items):
        count = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit([item.text for item in items])
        asked, written = (count.transform([getattr(item, of) for item in items]) for of in ("query", "text"))
        found["text to texts (TF-IDF)"] = np.asarray((asked @ written.T).todense())
    return found


def pairs(items: Sequence[Item], similar: NDArray[np.floating[Any]]) -> list[Pair]:
    """Give each query's relevant items and the gallery by rank; the patient's own films are no part of it."""
    asked = []
    for place, item in enumerate(items):
        others = [
            number for number in np.argsort(-similar[place], kind="stable") if items[number].patient != item.patient
        ]
        relevant = {number for number in others if items[number].labels & item.labels}
        if item.labels and relevant:
            asked.append(Pair(str(place), item.patient, relevant, others))
    return asked


def own_film(items: Sequence[Item], similar: NDArray[np.floating[Any]]) -> list[Pair]:
    """Give each note with the one film that it was written to."""
    return [
        Pair(str(place), item.patient, {place}, list(np.argsort(-similar[place], kind="stable")))
        for place, item in enumerate(items)
    ]


def lines(kind: str, asked: Sequence[Pair], way: str) -> str:
    """Give the row of one way."""
    figures = recall_at_k(Given(Settings(), {"k": ",".join(map(str, PLACES))})).measure(asked)
    clusters = [pair.cluster for pair in asked]
    shown = []
    for measured in cast(Sequence[Any], figures):
        value, low, high = clustered(measured.figure, clusters)
        shown.append(f"{value:.2f} ({low:.2f} to {high:.2f})")
    share = float(np.mean([len(pair.reference) / len(pair.candidate) for pair in asked]))
    return f"| {kind} | {way} | {len(asked)} | {len(asked[0].candidate)} | {share:.2f} | {' | '.join(shown)} |"


def table(sets: Sequence[Set], clip: Kept) -> str:
    """Measure every way on every set."""
    head = " | ".join(f"Recall@{k}" for k in PLACES)
    rows = [
        f"| searched | way | queries | gallery | relevant | {head} |",
        "|" + " --- |" * (5 + len(PLACES)),
    ]
    for each in sets:
        found = ways(each.items, clip)
        rows += [lines(each.name, pairs(each.items, similar), way) for way, similar in found.items()]
        if each.name == "films with notes":
            both = ("random order", "words to pictures")
            rows += [lines("a note's own film", own_film(each.items, found[way]), way) for way in both]
    return "\n".join(rows)


def main() -> None:
    """Measure, print, and put the table where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=500)
    parser.add_argument("--phantoms", type=int, default=300)
    parser.add_argument("--table", type=Path)
    options = parser.parse_args()
    makers: tuple[Callable[[], Set], ...] = (lambda: films(options.films), notes, lambda: phantoms(options.phantoms))
    written = table([make() for make in makers], Kept())
    print(written)
    if options.table:
        before, _, rest = options.table.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        options.table.write_text(f"{before}{BEGIN}\n{written}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
