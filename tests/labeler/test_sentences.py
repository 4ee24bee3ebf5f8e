"""Sentences and reports of our own, sorted by what makes them hard; their labels come from clinical knowledge."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from overread.labeler import label_text, report_assertions
from overread.reasoning.vocabulary import LABELS

FILES = sorted((Path(__file__).parent / "sentences").glob("*.yaml"))
STATUS = {1: "present", 0: "absent", -1: "uncertain"}
AT_LEAST = 400


def entries(file: Path) -> list[dict[str, Any]]:
    return yaml.safe_load(file.read_text())


def wrong(entry: dict[str, Any]) -> list[str]:
    """Say of each label of an entry what was expected and what was said, where they differ."""
    return [*_wrong_values(entry), *_wrong_sides(entry)]


def _wrong_values(entry: dict[str, Any]) -> list[str]:
    said = label_text(entry["text"])
    expected = {label: value if isinstance(value, list) else [value] for label, value in entry["labels"].items()}
    return [
        f"{label} is {said[label]}, not {' or '.join(map(str, values))}: {entry['text']!r}"
        for label, values in expected.items()
        if said[label] not in values
    ]


def _wrong_sides(entry: dict[str, Any]) -> list[str]:
    said = {label: side_of(entry["text"], label) for label in entry.get("side", {})}
    return [
        f"{label} is on side {said[label]}, not {side}: {entry['text']!r}"
        for label, side in entry.get("side", {}).items()
        if said[label] != side
    ]


def side_of(text: str, label: str) -> str | None:
    """Give the side of a label where it has the value of the whole text; left and right are both sides."""
    status = STATUS.get(label_text(text)[label] or 0)
    sides = {found.laterality for found in report_assertions(text) if (found.label, found.status) == (label, status)}
    sides.discard(None)
    return "bilateral" if len(sides) > 1 else next(iter(sides), None)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_labels_and_sides_are_those_a_radiologist_would_give(file: Path) -> None:
    found = [line for entry in entries(file) for line in wrong(entry)]
    assert not found, "\n" + "\n".join(found)


def test_there_are_many_sentences_and_none_twice() -> None:
    texts = Counter(entry["text"] for file in FILES for entry in entries(file))
    assert texts.total() >= AT_LEAST
    assert [text for text, times in texts.items() if times > 1] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_entry_names_labels_of_the_vocabulary(file: Path) -> None:
    for entry in entries(file):
        assert entry.keys() <= {"text", "labels", "side"}
        assert entry["labels"]
        assert set(entry["labels"]) | set(entry.get("side", {})) <= set(LABELS)
