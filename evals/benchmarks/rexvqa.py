"""ReXVQA: options about the chest radiographs of ReXGradient-160K (Pal et al., 2025)."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from overread.errors import UsageError
from overread.evals.benchmarks._choices import by_letter, by_text, lettered
from overread.evals.benchmarks._files import Row, found, rows
from overread.evals.benchmarks._item import About, Benchmark, Choice, Item, PictureFile
from overread.settings import Settings

ABOUT = About(
    name="rexvqa",
    title="ReXVQA",
    needs=("metadata/test_vqa_data.json", "deid_png/ of ReXGradient-160K"),
    licence="gated, for research; see both cards",
    source="Pal et al., arXiv 2506.04353",
    splits=("test", "valid", "train"),
    protocol=(
        "The letter of one of the options; all are of chest radiographs. Many show two views, about which a model that"
        " takes one picture is not asked: not answered, and counted. The fields are those that a public loader reads;"
        " the files themselves were not seen here."
    ),
)


class _Row(Row):
    question: str
    options: tuple[str, ...]
    correct_answer: str
    images: tuple[str, ...] = Field(default=(), validation_alias="ImagePath")
    study_id: str = ""
    task_name: str = ""


def read(folder: Path, split: str) -> Iterator[Item]:
    """Give the questions of a split."""
    name = f"{split}_vqa_data.json"
    path = found(folder, f"metadata/{name}", name)
    keys, entries = _entries(path)
    for (number, row), key in zip(rows(path, iter(enumerate(entries, start=1)), _Row), keys, strict=True):
        yield Item(
            id=key,
            benchmark=ABOUT.name,
            split=split,
            cluster=row.study_id or key,
            pictures=tuple(PictureFile(path=image.lstrip("./")) for image in row.images),
            question=row.question.strip(),
            gold=_gold(row, f"{path.name} entry {number}"),
            modality="radiograph",
            organ="chest",
            task=row.task_name,
            in_scope=True,
        )


def _gold(row: _Row, where: str) -> Choice:
    options = lettered(row.options)
    if row.correct_answer.strip().strip("().: ").upper() in options:
        return by_letter(options, row.correct_answer, where)
    return by_text(options, row.correct_answer, where)


def _entries(path: Path) -> tuple[list[str], list[Mapping[str, Any]]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        raise UsageError(f"{path.name} is no JSON; download it anew") from None
    if not isinstance(content, dict):
        raise UsageError(f"{path.name} is no object of questions by id; is it the file of this benchmark?")
    return list(content), list(content.values())


def build(_settings: Settings) -> Benchmark:
    """Give the benchmark."""
    return Benchmark(ABOUT, read)
