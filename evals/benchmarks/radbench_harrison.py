"""RadBench of harrison.ai: questions about plain films of MedPix and Radiopaedia. RadFM has another of that name."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from overread.errors import UsageError
from overread.evals.benchmarks._choices import YES_NO, by_text, lettered, normal
from overread.evals.benchmarks._files import Row, found, rows, table
from overread.evals.benchmarks._item import About, Benchmark, Gold, Item, Open, PictureFile, Several, YesNo
from overread.settings import Settings

ABOUT = About(
    name="radbench_harrison",
    title="RadBench (harrison.ai)",
    needs=("radbench.csv", "images/ with each image by its imageID; they stay with MedPix and Radiopaedia"),
    licence="none stated; the images under their sources' terms",
    source="harrison.ai 2024, github.com/harrison-ai/radbench",
    splits=("test",),
    protocol=(
        "Closed questions by the option, open ones by exact words and by the F1 of their words; open answers are often"
        " whole findings, for which neither says much. Questions that only show the chest are in scope, and only those"
        " about one image can be asked of a model that takes one."
    ),
)
KINDS = (".png", ".jpg", ".jpeg")


class _Row(Row):
    case_id: str = Field(validation_alias="CASE_ID")
    image_ids: str = Field(validation_alias="imageIDs")
    modality: str
    organ: str = Field(validation_alias="IMAGE_ORGAN")
    question: str = Field(validation_alias="QUESTION")
    task: str = Field(validation_alias="Q_TYPE")
    answer: str = Field(validation_alias="ANSWER")
    kind: str = Field(validation_alias="A_TYPE")
    options: str = Field(validation_alias="OPTIONS")


def read(folder: Path, split: str) -> Iterator[Item]:
    """Give the questions; those of a case, or else of the same images, are one cluster."""
    if split not in ABOUT.splits:
        raise UsageError(f"this RadBench has one split: {ABOUT.splits[0]}")
    path = found(folder, "radbench.csv", "data/radbench/radbench.csv")
    for number, row in rows(path, table(path), _Row):
        images = _listed(row.image_ids)
        yield Item(
            id=f"radbench_harrison-{number}",
            benchmark=ABOUT.name,
            split=split,
            cluster=row.case_id.strip() or (images[0] if images else str(number)),
            pictures=tuple(PictureFile(path=_placed(folder, name)) for name in images),
            question=row.question.strip(),
            gold=_gold(row, f"{path.name} row {number}"),
            modality=row.modality,
            organ=row.organ,
            task=row.task,
            in_scope=set(_listed(row.organ)) == {"CHEST"},
        )


def _gold(row: _Row, where: str) -> Gold:
    """Read the answer: the column of its type has stray blanks, and a closed one may name several options."""
    if row.kind.strip() != "CLOSED":
        return Open(text=row.answer.strip())
    said, options = _listed(row.answer), _listed(row.options)
    if len(said) == 1 and {normal(option) for option in options} == set(YES_NO):
        word = normal(said[0])
        if word not in YES_NO:
            raise UsageError(f"{where}: the answer is neither yes nor no")
        return YesNo(yes=YES_NO[word])
    if len(said) == 1 and len(options) > 1:
        return by_text(lettered(options), said[0], where)
    return Several(texts=tuple(said), options=tuple(options)) if options else Open(text=row.answer.strip())


def _listed(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",") if part.strip()]


def _placed(folder: Path, image: str) -> str:
    names = (f"images/{image}{kind}" for kind in KINDS)
    return next((name for name in names if (folder / name).is_file()), f"images/{image}{KINDS[0]}")


def build(_settings: Settings) -> Benchmark:
    """Give the benchmark."""
    return Benchmark(ABOUT, read)
