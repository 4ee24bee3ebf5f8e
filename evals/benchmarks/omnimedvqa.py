"""OmniMedVQA: options about images of 73 sets (Hu et al., CVPR 2024); the part that is open."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import AliasChoices, Field

from overread.errors import UsageError
from overread.evals.benchmarks._choices import by_text, lettered
from overread.evals.benchmarks._files import Row, listed, rows
from overread.evals.benchmarks._item import About, Benchmark, Item, PictureFile
from overread.settings import Settings

ABOUT = About(
    name="omnimedvqa",
    title="OmniMedVQA",
    needs=("QA_information/Open-access/*.json", "Images/"),
    licence="each of its sets under its own",
    source="Hu et al., CVPR 2024, arXiv 2402.09181",
    splits=("open-access",),
    protocol=(
        "The letter of one of two to four options; the files give the right one as words, which must be those of one"
        " option alone. Images of any organ: X-Ray alone does not tell whether of the chest."
    ),
)
OPEN = "QA_information/Open-access"


class _Row(Row):
    question_id: str
    question: str
    gt_answer: str
    image_path: str
    option_a: str = Field(validation_alias="option_A")
    option_b: str = Field(validation_alias="option_B")
    option_c: str = Field(default="", validation_alias="option_C")
    option_d: str = Field(default="", validation_alias="option_D")
    dataset: str = ""
    question_type: str = ""
    modality: str = Field(default="", validation_alias=AliasChoices("modality_type", "modality"))


def read(folder: Path, split: str) -> Iterator[Item]:
    """Give the questions of all sets, in the order of their names."""
    paths = sorted((folder / OPEN).glob("*.json"))
    if split not in ABOUT.splits or not paths:
        raise UsageError(f"the folder has no {OPEN}/*.json; overread eval --list says what the benchmark needs")
    for path in paths:
        for number, row in rows(path, listed(path), _Row):
            options = lettered((row.option_a, row.option_b, row.option_c, row.option_d))
            yield Item(
                id=row.question_id,
                benchmark=ABOUT.name,
                split=split,
                cluster=row.image_path,
                pictures=(PictureFile(path=row.image_path),),
                question=row.question.strip(),
                gold=by_text(options, row.gt_answer, f"{path.name} entry {number}"),
                modality=row.modality,
                task=row.question_type,
                dataset=row.dataset,
            )


def build(_settings: Settings) -> Benchmark:
    """Give the benchmark."""
    return Benchmark(ABOUT, read)
