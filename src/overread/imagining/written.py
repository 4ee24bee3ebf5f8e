"""Write a picture with its exact truth: DICOM, truth.json, masks as PNG, a preview."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from scipy import ndimage

from overread._version import __version__
from overread.errors import NotDrawable
from overread.imagining.asked import Asked
from overread.imagining.planned import Planned
from overread.imagining.preview import previewed
from overread.records import Region, content_digest
from overread.store.files import write_whole
from overread.testing.phantoms import Phantom, PlacedFinding, render, to_dicom, to_display
from overread.testing.phantoms.dicom import SYNTHETIC, uid
from overread.tools._masks import bounding_box

SIZE = 1024
"""Pixels a side."""
SCHEMA = 1


@dataclass(frozen=True)
class Written:
    """What lies in the folder of one picture."""

    folder: Path
    image: Path
    truth: Path
    preview: Path | None
    drawn_by_lot: tuple[str, ...] = ()


def write(asked: Asked, plan: Planned, seed: int, index: int, folder: Path) -> Written:
    """Draw a picture and write it, each file whole or not at all; the same plan gives the same bytes.

    Raises `NotDrawable` where something that was asked for is not on the film after all.
    """
    phantom = render(plan.recipe, SIZE)
    hidden = [finding.key for finding in plan.recipe.findings if not phantom.masks[finding.key].any()]
    if hidden:
        raise NotDrawable(f"nothing of {', '.join(hidden)} is to be seen in this picture; give another --seed")
    for name, mask in phantom.masks.items():
        write_whole(folder / "masks" / f"{name}.png", png(np.where(mask, 255, 0).astype(np.uint8)))
    dataset = _dataset(phantom)
    written = io.BytesIO()
    dataset.save_as(written, enforce_file_format=True)
    done = Written(folder, folder / "image.dcm", folder / "truth.json", folder / "preview.png", plan.drawn_by_lot)
    write_whole(done.image, written.getvalue())
    write_whole(folder / "preview.png", png(previewed(to_display(phantom), _outlined(phantom))))
    truth = _truth(asked, plan, phantom, seed, index) | {"sop_instance_uid": str(dataset.SOPInstanceUID)}
    # Last: where it is, everything is.
    write_whole(done.truth, as_json(truth))
    return done


def png(pixels: NDArray[np.uint8], mark: str = SYNTHETIC) -> bytes:
    """Give 8-bit pixels, grey or RGB, as PNG that says of itself that it is synthetic."""
    told, stream = PngInfo(), io.BytesIO()
    told.add_text("Comment", mark)
    Image.fromarray(pixels).save(stream, "PNG", pnginfo=told)
    return stream.getvalue()


def as_json(data: Mapping[str, Any]) -> bytes:
    """Give a table as the bytes of a JSON file."""
    return (json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _dataset(phantom: Phantom) -> Any:
    key = phantom.recipe.model_dump_json()
    return to_dicom(
        phantom,
        study_uid=uid("imagined study", key),
        series_uid=uid("imagined series", key),
        sop_uid=uid("imagined image", key, SIZE),
        AccessionNumber=f"IM{content_digest(key, 12).upper()}",
        SyntheticData="YES",
    )


def _outlined(phantom: Phantom) -> dict[str, NDArray[np.bool_]]:
    return {finding.key: phantom.masks[finding.key] for finding in phantom.recipe.findings}


def _truth(asked: Asked, plan: Planned, phantom: Phantom, seed: int, index: int) -> dict[str, Any]:
    truth = phantom.truth
    return {
        "schema": SCHEMA,
        "synthetic": SYNTHETIC,
        "truth": "exact",
        "made_by": f"overread {__version__}, phantom renderer",
        "asked": asked.text,
        "seed": seed,
        "index": index,
        "drawn_by_lot": list(plan.drawn_by_lot),
        "labels": truth.labels,
        "findings": [_finding(each, phantom) for each in truth.findings],
        "denied": [{"label": each.label, "laterality": each.laterality} for each in asked.denied],
        "cardiothoracic_ratio": truth.cardiothoracic_ratio,
        "view": truth.view,
        "supine": truth.supine,
        "spacing_mm": truth.spacing_mm,
        "rows": SIZE,
        "columns": SIZE,
        "masks": {name: f"masks/{name}.png" for name in phantom.masks},
        "recipe": plan.recipe.model_dump(mode="json"),
    }


def _finding(finding: PlacedFinding, phantom: Phantom) -> dict[str, Any]:
    mask = phantom.masks[finding.key]
    parts, count = ndimage.label(mask)
    return {
        **finding.model_dump(mode="json"),
        "mask": f"masks/{finding.key}.png",
        "box": _box(bounding_box(mask)),
        "parts": [_box(bounding_box(parts == number)) for number in range(1, count + 1)],
    }


def _box(region: Region | None) -> dict[str, int] | None:
    return None if region is None else region.model_dump(mode="json")
