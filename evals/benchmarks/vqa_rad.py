"""VQA-RAD: questions of clinicians about radiology images (Lau et al., Scientific Data 2018)."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import AliasChoices, Field

from overread.evals.benchmarks._choices import closed_or_open
from overread.evals.benchmarks._files import Row, found, lines, listed, rows
from overread.evals.benchmarks._item import About, Benchmark, Item, PictureFile
from overread.settings import Settings

ABOUT = About(
    name="vqa_rad",
    title="VQA-RAD",
    needs=("vqa_rad.jsonl, or 'VQA_RAD Dataset Public.json'", "the images"),
    licence="CC0 1.0",
    source="Lau et al., Scientific Data 2018, doi 10.1038/sdata.2018.251; osf.io/89kps",
    splits=("test", "train", "all"),
    protocol=(
        "Closed questions by yes or no, open ones by exact words and by the F1 of their words. The publisher's test"
        " questions are those with phrase_type test_freeform or test_para; some are about images of its training"
        " questions. Only questions about the chest are in scope: heads and abdomens are answered and told apart."
    ),
)
PUBLISHED = "VQA_RAD Dataset Public.json"


class _Row(Row):
    qid: str
    image: str = Field(validation_alias=AliasChoices("image", "image_name"))
    organ: str = Field(validation_alias=AliasChoices("organ", "image_organ"))
    question: str
    answer: str
    answer_type: str
    question_type: str = ""
    phrase_type: str = ""
    official_split: str | None = None


def read(folder: Path, split: str) -> Iterator[Item]:
    """Give the questions of a split, or of `all`."""
    path = found(folder, "vqa_rad.jsonl", PUBLISHED)
    given = listed(path) if path.suffix == ".json" else lines(path)
    for number, row in rows(path, given, _Row):
        own = row.official_split or ("test" if row.phrase_type.startswith("test") else "train")
        if split not in (own, "all"):
            continue
        yield Item(
            id=f"vqa_rad-{row.qid}-{number}",
            benchmark=ABOUT.name,
            split=own,
            cluster=row.image,
            pictures=(PictureFile(path=_placed(folder, row.image)),),
            question=row.question.strip(),
            gold=closed_or_open(row.answer),
            organ=row.organ,
            task=row.question_type,
            modality="radiograph" if row.organ == "CHEST" else "CT or MR",
            in_scope=row.organ == "CHEST",
        )


def _placed(folder: Path, image: str) -> str:
    """Give an image's path: the published file names it without its folder."""
    known = ("VQA_RAD Image Folder", "images", ".")
    return next((f"{place}/{image}" for place in known if (folder / place / image).is_file()), image)


def build(_settings: Settings) -> Benchmark:
    """Give the benchmark."""
    return Benchmark(ABOUT, read)
