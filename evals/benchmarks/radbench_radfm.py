"""RadBench of RadFM: its test tables of questions, diseases and reports. harrison.ai has another of that name."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import AliasChoices, Field

from overread.errors import UsageError
from overread.evals.benchmarks._choices import closed_or_open
from overread.evals.benchmarks._files import Row, rows, table
from overread.evals.benchmarks._item import About, Benchmark, Gold, Item, PictureFile, YesNo
from overread.settings import Settings

ABOUT = About(
    name="radbench_radfm",
    title="RadBench (RadFM)",
    needs=("*test*.csv of the data release, each with image_path", "the images of their sources, by those paths"),
    licence="each of its sources under its own; some are credentialed",
    source="Wu et al., arXiv 2308.02463; RadFM's data_csv release",
    splits=("test",),
    protocol=(
        "Tables with question and answer are asked as they are; those with disease and label are asked by yes or no"
        " whether the disease is in the image. Volumes (.nii.gz, .npy) are no pictures that anybody here reads: skipped"
        " and counted."
    ),
)
PRESENT = {"1": True, "1.0": True, "0": False, "0.0": False}


class _Question(Row):
    image_path: str = Field(validation_alias=AliasChoices("image_path", "img_ref", "Figure_path"))
    question: str
    answer: str
    cluster: str | None = Field(default=None, validation_alias="PMC_id")


class _Disease(Row):
    image_path: str
    disease: str
    label: str


def read(folder: Path, split: str) -> Iterator[Item]:
    """Give the questions of all tables, in the order of their names."""
    paths = sorted(folder.glob("*test*.csv"))
    if split not in ABOUT.splits or not paths:
        raise UsageError("the folder has no *test*.csv; overread eval --list says what the benchmark needs")
    for path in paths:
        yield from _of_table(path, split)


def _of_table(path: Path, split: str) -> Iterator[Item]:
    for number, cells in table(path):
        where = f"{path.name} row {number}"
        picture, question, gold, cluster = _read(path, number, cells, where)
        yield Item(
            id=f"{path.stem}-{number}",
            benchmark=ABOUT.name,
            split=split,
            cluster=cluster or picture,
            pictures=(PictureFile(path=picture),),
            question=question,
            gold=gold,
            dataset=path.stem,
        )


def _read(path: Path, number: int, cells: Mapping[str, str], where: str) -> tuple[str, str, Gold, str | None]:
    one = iter([(number, cells)])
    if "disease" in cells:
        _, seen = next(rows(path, one, _Disease))
        if seen.label not in PRESENT:
            raise UsageError(f"{where}: label must be 1 or 0")
        return seen.image_path, f"Is there {seen.disease} in the image?", YesNo(yes=PRESENT[seen.label]), None
    _, asked = next(rows(path, one, _Question))
    return asked.image_path, asked.question.strip(), closed_or_open(asked.answer), asked.cluster


def build(_settings: Settings) -> Benchmark:
    """Give the benchmark."""
    return Benchmark(ABOUT, read)
