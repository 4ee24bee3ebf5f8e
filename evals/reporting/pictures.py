"""Small pictures of the studies that scenarios are read on, and of the items of benchmarks."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from overread.errors import InputError
from overread.evals._parts import StudySpec
from overread.evals._studies import write_spec
from overread.evals.answering._pictures import Album
from overread.evals.benchmarks._item import Item
from overread.evals.reporting.page import address_of
from overread.evals.running._attempt import Attempt
from overread.imaging import read_input
from overread.settings import Settings
from overread.store.pictures import PictureFolder

FOLDER = "pictures"


def study_pictures(works: Sequence[Attempt], settings: Settings, out: Path) -> dict[str, str]:
    """Give the picture of each study by the digest of its specification; what has none, or cannot be read, has none.

    They are kept beside the results, so that a run that goes on does not make them again.
    """
    kept = out / FOLDER
    kept.mkdir(exist_ok=True)
    found = {}
    for work in works:
        digest = work.study_digest
        path = kept / f"{digest}.txt"
        if digest not in found and not path.is_file():
            path.write_text(_picture(work.scenario.setup(work.variant).study, settings), encoding="ascii")
        if digest not in found and (address := path.read_text(encoding="ascii")):
            found[digest] = address
    return found


def _picture(spec: StudySpec, settings: Settings) -> str:
    with tempfile.TemporaryDirectory(prefix="overread-picture-") as folder:
        study = write_spec(spec, Path(folder) / "study")
        shown = PictureFolder(Path(folder) / "shown")
        try:
            read = read_input([study], sink=shown, key=b"", limits=settings.limits)
        except InputError:
            return ""
        images = [image for series in read.study.series for image in series.images]
        return address_of(shown.shown(images[0])) if images else ""


def item_pictures(items: Sequence[Item], album: Album) -> dict[str, str]:
    """Give each item the address of its first picture; an item without one has none."""
    return {item.id: address_of(pictures[0]) for item in items if (pictures := album.of(item).pictures)}
