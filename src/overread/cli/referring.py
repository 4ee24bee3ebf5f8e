"""Show what words refer to: `overread tool segmentation --text`."""

from pathlib import Path
from typing import TYPE_CHECKING

from overread.cli.printing import print_json, say

if TYPE_CHECKING:
    from overread.admission import AdmittedCase
    from overread.reading_room import ReadingRoom


def show_grounded(room: "ReadingRoom", admitted: "AdmittedCase", text: str, out: Path | None, *, as_json: bool) -> None:
    """Print status, reason, box and evidence; a mask becomes `grounded.png` in the output folder."""
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
    region = None if found.region is None else found.region.model_dump(mode="json")
    data = {
        "status": found.status,
        "reason": found.reason,
        "region": region,
        "mask": None if mask is None else str(mask),
        "evidence_ids": [item.id for item in found.evidence],
    }
    if as_json:
        print_json({"grounding": data})
        return
    say(f"{found.status.replace('_', ' ')}: {found.reason}", "bold")
    if region is not None:
        say("    box {x}, {y}, {width} × {height} pixels".format(**region))
    if mask is not None:
        say(f"    mask {mask}")
