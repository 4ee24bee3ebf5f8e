"""MedXpertQA, multimodal part: five options at the level of a board exam (Zuo et al., ICML 2025)."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from overread.evals.benchmarks._choices import by_letter
from overread.evals.benchmarks._files import Row, found, lines, rows
from overread.evals.benchmarks._item import About, Benchmark, Item, PictureFile
from overread.settings import Settings

ABOUT = About(
    name="medxpertqa_mm",
    title="MedXpertQA MM",
    needs=("MM/test.jsonl (MM/dev.jsonl)", "images/"),
    licence="MIT",
    source="Zuo et al., ICML 2025, arXiv 2501.18362",
    splits=("test", "dev"),
    protocol=(
        "The letter of one of five options, from one or more pictures and a history. Questions of any body system; the"
        " file does not say which show a chest radiograph."
    ),
)


class _Row(Row):
    id: str
    question: str
    options: Mapping[str, str]
    label: str
    images: tuple[str, ...]
    medical_task: str = ""
    body_system: str = ""


def read(folder: Path, split: str) -> Iterator[Item]:
    """Give the questions of a split."""
    path = found(folder, f"MM/{split}.jsonl", f"{split}.jsonl")
    for number, row in rows(path, lines(path), _Row):
        yield Item(
            id=row.id,
            benchmark=ABOUT.name,
            split=split,
            cluster=row.images[0] if row.images else row.id,
            pictures=tuple(PictureFile(path=f"images/{name}") for name in row.images),
            question=row.question.strip(),
            gold=by_letter(dict(row.options), row.label, f"{path.name} line {number}"),
            organ=row.body_system,
            task=row.medical_task,
        )


def build(_settings: Settings) -> Benchmark:
    """Give the benchmark."""
    return Benchmark(ABOUT, read)
