"""GMAI-MMBench: options about images of 285 sets (Chen et al., NeurIPS 2024), pictures inside the table."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from overread.errors import UsageError
from overread.evals.benchmarks._choices import by_letter, lettered
from overread.evals.benchmarks._files import Row, rows, table
from overread.evals.benchmarks._item import About, Benchmark, Item, PictureFile
from overread.settings import Settings

ABOUT = About(
    name="gmai_mmbench",
    title="GMAI-MMBench",
    needs=("GMAI_mm_bench_VAL.tsv; the test's eleven parts hold no answers",),
    licence="Apache-2.0 by its card, behind a gate; each of its sets under its own",
    source="Chen et al., NeurIPS 2024, arXiv 2408.03361",
    splits=("val",),
    protocol=(
        "The letter of one of two to five options. The test's answers are not public, so the validation part is scored."
        " Questions of any modality and organ: the file"
        " does not say which are of chest radiographs."
    ),
)
PATTERN = "GMAI*VAL*.tsv"


class _Row(Row):
    index: str
    image: str
    question: str
    answer: str
    a: str = Field(validation_alias="A")
    b: str = Field(validation_alias="B")
    c: str = Field(default="", validation_alias="C")
    d: str = Field(default="", validation_alias="D")
    e: str = Field(default="", validation_alias="E")
    category: str = ""
    department: str = ""
    task: str = Field(default="", validation_alias="clinical vqa task")


def read(folder: Path, split: str) -> Iterator[Item]:
    """Give the questions of the validation part."""
    path = next(iter(sorted(folder.glob(PATTERN))), None)
    if split not in ABOUT.splits or path is None:
        raise UsageError(f"the folder has no {PATTERN}; overread eval --list says what the benchmark needs")
    for number, row in rows(path, table(path, "\t"), _Row):
        options = lettered((row.a, row.b, row.c, row.d, row.e))
        yield Item(
            id=f"gmai-{row.index}",
            benchmark=ABOUT.name,
            split=split,
            cluster=f"gmai-{row.index}",
            pictures=(PictureFile(encoded=row.image),),
            question=row.question.strip(),
            gold=by_letter(options, row.answer, f"{path.name} row {number}"),
            organ=row.department,
            task=row.task or row.category,
        )


def build(_settings: Settings) -> Benchmark:
    """Give the benchmark."""
    return Benchmark(ABOUT, read)
