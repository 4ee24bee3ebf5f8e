"""SLAKE: questions in English and Chinese about CT, MR and chest radiographs (Liu et al., ISBI 2021)."""

from collections.abc import Iterator
from pathlib import Path

from overread.errors import UsageError
from overread.evals.benchmarks._choices import closed_or_open
from overread.evals.benchmarks._files import Row, found, listed, rows
from overread.evals.benchmarks._item import About, Benchmark, Item, PictureFile
from overread.settings import Settings

ABOUT = About(
    name="slake",
    title="SLAKE",
    needs=("test.json (validation.json, train.json)", "imgs/"),
    licence="CC BY 4.0",
    source="Liu et al., ISBI 2021, arXiv 2102.09542; med-vqa.com/slake",
    splits=("test", "validation", "train", "test-zh", "validation-zh", "train-zh"),
    protocol=(
        "English questions, unless a split with -zh is named. Closed ones by yes or no, open ones by exact words and by"
        " the F1 of their words. Only X-Ray images of the chest are in scope."
    ),
)


class _Row(Row):
    img_name: str
    question: str
    answer: str
    q_lang: str
    qid: str
    location: str = ""
    modality: str = ""
    content_type: str = ""


def read(folder: Path, split: str) -> Iterator[Item]:
    """Give the questions of a split in its language."""
    if split not in ABOUT.splits:
        raise UsageError(f"SLAKE has no split '{split}'; there are: {', '.join(ABOUT.splits)}")
    part, _, language = split.partition("-")
    path = found(folder, f"{part}.json")
    for _number, row in rows(path, listed(path), _Row):
        if row.q_lang != (language or "en"):
            continue
        yield Item(
            id=f"slake-{row.qid}",
            benchmark=ABOUT.name,
            split=split,
            cluster=row.img_name,
            pictures=(PictureFile(path=f"imgs/{row.img_name}"),),
            question=row.question.strip(),
            gold=closed_or_open(row.answer),
            modality=row.modality,
            organ=row.location,
            task=row.content_type,
            in_scope=row.modality == "X-Ray" and row.location.startswith(("Chest", "Lung")),
        )


def build(_settings: Settings) -> Benchmark:
    """Give the benchmark."""
    return Benchmark(ABOUT, read)
