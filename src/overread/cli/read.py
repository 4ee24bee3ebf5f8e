"""`overread read`: a case up to its review."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overread.cli.printing import complain, note, print_json, say
from overread.cli.progress import following
from overread.cli.session import session_of

if TYPE_CHECKING:
    from overread.admission import AdmittedCase
    from overread.batch.single import CaseRead
    from overread.records import CaseFile, Refusal

DONE, FAILED, BAD_INPUT, REFUSED = 0, 1, 2, 3
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
) -> None:
    """Read one case up to its review; all INPUTs are one study."""
    settings = session_of(context).settings(profile=profile)
    with following("Reading the case", quiet=quiet or as_json) as listen:
        from overread.admission import read_order
        from overread.batch.single import read_one
        from overread.composition import open_room
        from overread.prior_intake import SentPriors

        asked = None if order is None else read_order(order)
        priors = SentPriors(tuple(prior or ()), tuple(prior_report or ()), same_patient)
        with open_room(settings) as room:
            done = read_one(room, inputs, out, order=asked, priors=priors, tell=_tell_at_once, listen=listen)
    print_json(json_of(done)) if as_json else _tell(done)
    raise typer.Exit(_code(done))


def _tell_at_once(taken: "AdmittedCase") -> None:
    """Say on standard error, before any model looks, what is not used of an input and why."""
    for sentence in taken.said:
        complain(sentence) if sentence.startswith("Identity alert") else note(sentence)
    if any(item.reason == "not_confirmed" for item in taken.case.priors_refused):
        note("where no header tells, --same-patient states that a prior is an earlier study of the same patient")


def json_of(done: "CaseRead") -> dict[str, Any]:
    """Give the content of case.json; of a draft held back its status; of an input that became no case, its gate too."""
    if done.file is not None and done.folder is not None:
        import json

        data: dict[str, Any] = json.loads((done.folder / "case.json").read_text(encoding="utf-8"))
        return data
    if done.file is not None:
        return {"case_id": done.file.case_id, "status": done.file.status, "held_back": done.held_back}
    refusal = done.refusal.model_dump(mode="json") if done.refusal else None
    gate: dict[str, Any] = {"passed": False, "refusal": refusal, "notes": [], "evidence_ids": []}
    return {"case_id": None, "status": "refused", "gate": gate}


def _code(done: "CaseRead") -> int:
    if done.file is None:
        return BAD_INPUT if done.unreadable else REFUSED
    return {"refused": REFUSED, "failed": FAILED}.get(done.file.status, DONE)


def _tell(done: "CaseRead") -> None:
    if done.file is None or done.file.status == "refused":
        tell_refusal(done.refusal, "cannot be read" if done.unreadable else "is refused")
    if done.file is None:
        return
    if done.folder is None:
        note(f"nothing was written: {done.held_back}")
    else:
        _tell_written(done.file, done.folder)
    _tell_status(done.file)


def _tell_written(file: "CaseFile", folder: Path) -> None:
    """Print the draft, and where its files are."""
    from overread.versions import history_of

    if file.draft is not None:
        _tell_draft(file)
    for sentence in history_of(file.case.follows) if file.case.follows else ():
        note(sentence)
    for name in ("overlay.png", "report.md", "case.json"):
        if (folder / name).is_file():
            say(f"{name:12}{folder / name}")


def _tell_status(file: "CaseFile") -> None:
    if file.status == "awaiting_review":
        say(f"Waiting for review: overread review show {file.case_id}", "bold")
    elif file.status in ("signed", "rejected"):
        note(f"this input was read before and is {file.status}")
    elif file.status == "replaced":
        note("a later input of the same study took this one's place meanwhile: overread review list")


def tell_refusal(refusal: "Refusal | None", how: str) -> None:
    """Say in one line on standard error how the input fared (`how`, such as "is refused"), why, and what to do next."""
    from overread.outputs.document import refusal_text

    complain(f"the input {how}: {refusal_text(refusal)}")


def _tell_draft(file: "CaseFile") -> None:
    from overread.outputs.document import document_of

    document = document_of(file)
    for banner in document.banners:
        say(banner, "bold yellow")
    for alert in document.alerts:
        say(f"CRITICAL  {alert}", "bold red")
    for section in document.sections:
        say(f"\n{section.title}", "bold")
        for line in section.statements:
            say(f"  {line.text} " + " ".join(f"[{number}]" for number in line.numbers))
    for name, items in (("Open conflicts", document.conflicts), ("Tools that failed", document.failures)):
        if items:
            say(f"\n{name}", "bold")
        for item in items:
            say(f"  {item}")
    if document.withheld:
        say(f"\n{len(document.withheld)} statements were withheld; the report says which and why.")
    say()
