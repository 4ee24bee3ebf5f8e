"""What `overread read` says of a case: as lines, so that another process can compose what this one prints."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overread.warm.wire import Line, Told

if TYPE_CHECKING:
    from overread.admission import AdmittedCase
    from overread.batch.single import CaseRead
    from overread.records import CaseFile, Refusal

DONE, FAILED, BAD_INPUT, REFUSED = 0, 1, 2, 3


def told_of(done: "CaseRead", out: Path, *, as_json: bool) -> Told:
    """Say all that the command ends with; `out` is the folder for the cases as whoever asked wrote it."""
    code = _code(done)
    return Told(code=code, data=json_of(done)) if as_json else Told(code=code, lines=tuple(_lines(done, out)))


def at_once(taken: "AdmittedCase") -> Iterator[Line]:
    """Say on standard error, before any model looks, what is not used of an input and why."""
    for sentence in taken.said:
        yield Line(how="complain" if sentence.startswith("Identity alert") else "note", text=sentence)
    if any(item.reason == "not_confirmed" for item in taken.case.priors_refused):
        yield _note("where no header tells, --same-patient states that a prior is an earlier study of the same patient")


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


def refusal_line(refusal: "Refusal | None", how: str) -> Line:
    """Say in one line how an input fared (`how`, such as "is refused"), why, and what to do next."""
    from overread.outputs.document import refusal_text

    return Line(how="complain", text=f"the input {how}: {refusal_text(refusal)}")


def _code(done: "CaseRead") -> int:
    if done.file is None:
        return BAD_INPUT if done.unreadable else REFUSED
    return {"refused": REFUSED, "failed": FAILED}.get(done.file.status, DONE)


def _lines(done: "CaseRead", out: Path) -> Iterator[Line]:
    if done.file is None or done.file.status == "refused":
        yield refusal_line(done.refusal, "cannot be read" if done.unreadable else "is refused")
    if done.file is None:
        return
    if done.folder is None:
        yield _note(f"nothing was written: {done.held_back}")
    else:
        yield from _written(done.file, done.folder, out / done.folder.name)
    yield from _status(done.file)


def _written(file: "CaseFile", folder: Path, shown: Path) -> Iterator[Line]:
    """Say the draft, and where its files are."""
    from overread.versions import history_of

    if file.draft is not None:
        yield from _draft(file)
    for sentence in history_of(file.case.follows) if file.case.follows else ():
        yield _note(sentence)
    for name in ("overlay.png", "report.md", "case.json"):
        if (folder / name).is_file():
            yield _say(f"{name:12}{shown / name}")


def _status(file: "CaseFile") -> Iterator[Line]:
    if file.status == "awaiting_review":
        yield _say(f"Waiting for review: overread review show {file.case_id}", "bold")
    elif file.status in ("signed", "rejected"):
        yield _note(f"this input was read before and is {file.status}")
    elif file.status == "replaced":
        yield _note("a later input of the same study took this one's place meanwhile: overread review list")


def _draft(file: "CaseFile") -> Iterator[Line]:
    from overread.outputs.document import document_of

    document = document_of(file)
    for banner in document.banners:
        yield _say(banner, "bold yellow")
    for alert in document.alerts:
        yield _say(f"CRITICAL  {alert}", "bold red")
    for section in document.sections:
        yield _say(f"\n{section.title}", "bold")
        for line in section.statements:
            yield _say(f"  {line.text} " + " ".join(f"[{number}]" for number in line.numbers))
    for name, items in (("Open conflicts", document.conflicts), ("Tools that failed", document.failures)):
        if items:
            yield _say(f"\n{name}", "bold")
        for item in items:
            yield _say(f"  {item}")
    if document.withheld:
        yield _say(f"\n{len(document.withheld)} statements were withheld; the report says which and why.")
    yield _say()


def _say(text: str = "", style: str = "") -> Line:
    return Line(how="say", text=text, style=style)


def _note(text: str) -> Line:
    return Line(how="note", text=text)
