"""Open-I, also called IU X-Ray: reports of chest radiographs (Demner-Fushman et al., JAMIA 2016)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field

from overread.errors import UsageError
from overread.evals.benchmarks._files import Numbered, Row, found, lines, listed, rows
from overread.evals.benchmarks._item import About, Benchmark, Item, PictureFile, Report
from overread.settings import Settings

ABOUT = About(
    name="openi",
    title="Open-I (IU X-Ray)",
    needs=("annotation.json (R2Gen), a JSON list with image, findings and impression, or openi.jsonl", "images/"),
    licence="CC BY-NC-ND 4.0 for the reports, by their records; images under NLM's terms",
    source="Demner-Fushman et al., JAMIA 2016, doi 10.1093/jamia/ocv080",
    splits=("test", "val", "train", "all"),
    protocol=(
        "The report that the profile's model writes of the first image against the radiologist's: F1 of the labels that"
        " the rule labeler reads in both. Reports without findings and impression are left out."
    ),
)


class _Row(Row):
    id: str = ""
    images: tuple[str, ...] = ()
    findings: str | None = None
    impression: str | None = None
    report: str | None = None
    split: str | None = Field(default=None)


def read(folder: Path, split: str) -> Iterator[Item]:
    """Give the reports of a split, or of `all`; a file without splits is all of it."""
    path = found(folder, "annotation.json", "test.json", "openi.jsonl")
    for number, row in rows(path, _entries(path), _Row):
        findings = (row.findings or row.report or "").strip()
        impression = (row.impression or "").strip()
        if split not in (row.split or split, "all") or not (findings or impression):
            continue
        yield Item(
            id=row.id or f"openi-{number}",
            benchmark=ABOUT.name,
            split=row.split or split,
            cluster=row.id or str(number),
            pictures=tuple(PictureFile(path=_named(name)) for name in row.images[:1]) or (PictureFile(),),
            question="",
            gold=Report(findings=findings, impression=impression),
            modality="radiograph",
            organ="chest",
            in_scope=True,
        )


def _named(image: str) -> str:
    name = image if Path(image).suffix else f"{image}.png"
    return name if name.startswith("images/") else f"images/{name}"


def _entries(path: Path) -> Iterator[Numbered]:
    """Read whichever of the files it is, with the image's column under one name and its split beside it."""
    if path.suffix == ".jsonl":
        given = lines(path)
    elif path.name == "annotation.json":
        given = _of_parts(path)
    else:
        given = listed(path)
    for number, cells in given:
        pictures = cells.get("images", cells.get("image_path", cells.get("image", ())))
        yield number, {**cells, "images": (pictures,) if isinstance(pictures, str) else pictures}


def _of_parts(path: Path) -> Iterator[Numbered]:
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        parts = [(split, entry) for split, entries in content.items() for entry in entries]
    except (ValueError, AttributeError, TypeError, OSError):
        raise UsageError(f"{path.name} is no JSON of splits; download it anew") from None
    for number, (split, entry) in enumerate(parts, start=1):
        if not isinstance(entry, dict):
            raise UsageError(f"{path.name} entry {number}: it is no object; is it the file of this benchmark?")
        yield number, {**entry, "split": split}


def build(_settings: Settings) -> Benchmark:
    """Give the benchmark."""
    return Benchmark(ABOUT, read)
