"""Find the cases that the inputs of a batch mean, without opening an image."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from overread.admission import read_order
from overread.batch.grouping import by_study, is_dicom
from overread.errors import UsageError
from overread.records import Order
from overread.records.study import Priority

PICTURES = frozenset({".png", ".jpg", ".jpeg"})
ORDERS = ("order.yaml", "order.yml", "order.json")
URGENCY = {"STAT": 0, "urgent": 1, "routine": 2}


@dataclass(frozen=True)
class Work:
    """One case to be read: its name in the summary, its files, its order if one lies beside them."""

    name: str
    paths: tuple[Path, ...]
    order: Order | None = None

    @property
    def priority(self) -> Priority:
        """Give the priority that its order states; without one it is routine."""
        return self.order.priority if self.order else "routine"


def discover(inputs: Sequence[Path]) -> list[Work]:
    """Give the cases, most urgent first, else in the order given.

    A file or zip is a case. In a folder, every picture is a case, DICOM files are grouped by study, and folders inside
    are looked into the same way; links to folders are left out, for they may go round. `order.yaml` or `order.json` in
    a folder is the order of its cases. Raises `UsageError` for an input that is not there or holds nothing.
    """
    root = Path(os.path.commonpath([path.absolute().parent for path in inputs])) if inputs else Path()
    found: dict[str, Work] = {}
    for path in inputs:
        if not path.exists():
            raise UsageError(f"there is no input '{path.name}'; check the path")
        for work in _cases(path.absolute(), root):
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
