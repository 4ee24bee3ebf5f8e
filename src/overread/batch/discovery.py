"""Find the cases that the inputs of a batch mean, without opening an image."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from overread.admission import read_order
from overread.batch.grouping import by_study, is_dicom
from overread.batch.manifest import SUFFIXES, works_of
from overread.batch.work import Work
from overread.errors import UsageError
from overread.records import Order

PICTURES = frozenset({".png", ".jpg", ".jpeg"})
ORDERS = ("order.yaml", "order.yml", "order.json")
URGENCY = {"STAT": 0, "urgent": 1, "routine": 2}


def discover(inputs: Sequence[Path]) -> list[Work]:
    """Give the cases, most urgent first, else in the order given.

    A file or zip is a case. In a folder, every picture is a case, DICOM files are grouped by study, and folders inside
    are looked into the same way; links to folders are left out, for they may go round. `order.yaml` or `order.json` in
    a folder is the order of its cases. A CSV, JSONL or Parquet file is a list of cases (`batch.manifest`). Raises
    `UsageError` for an input that is not there or holds nothing, and for a row of a list that is wrong.
    """
    root = Path(os.path.commonpath([path.absolute().parent for path in inputs])) if inputs else Path()
    found: dict[str, Work] = {}
    for path in inputs:
        if not path.exists():
            raise UsageError(f"there is no input '{path.name}'; check the path")
        listed = path.suffix.lower() in SUFFIXES and path.is_file()
        for work in works_of(path) if listed else _cases(path.absolute(), root):
            found.setdefault(work.name, work)
    if not found:
        raise UsageError("the inputs hold no case; give DICOM files, pictures, zips, or folders of them")
    return sorted(found.values(), key=lambda work: URGENCY[work.priority])


def _cases(path: Path, root: Path) -> Iterator[Work]:
    if not path.is_dir():
        yield Work(_name(path, root), (path,))
        return
    order = _order_in(path)
    inside = sorted(item for item in path.iterdir() if not item.name.startswith(".") and item.name not in ORDERS)
    files = [item for item in inside if item.is_file()]
    dicoms = [item for item in files if is_dicom(item)]
    for study in by_study(dicoms):
        yield Work(_name(study[0] if len(study) < len(dicoms) or files != dicoms else path, root), study, order)
    for item in files:
        if item not in dicoms and item.suffix.lower() in (*PICTURES, ".zip"):
            yield Work(_name(item, root), (item,), order)
    for item in inside:
        if item.is_dir() and not item.is_symlink():
            yield from _cases(item, root)


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _order_in(folder: Path) -> Order | None:
    for name in ORDERS:
        if (folder / name).is_file():
            return read_order(folder / name)
    return None
