"""CheXpert: fourteen labels of chest radiographs (Irvin et al., AAAI 2019)."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from overread.errors import UsageError
from overread.evals.benchmarks._files import found, table
from overread.evals.benchmarks._item import About, Benchmark, Item, Labels, PictureFile, Presence
from overread.reasoning.vocabulary import LABELS
from overread.settings import Settings

ABOUT = About(
    name="chexpert",
    title="CheXpert",
    needs=("valid.csv, test.csv or train.csv", "the images by the table's paths, from the folder or beside its name"),
    licence="Stanford University Dataset Research Use Agreement",
    source="Irvin et al., AAAI 2019, arXiv 1901.07031",
    splits=("valid", "test", "train"),
    protocol=(
        "AUROC of each label over frontal images, uncertain and unmentioned ones left out; intervals by patient. The"
        " training part's labels are a labeler's, those of valid and test are radiologists'."
    ),
)
COLUMNS = LABELS[:14]
VALUES: Mapping[str, Presence | None] = {
    "1": 1, "1.0": 1, "0": 0, "0.0": 0, "-1": -1, "-1.0": -1, "": None,
}  # fmt: skip


def read(folder: Path, split: str) -> Iterator[Item]:
    """Give the frontal images of a split with what is known of each label."""
    path = found(folder, f"{split}.csv", f"CheXpert-v1.0/{split}.csv", f"CheXpert-v1.0-small/{split}.csv")
    for number, cells in table(path):
        if "Path" not in cells or not set(COLUMNS) & set(cells):
            raise UsageError(f"{path.name} has no column 'Path' or none of a label; is it CheXpert's table?")
        if cells.get("Frontal/Lateral", "Frontal") == "Lateral":
            continue
        yield Item(
            id=f"chexpert-{split}-{number}",
            benchmark=ABOUT.name,
            split=split,
            cluster=_patient(cells["Path"]),
            pictures=(PictureFile(path=_placed(folder, cells["Path"])),),
            question="",
            gold=Labels(values=dict(_known(cells, f"{path.name} row {number}"))),
            modality="radiograph",
            organ="chest",
            in_scope=True,
        )


def _known(cells: Mapping[str, str], where: str) -> Iterator[tuple[str, Presence]]:
    for label in COLUMNS:
        text = (cells.get(label) or "").strip()
        if text not in VALUES:
            raise UsageError(f"{where}, column '{label}': it must be 1, 0, -1 or empty")
        value = VALUES[text]
        if value is not None:
            yield label, value


def _patient(path: str) -> str:
    return next((part for part in path.split("/") if part.startswith("patient")), path)


def _placed(folder: Path, path: str) -> str:
    """Give the path within the folder: the table's own begins with the name of the release."""
    inner = path.partition("/")[2]
    return inner if not (folder / path).is_file() and (folder / inner).is_file() else path


def build(_settings: Settings) -> Benchmark:
    """Give the benchmark."""
    return Benchmark(ABOUT, read)
