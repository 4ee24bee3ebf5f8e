"""Rad-ReStruct: a report as a tree of questions about an Open-I radiograph (Pellegrini et al., MICCAI 2023)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from overread.errors import UsageError
from overread.evals.benchmarks._choices import YES_NO, by_text, lettered, normal
from overread.evals.benchmarks._item import About, Benchmark, Gold, Item, PictureFile, Several, YesNo
from overread.settings import Settings

ABOUT = About(
    name="rad_restruct",
    title="Rad-ReStruct",
    needs=("test_qa_pairs/*.json", "id_to_img_mapping_frontal_reports.json", "images/ of Open-I, as PNG"),
    licence="see its repository; images and reports of Open-I",
    source="Pellegrini et al., MICCAI 2023, arXiv 2307.05766",
    splits=("test", "val", "train"),
    protocol=(
        "Each question of the tree is asked with the true answers that led to it before it. Most answers are no, so"
        " that accuracy says little: read it beside that of always giving the commonest answer."
    ),
)
MAPPING = "id_to_img_mapping_frontal_reports.json"


class _About(BaseModel):
    model_config = ConfigDict(extra="ignore")

    answer_type: Literal["single_choice", "multi_choice"]
    options: tuple[str, ...]
    path: str


_Step = tuple[str, tuple[str, ...]]
_Asked = tuple[str, tuple[str, ...], tuple[_Step, ...], _About]
_FILE = TypeAdapter(list[_Asked])
_IMAGES = TypeAdapter(dict[str, tuple[str, ...] | str])


def read(folder: Path, split: str) -> Iterator[Item]:
    """Give the questions of each report of a split."""
    paths = sorted((folder / f"{split}_qa_pairs").glob("*.json"), key=lambda path: (len(path.stem), path.stem))
    if not paths:
        raise UsageError(f"the folder has no {split}_qa_pairs/*.json; overread eval --list says what is needed")
    images = _images(folder / MAPPING)
    for path in paths:
        pictures = images.get(path.stem, ())
        named = (pictures,) if isinstance(pictures, str) else pictures
        files = tuple(PictureFile(path=f"images/{name}.png") for name in named[:1]) or (PictureFile(),)
        for number, (question, answers, history, about) in enumerate(_asked(path), start=1):
            yield Item(
                id=f"rad_restruct-{path.stem}-{number}",
                benchmark=ABOUT.name,
                split=split,
                cluster=path.stem,
                pictures=files,
                question=_worded(question, history),
                gold=_gold(answers, about, f"{path.name} entry {number}"),
                modality="radiograph",
                organ="chest",
                task=about.path,
                in_scope=True,
            )


def _worded(question: str, history: tuple[_Step, ...]) -> str:
    """Put what was asked and answered on the way before a question, which alone would not say what it is about."""
    steps = [f"{asked} {', '.join(answers)}." for asked, answers in history]
    return " ".join([*steps, question])


def _gold(answers: tuple[str, ...], about: _About, where: str) -> Gold:
    if about.answer_type == "multi_choice":
        return Several(texts=answers, options=about.options)
    if len(answers) != 1:
        raise UsageError(f"{where}: a single choice has {len(answers)} answers")
    word = normal(answers[0])
    if {normal(option) for option in about.options} == set(YES_NO) and word in YES_NO:
        return YesNo(yes=YES_NO[word])
    return by_text(lettered(about.options), answers[0], where)


def _asked(path: Path) -> list[_Asked]:
    try:
        return _FILE.validate_python(json.loads(path.read_text(encoding="utf-8")), strict=False)
    except (ValidationError, ValueError, OSError):
        raise UsageError(f"{path.name} is not as Rad-ReStruct writes it; download it anew") from None


def _images(path: Path) -> dict[str, tuple[str, ...] | str]:
    try:
        return _IMAGES.validate_python(json.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, ValueError, OSError):
        raise UsageError(f"{path.name} is missing or damaged; it says which image a report is of") from None


def build(_settings: Settings) -> Benchmark:
    """Give the benchmark."""
    return Benchmark(ABOUT, read)
