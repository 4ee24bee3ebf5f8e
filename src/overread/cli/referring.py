"""Show what words refer to: `overread tool segmentation --text`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from overread.cli.printing import print_json, say

if TYPE_CHECKING:
    from overread.admission import AdmittedCase
    from overread.reading_room import ReadingRoom
    from overread.records import Evidence


def grounded(room: "ReadingRoom", admitted: "AdmittedCase", text: str, out: Path | None) -> dict[str, Any]:
    """Find what words refer to, as JSON; masks become `grounded.png` and `outline.png` in the output folder."""
    import io

    import numpy as np
    from PIL import Image

    from overread.grounding import ground
    from overread.store.files import write_whole

    found, mask = ground(room, admitted, text), None
    if found.mask is not None and out is not None:
        stream = io.BytesIO()
        Image.fromarray(np.where(found.mask, 255, 0).astype(np.uint8)).save(stream, "PNG")
        mask = out / "grounded.png"
        write_whole(mask, stream.getvalue())
    return {
        "status": found.status,
        "reason": found.reason,
        "region": None if found.region is None else found.region.model_dump(mode="json"),
        "mask": None if mask is None else str(mask),
        "evidence_ids": [item.id for item in found.evidence],
        "outline": _outline(room, found.outline, out),
        "outline_withheld": found.outline_withheld,
    }


def show_grounded(found: dict[str, Any], *, as_json: bool) -> None:
    """Print status, reason and box, and what a model that outlines drew beside them."""
    if as_json:
        print_json({"grounding": found})
        return
    say(f"{found['status'].replace('_', ' ')}: {found['reason']}", "bold")
    if found["region"] is not None:
        say("    box {x}, {y}, {width} × {height} pixels".format(**found["region"]))
    if found["mask"] is not None:
        say(f"    mask {found['mask']}")
    if (outline := found["outline"]) is not None:
        say("    beside it, outlined by {model} ({worth}; it changes nothing): {area_pixels} pixels".format(**outline))
        if outline["mask"]:
            say(f"    mask {outline['mask']}")
    elif found["outline_withheld"]:
        say(f"    the model that outlines: {found['outline_withheld']}")


def _outline(room: "ReadingRoom", item: "Evidence | None", out: Path | None) -> dict[str, Any] | None:
    """Give what a prompted model drew as JSON; its mask lies in the output folder where there is one."""
    from overread.records import Mask
    from overread.store.files import write_whole

    if item is None or not isinstance(item.payload, Mask):
        return None
    mask = None
    if out is not None:
        mask = out / "outline.png"
        write_whole(mask, room.home.artifacts.absolute(item.payload.png).read_bytes())
    region = item.locator.region
    return {
        "model": item.provenance.model,
        "prompt": item.provenance.parameters["prompt"],
        "worth": item.provenance.parameters["worth"],
        "region": None if region is None else region.model_dump(mode="json"),
        "area_pixels": item.payload.area_pixels,
        "mask": None if mask is None else str(mask),
        "evidence_id": item.id,
    }
