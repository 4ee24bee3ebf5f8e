"""Exports of cases that a scripted room has read, and of what people made of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from overread.admission import AdmittedCase
from overread.export._output import Export
from overread.imaging.wire_format import PatientIdentity
from overread.reading_room import ReadingRoom
from overread.records import AddedFinding, CaseFile, FindingReview, Measurement, StatementReview
from overread.signing import Addition, Amendment, Signer
from overread.store.cases import Headers
from overread.store.pictures import PictureFolder
from overread.testing.doubles import ScriptedTool
from overread.testing.phantoms import render, sample_recipe, to_display
from tests.graphs.rooms import put_case, scripted_room, scripted_tools, sign_all

LATER = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
IDENTITY = PatientIdentity(
    name="Müller-Lüdenscheidt^Jörg^Ägidius^Dr.",
    patient_id="PID-4711",
    issuer="Klinikum Süd",
    birth_date="19410230",
    sex="M",
)
SIGNER = "Dr. Ångström-Weiß"


def draft(room: ReadingRoom) -> CaseFile:
    return room.read(put_case(room))


def signed(room: ReadingRoom) -> CaseFile:
    file = draft(room)
    return room.decide(file.case_id, sign_all(file, reviewer=SIGNER).model_copy(update={"meaning": "authorship"}))


def preliminary(room: ReadingRoom) -> CaseFile:
    file = draft(room)
    return room.sign_preliminary(file.case_id, sign_all(file, reviewer="Dr. Lehr"))


def appended(room: ReadingRoom) -> CaseFile:
    return room.follow(signed(room).case_id, Addition("The ward in Gießen was told by telephone."), _next(), None)


def amended(room: ReadingRoom) -> CaseFile:
    change = Amendment({"findings-0": "There is a small pleural effusion on the left."}, "the side was left out")
    return room.follow(signed(room).case_id, change, _next(), None)


def rejected(room: ReadingRoom) -> CaseFile:
    file = draft(room)
    return room.decide(file.case_id, sign_all(file, decision="reject"))


def reworded(room: ReadingRoom) -> CaseFile:
    """Signed, with other words than the draft's over the sentences about the effusion."""
    file = draft(room)
    review = sign_all(file, reviewer=SIGNER)
    about = {item.id for item in file.findings if item.label == "Pleural Effusion"}
    assert file.draft is not None
    decisions = tuple(
        StatementReview(statement_id=item.id, action="edit", text="No fluid is seen.", reason="a skin fold")
        if about & set(item.finding_ids)
        else StatementReview(statement_id=item.id, action="accept")
        for item in file.draft.statements
    )
    return room.decide(file.case_id, review.model_copy(update={"statements": decisions}))


def decided(room: ReadingRoom) -> CaseFile:
    """Signed with a decision of each kind: sentences kept, edited and struck out, a finding changed, one added."""
    file = draft(room)
    review = sign_all(file, reviewer=SIGNER)
    assert file.draft is not None
    found = {item.label: item for item in file.findings}
    changed, edited = found["Pleural Effusion"], found["Pneumothorax"]
    follows = {line.id for line in file.draft.statements if changed.id in line.finding_ids}
    words = {"text": "No air in the pleural space.", "reason": "the words of this house"}
    actions = {line.id: words for line in file.draft.statements if edited.id in line.finding_ids}
    struck = next(line.id for line in file.draft.sections["limitations"])
    decisions = [
        StatementReview(statement_id=line.id, action="edit", **actions[line.id])
        if line.id in actions
        else StatementReview(statement_id=line.id, action="reject", reason="goes without saying")
        if line.id == struck
        else StatementReview(statement_id=line.id, action="accept")
        for line in file.draft.statements
        if line.id not in follows
    ]
    more = {
        "statements": tuple(decisions),
        "findings": (
            FindingReview(
                finding_id=changed.id,
                status="uncertain",
                laterality="left",
                zone="lower",
                reason="a skin fold, perhaps",
            ),
        ),
        "added": (AddedFinding(label="Fracture", laterality="right", reason="seventh rib"),),
    }
    return room.decide(file.case_id, review.model_copy(update=more))


def marked_up(room: ReadingRoom) -> CaseFile:
    added = Addition("a <font size=40>small</font> & odd sentence")
    return room.follow(signed(room).case_id, added, _next(), None)


def sided(room: ReadingRoom) -> CaseFile:
    file = draft(room)
    places = {"Pleural Effusion": {"laterality": "left", "location": "left lower zone"}}
    told = tuple(item.model_copy(update=places.get(item.label, {})) for item in file.findings)
    return file.model_copy(update={"findings": told})


def odd_modality(room: ReadingRoom) -> CaseFile:
    file = draft(room)
    series = tuple(item.model_copy(update={"modality": ""}) for item in file.case.study.series)
    study = file.case.study.model_copy(update={"series": series})
    return file.model_copy(update={"case": file.case.model_copy(update={"study": study})})


def plain_picture(room: ReadingRoom) -> CaseFile:
    """A phantom as a PNG, without a header."""
    path = room.home.root / "phantom.png"
    shown = to_display(render(sample_recipe(3, view="PA", flipped=False), 256))
    Image.fromarray(shown).save(path)
    taken = room.take_in([path])
    assert isinstance(taken, AdmittedCase)
    return room.read(taken.case.case_id)


def signed_picture(room: ReadingRoom) -> CaseFile:
    file = plain_picture(room)
    return room.decide(file.case_id, sign_all(file, reviewer=SIGNER))


def waiting(room: ReadingRoom) -> CaseFile:
    return room.file(put_case(room))


def refused(room: ReadingRoom) -> CaseFile:
    """Read by `BLIND`: a blank picture."""
    return draft(room)


BLIND = ScriptedTool("quality", [Measurement(name="blank_fraction", value=1.0, unit="1", method="double")])


def export_of(
    make: Callable[[ReadingRoom], CaseFile], home: Path, identity: PatientIdentity | None = IDENTITY
) -> Export:
    """Read a case in a room of its own, once, and give what a writer is handed of it."""
    if make not in _READ:
        with scripted_room(home / make.__name__, scripted_tools(quality=BLIND) if make is refused else None) as room:
            file = make(room)
            _READ[make] = (file, room.store.headers(file.case_id), room.home.pictures, room.home.artifacts)
    file, headers, pictures, artifacts = _READ[make]
    return Export(
        file=file, identity=identity, headers=headers, pixels=pictures, artifacts=artifacts, clock=lambda: LATER
    )


def replaced(export: Export, file: CaseFile) -> Export:
    return replace(export, file=file)


_READ: dict[Callable[[ReadingRoom], CaseFile], tuple[CaseFile, Headers, PictureFolder, PictureFolder]] = {}
"""Cases are read once: their records are frozen, and no writer changes anything."""


def _next() -> Signer:
    return Signer("Prof. Østergård", datetime.now(UTC) + timedelta(hours=1), meaning="approval")
