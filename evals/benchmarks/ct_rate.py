"""CT-RATE: chest CT with reports and eighteen labels (Hamamci et al., 2024); what can be scored without the volumes."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from overread.errors import UsageError
from overread.evals.benchmarks._files import found, table
from overread.evals.benchmarks._item import About, Benchmark, Item, Labels, PictureFile, Presence
from overread.settings import Settings

ABOUT = About(
    name="ct_rate",
    title="CT-RATE",
    needs=("validation_reports.csv and valid_predicted_labels.csv (train_…)", "the volumes, if any, are not read"),
    licence="CC BY-NC-SA 4.0, gated",
    source="Hamamci et al., arXiv 2403.17834",
    splits=("valid", "train"),
    protocol=(
        "Volumes are of another modality than this product reads, and are not asked about. Scored is the text of the"
        " report: the labels that the rule labeler reads in it against those of the set's eighteen that both have,"
        " which are a text classifier's."
    ),
)
KNOWN = {
    "Cardiomegaly": "Cardiomegaly",
    "Pleural effusion": "Pleural Effusion",
    "Consolidation": "Consolidation",
    "Atelectasis": "Atelectasis",
    "Lung opacity": "Lung Opacity",
    "Lung nodule": "Lung Lesion",
    "Medical material": "Support Devices",
}
"""Their name to ours."""
REPORTS = {"valid": ("validation_reports.csv", "valid_reports.csv"), "train": ("train_reports.csv",)}


def read(folder: Path, split: str) -> Iterator[Item]:
    """Give each volume's report with what is known of its labels; reconstructions of a scan are one cluster."""
    if split not in REPORTS:
        raise UsageError(f"CT-RATE has no split '{split}'; there are: {', '.join(ABOUT.splits)}")
    reports = found(folder, *REPORTS[split])
    labels = dict(_labels(found(folder, f"{split}_predicted_labels.csv")))
    for number, cells in table(reports):
        name = cells.get("VolumeName")
        if not name or "Findings_EN" not in cells:
            raise UsageError(f"{reports.name} row {number}: no VolumeName or Findings_EN; is it CT-RATE's table?")
        if name not in labels:
            raise UsageError(f"{reports.name} row {number}: its volume has no row of labels")
        yield Item(
            id=name,
            benchmark=ABOUT.name,
            split=split,
            cluster="_".join(name.split("_")[:2]),
            pictures=(PictureFile(path=name),),
            question=" ".join(filter(None, (cells["Findings_EN"], cells.get("Impressions_EN") or ""))),
            gold=Labels(values=labels[name]),
            modality="CT",
            organ="chest",
            in_scope=False,
        )


def _labels(path: Path) -> Iterator[tuple[str, dict[str, Presence]]]:
    for number, cells in table(path):
        if "VolumeName" not in cells or not set(KNOWN) & set(cells):
            raise UsageError(f"{path.name} has no column 'VolumeName' or none of a label; is it CT-RATE's table?")
        yield cells["VolumeName"], dict(_values(cells, f"{path.name} row {number}"))


def _values(cells: Mapping[str, str], where: str) -> Iterator[tuple[str, Presence]]:
    for theirs, ours in KNOWN.items():
        text = cells.get(theirs, "").strip()
        if text not in ("0", "1", ""):
            raise UsageError(f"{where}, column '{theirs}': it must be 0 or 1")
        if text:
            yield ours, 1 if text == "1" else 0


def build(_settings: Settings) -> Benchmark:
    """Give the benchmark."""
    return Benchmark(ABOUT, read)
