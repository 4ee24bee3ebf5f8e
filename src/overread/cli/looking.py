"""Read an input for a single look, without making it a case of the worklist."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from overread.cli.printing import print_json

if TYPE_CHECKING:
    from overread.admission import AdmittedCase
    from overread.graphs._tool_run import Outcome
    from overread.ports import Tool
    from overread.reading import ReadingRoom
    from overread.records import ImageRef, Question, Refusal

HEADER_TOOLS = frozenset({"header", "quality"})
"""Tools that may look at any image: what they see is what the gate decides by."""


def admit(room: "ReadingRoom", paths: Sequence[Path], *, as_json: bool, gated: bool = True) -> "AdmittedCase":
    """Read an input through the gate; ends the command with the typed reason and exit 2 or 3 when it is refused."""
    from overread.admission import Refused, admit_input
    from overread.batch.single import refusal_of
    from overread.errors import Unreadable
    from overread.imaging.gate import header_refusal

    try:
        admitted = admit_input(paths, room.home, room.services.settings)
    except Unreadable as error:
        raise stop(refusal_of(error), as_json=as_json) from error
    if isinstance(admitted, Refused):
        raise stop(admitted.refusal, as_json=as_json)
    refusal = header_refusal(admitted.case.study, admitted.headers) if gated else None
    if refusal is not None:
        raise stop(refusal, as_json=as_json)
    return admitted


def stop(refusal: "Refusal | None", *, as_json: bool) -> typer.Exit:
    """Say why an input goes no further, and give the exit to raise."""
    from overread.batch.single import CaseRead
    from overread.cli.read import BAD_INPUT, REFUSED, json_of, tell_refusal

    ended = CaseRead(None, None, refusal)
    if as_json:
        print_json(json_of(ended))
    tell_refusal(refusal, "cannot be read" if ended.unreadable else "is refused")
    return typer.Exit(BAD_INPUT if ended.unreadable else REFUSED)


def look(
    room: "ReadingRoom", admitted: "AdmittedCase", tool: "Tool", questions: "Sequence[Question]" = ()
) -> "Outcome":
    """Run one tool on the image that the case graph would give it."""
    from overread.graphs._tool_run import run_tool
    from overread.ports import ToolInput

    study = admitted.case.study
    image: ImageRef = study.frontal or study.images[0]
    work = ToolInput(
        study=study,
        image=image,
        pixels=room.home.pictures,
        artifacts=room.home.artifacts,
        header=admitted.headers.get(image.sop_instance_uid, {}),
        questions=tuple(questions),
    )
    return run_tool(room.services, tool, work)
