"""ChestAgentBench: six options about chest cases of Eurorad (Fallahpour et al., MedRAX, ICML 2025)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import field_validator

from overread.errors import UsageError
from overread.evals.benchmarks._choices import by_letter
from overread.evals.benchmarks._files import Row, found, lines, rows
from overread.evals.benchmarks._item import About, Benchmark, Item, PictureFile
from overread.settings import Settings

ABOUT = About(
    name="chestagentbench",
    title="ChestAgentBench",
    needs=("metadata.jsonl", "figures/"),
    licence="made from Eurorad cases, not for commercial use",
    source="Fallahpour et al., ICML 2025, arXiv 2502.02673",
    splits=("test",),
    protocol=(
        "The letter of one of six options about one or more figures, most of them radiographs and CT of the chest; by"
        " category, of which a question may have several. A question that is in the file twice counts once."
    ),
)
_OPTION = re.compile(r"(?:^|\s)\(?([A-F])[).:]\s+(.+?)(?=\s+\(?[A-F][).:]\s+|$)", re.DOTALL)


class _Row(Row):
    full_question_id: str
    case_id: str
    question: str
    answer: str
    images: tuple[str, ...]
    categories: str = ""

    @field_validator("categories", mode="before")
    @classmethod
    def _joined(cls, value: Any) -> Any:
        return ",".join(value) if isinstance(value, list) else value


def read(folder: Path, split: str) -> Iterator[Item]:
    """Give the questions, each once."""
    if split not in ABOUT.splits:
        raise UsageError(f"ChestAgentBench has one split: {ABOUT.splits[0]}")
    path = found(folder, "metadata.jsonl")
    seen: set[str] = set()
    for number, row in rows(path, lines(path), _Row):
        if row.full_question_id in seen:
            continue
        seen.add(row.full_question_id)
        stem, options = _parted(row.question, f"{path.name} line {number}")
        yield Item(
            id=row.full_question_id,
            benchmark=ABOUT.name,
            split=split,
            cluster=row.case_id,
            pictures=tuple(PictureFile(path=name) for name in row.images),
            question=stem,
            gold=by_letter(options, row.answer, f"{path.name} line {number}"),
            organ="chest",
            task=row.categories,
        )


def _parted(text: str, where: str) -> tuple[str, dict[str, str]]:
    """Part a question from the options that stand in its text."""
    found_options = list(_OPTION.finditer(text))
    options = {match[1]: " ".join(match[2].split()) for match in found_options}
    letters = "".join(options)
    if len(options) < 2 or not "ABCDEF".startswith(letters):
        raise UsageError(f"{where}: its options cannot be read; is it the file of this benchmark?")
    return text[: found_options[0].start()].strip(), options


def build(_settings: Settings) -> Benchmark:
    """Give the benchmark."""
    return Benchmark(ABOUT, read)
