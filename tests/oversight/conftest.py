"""Thirty-two cases that were read by scripted tools and decided by two readers, of whom everything is known by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from overread.admission import AdmittedCase
from overread.ports import ToolInput
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, Payload, Review, StatementReview
from overread.testing.doubles import ScriptedTool, make_case, make_picture, make_study
from tests.graphs.rooms import score, scripted_room, scripted_tools

FIRST_DAY = datetime(2024, 1, 8, 9, tzinfo=UTC)
"""A Monday, ISO week 2024-W02; before the drafts were made, so that no time to sign can be told."""
EDITS = {
    1: "No pleural effusion.",
    2: "No pleural effusion.",
    3: "No pleural effusion.",
    16: "There is a left pleural effusion.",
    17: "There is a left pleural effusion.",
}
"""What the reader wrote in the place of the sentence on the effusion: three false alarms and two misses."""
SEND = {30: "reject", 31: "sign", 32: "sign"}
PHANTOM = 32


def seen(work: ToolInput) -> list[Payload]:
    """See an effusion in cases 1 to 15, and none in the others; what case it is, the picture's digest says."""
    return [score("Pleural Effusion", 0.93 if work.image.pixels_digest in ILL else 0.04), score("Edema", 0.03)]


ILL: set[str] = set()


def admitted(room: ReadingRoom, number: int) -> str:
    picture = make_picture(number)
    study = make_study(number, pictures=(picture,), patient_key=f"patient-{number}")
    digest = room.home.pictures.put(picture)
    if number <= 15:
        ILL.add(digest)
    image = study.images[0].model_copy(update={"pixels_digest": digest})
    series = study.series[0].model_copy(update={"images": (image,)})
    study = study.model_copy(update={"series": (series,), "synthetic": number == PHANTOM})
    case = make_case(study, case_id=f"c-{number:012d}")
    maker = "ACME" if number % 2 else "Zenith"
    header = {image.sop_instance_uid: {"ViewPosition": "PA", "Manufacturer": maker}}
    room.admit(AdmittedCase(case=case, headers=header, identity=None))
    return case.case_id


def review_of(file: CaseFile, number: int) -> Review:
    """Decide a case: odd weeks by Dr A, who edits, even ones by Dr B."""
    assert file.draft is not None
    effusion = {finding.id for finding in file.findings if finding.label == "Pleural Effusion"}
    made = []
    for statement in file.draft.statements:
        about = statement in file.draft.sections["findings"] and effusion & set(statement.finding_ids)
        if about and number in EDITS:
            made.append(StatementReview(statement_id=statement.id, action="edit", text=EDITS[number], reason="seen so"))
        elif statement.needs_decision:
            made.append(StatementReview(statement_id=statement.id, action="accept"))
    decision = SEND.get(number, "sign")
    return Review(
        reviewer="Dr A" if number <= 20 else "Dr B",
        decision=decision,  # type: ignore[arg-type]
        statements=tuple(made) if decision == "sign" else (),
        comment=None if decision == "sign" else "of no use",
        draft_digest=file.draft_digest or "",
        at=FIRST_DAY + timedelta(weeks=(number - 1) // 10, minutes=number),
    )


@pytest.fixture(scope="session")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReadingRoom]:
    tools = scripted_tools(
        classification=ScriptedTool("classification", seen), segmentation=ScriptedTool("segmentation")
    )
    with scripted_room(tmp_path_factory.mktemp("decided"), tools) as room:
        for number in range(1, 33):
            file = room.read(admitted(room, number))
            room.decide(file.case_id, review_of(file, number))
        yield room
