"""PMC-VQA: four options about figures of papers (Zhang et al., 2023); its first and its second edition."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import AliasChoices, Field

from overread.evals.benchmarks._choices import by_letter, by_text, lettered
from overread.evals.benchmarks._files import Row, bare_table, found, rows, table
from overread.evals.benchmarks._item import About, Benchmark, Choice, Item, PictureFile
from overread.settings import Settings

ABOUT = About(
    name="pmc_vqa",
    title="PMC-VQA",
    needs=("test_2.csv with images_2/ (second edition), or test_clean.csv or test.csv with images/ (first)",),
    licence="see its card; the figures are of the PubMed Central open access subset, each under its own licence",
    source="Zhang et al., arXiv 2305.10415",
    splits=("test_2", "test_clean", "test", "train_2", "train"),
    protocol=(
        "The letter of one of four options. Published figures are mostly of test_2. Figures of any kind and organ: the"
        " file does not say which are chest radiographs."
    ),
)
SECOND = ("index", "figure", "caption", "question", "a", "b", "c", "d", "answer", "split")


class _First(Row):
    figure: str = Field(validation_alias="Figure_path")
    question: str = Field(validation_alias="Question")
    a: str = Field(validation_alias="Choice A")
    b: str = Field(validation_alias="Choice B")
    c: str = Field(validation_alias="Choice C")
    d: str = Field(validation_alias="Choice D")
    answer: str = Field(validation_alias=AliasChoices("Answer_label", "Answer", "Anwser"))


class _Second(Row):
    figure: str
    question: str
    a: str
    b: str
    c: str
    d: str
    answer: str


def read(folder: Path, split: str) -> Iterator[Item]:
    """Give the questions of a split, which is the name of its file."""
    path = found(folder, f"{split}.csv")
    second = split.endswith("_2")
    shape: type[_First | _Second] = _Second if second else _First
    given = bare_table(path, SECOND) if second else table(path)
    images = "images_2" if second else "images"
    for number, row in rows(path, given, shape):
        yield Item(
            id=f"pmc_vqa-{split}-{number}",
            benchmark=ABOUT.name,
            split=split,
            cluster=row.figure,
            pictures=(PictureFile(path=f"{images}/{row.figure}"),),
            question=row.question.strip(),
            gold=_gold(row, f"{path.name} row {number}"),
        )


def _gold(row: _First | _Second, where: str) -> Choice:
    """Read the answer, which is a letter in one edition's files and the option's words in others."""
    options = lettered((row.a, row.b, row.c, row.d))
    if row.answer.strip().strip(".:)( ").upper() in options:
        return by_letter(options, row.answer, where)
    return by_text(options, row.answer, where)


def build(_settings: Settings) -> Benchmark:
    """Give the benchmark."""
    return Benchmark(ABOUT, read)
