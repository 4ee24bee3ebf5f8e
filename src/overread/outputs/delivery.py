"""Put a case into a folder: the whole case for the reader at hand, the signed report for whoever gets it."""

from collections.abc import Iterable
from itertools import count
from pathlib import Path

import numpy as np

from overread.outputs.case_json import case_json, to_bytes
from overread.outputs.document import Document, document_of
from overread.outputs.overlay import render_overlay
from overread.outputs.rendering import as_html, as_markdown, as_text
from overread.records import CaseFile, Drawn, Evidence, Mask
from overread.store.files import write_whole
from overread.store.pictures import PictureFolder
from overread.store.png import png_of


def deliver_to_folder(file: CaseFile, folder: Path, artifacts: PictureFolder, pictures: PictureFolder) -> None:
    """Write a signed case: report.md, report.txt, report.html, overlay.png, masks and case.json.

    Every file is a function of the case file and written whole, so that a delivery done twice is done once.
    `case.json` comes last: where it lies, the rest is complete.
    """
    document = document_of(file)
    write_whole(folder / "report.txt", as_text(document).encode())
    write_whole(folder / "report.html", as_html(document).encode())
    _write_case(file, document, folder, artifacts, pictures)


def write_case(file: CaseFile, folder: Path, artifacts: PictureFolder, pictures: PictureFolder) -> None:
    """Write what a case has so far: report.md, overlay.png, masks/*.png and case.json (last)."""
    _write_case(file, document_of(file), folder, artifacts, pictures)


def write_masks(evidence: tuple[Evidence, ...], folder: Path, artifacts: PictureFolder) -> dict[str, Path]:
    """Copy masks and maps of networks out of the artifact store; gives the file of each digest."""
    placed: dict[str, Path] = {}
    for item in evidence:
        if isinstance(item.payload, Drawn) and item.payload.digest not in placed:
            path = folder / f"{_file_name(_named(item.payload), placed.values())}.png"
            write_whole(path, artifacts.png(item.payload.digest))
            placed[item.payload.digest] = path
    return placed


def _write_case(
    file: CaseFile, document: Document, folder: Path, artifacts: PictureFolder, pictures: PictureFolder
) -> None:
    write_whole(folder / "report.md", as_markdown(document).encode())
    overlay = render_overlay(file, pictures, artifacts)
    if overlay is not None:
        write_whole(folder / "overlay.png", png_of(np.asarray(overlay, dtype=np.uint8)))
    placed = write_masks(file.evidence, folder / "masks", artifacts)
    write_whole(folder / "case.json", to_bytes(case_json(file, lambda mask: placed[mask.digest])))


def _named(payload: Drawn) -> str:
    return payload.structure if isinstance(payload, Mask) else f"activation {payload.label}"


def _file_name(structure: str, taken: Iterable[Path]) -> str:
    """Make a file name of a structure: its letters and digits; numbered when another mask has the name."""
    plain = "".join(letter if letter.isalnum() else "_" for letter in structure) or "mask"
    used = {path.stem for path in taken}
    return next(name for number in count(1) if (name := plain if number == 1 else f"{plain}_{number}") not in used)
