"""`overread read`: a case up to its review."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import note, print_json, print_line
from overread.cli.progress import listener, showing
from overread.cli.session import session_of
from overread.errors import CaseBusy

if TYPE_CHECKING:
    from overread.admission import AdmittedCase
    from overread.settings import Settings
    from overread.warm.asking import Given, Unread
    from overread.warm.wire import Line, Said, Shown, Told

LET_GO_SECONDS, AGAIN_SECONDS = 5.0, 0.1
"""The system lets go of what a killed process held a little after its connection."""
Inputs = Annotated[list[Path], typer.Argument(metavar="INPUT...", help="DICOM file, folder or zip, PNG or JPEG.")]
Profile = Annotated[str | None, typer.Option("--profile", metavar="NAME", help="Set of models to read with.")]
Priors = Annotated[
    list[Path] | None, typer.Option("--prior", metavar="PATH", help="An earlier study of the patient. Repeat.")
]
PriorReports = Annotated[
    list[Path] | None,
    typer.Option("--prior-report", metavar="PATH", help="The report of a prior, in the order of --prior. Repeat."),
]
SamePatient = Annotated[
    bool,
    typer.Option("--same-patient", help="State that each prior is an earlier study of this patient (plain pictures)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder that gets a folder for the case.")]


def read(
    context: typer.Context,
    inputs: Inputs,
    order: Annotated[Path | None, typer.Option("--order", metavar="FILE", help="The order, JSON or YAML.")] = None,
    prior: Priors = None,
    prior_report: PriorReports = None,
    same_patient: SamePatient = False,
    profile: Profile = None,
    out: Out = Path("out"),
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not show what the case is at.")] = False,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Read in this process, also where a worker or page could read it.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say which process read the case.")] = False,
) -> None:
    """Read one case up to its review; all INPUTs are one study.

    Where `overread worker` or the page runs, its models are loaded and it reads the case, with the same result.
    """
    from overread.store.files import refuse_file
    from overread.warm.asking import Given

    refuse_file(out, "--out")
    session = session_of(context)
    settings = session.settings(profile=profile)
    given = Given(
        tuple(inputs), order, tuple(prior or ()), tuple(prior_report or ()), same_patient, out, as_json=as_json
    )
    # With --debug errors are to show where they were raised.
    alone = no_worker or session.debug or settings.reading.warm == "off"
    told = _read(settings, given, quiet=quiet or as_json, alone=alone, verbose=verbose)
    for line in told.lines:
        print_line(line)
    if told.data is not None:
        print_json(told.data)
    raise typer.Exit(told.code)


def _read(settings: "Settings", given: "Given", *, quiet: bool, alone: bool, verbose: bool) -> "Told":
    """Have the case read by who has its models loaded, else read it."""
    from overread.warm.wire import Line, Told

    printed: set[Line] = set()
    begun = False
    if not alone:
        came = _elsewhere(settings, given, printed, quiet=quiet)
        if isinstance(came, Told):
            if verbose:
                note("read by a worker or page of this home")
            return came
        begun = came.begun
        if verbose or begun:
            note(f"read in this process: {came.why}")
    elif verbose:
        note("read in this process: as asked for")
    return _here(settings, given, printed, quiet=quiet, begun=begun)


def _elsewhere(settings: "Settings", given: "Given", printed: "set[Line]", *, quiet: bool) -> "Told | Unread":
    from overread.warm.asking import ask
    from overread.warm.wire import Said

    with showing("Reading the case", quiet=quiet) as show:

        def tell(heard: "Said | Shown") -> None:
            if isinstance(heard, Said):
                print_line(heard.line)
                printed.add(heard.line)
            elif show is not None:
                show(heard)

        return ask(settings, given, tell)


def _here(settings: "Settings", given: "Given", printed: "set[Line]", *, quiet: bool, begun: bool) -> "Told":
    """Read in this process; where another `begun`, its hold on the case is waited for to end."""
    with showing("Reading the case", quiet=quiet) as show:
        from overread.admission import read_order
        from overread.cli.case_reading import read_given
        from overread.cli.case_told import at_once
        from overread.composition import open_room

        def taken(admitted: "AdmittedCase") -> None:
            for line in at_once(admitted):
                if line not in printed:
                    print_line(line)

        asked = None if given.order is None else read_order(given.order)
        listen = None if show is None else listener(show)
        with open_room(settings) as room:
            until = time.monotonic() + (LET_GO_SECONDS if begun else 0.0)
            while True:
                try:
                    return read_given(room, given, asked, taken, listen)
                except CaseBusy:
                    if time.monotonic() >= until:
                        raise
                    time.sleep(AGAIN_SECONDS)
