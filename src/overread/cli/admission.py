"""Read an input for one tool's run, or end the command with the typed reason."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from overread.cli.printing import print_json, print_line

if TYPE_CHECKING:
    from overread.admission import AdmittedCase
    from overread.prior_intake import GivenPriors
    from overread.reading_room import ReadingRoom
    from overread.records import Refusal


def admit_or_stop(
    room: "ReadingRoom", paths: Sequence[Path], priors: "GivenPriors" = (), *, as_json: bool, gated: bool = True
) -> "AdmittedCase":
    """Read an input through the gate; ends the command with the typed reason and exit 2 or 3 when it is refused."""
    from overread.batch.single import refusal_of
    from overread.errors import Unreadable
    from overread.standalone import StudyRefused, admit

    try:
        return admit(room, paths, priors=priors, gated=gated)
    except Unreadable as error:
        raise stop(refusal_of(error), as_json=as_json) from error
    except StudyRefused as error:
        raise stop(error.refusal, as_json=as_json) from error


def stop(refusal: "Refusal | None", *, as_json: bool) -> typer.Exit:
    """Say why an input goes no further, and give the exit to raise."""
    from overread.batch.single import CaseRead
    from overread.cli.case_told import BAD_INPUT, REFUSED, json_of, refusal_line

    ended = CaseRead(None, None, refusal)
    if as_json:
        print_json(json_of(ended))
    print_line(refusal_line(refusal, "cannot be read" if ended.unreadable else "is refused"))
    return typer.Exit(BAD_INPUT if ended.unreadable else REFUSED)
