"""ORU^R01 as it is written: states, predecessors, sections and codes; read back by python-hl7's parser."""

from pathlib import Path

import pytest

from overread.export._coding import PRESENCE
from overread.export.hl7 import build, message_of
from overread.hl7v2.message import Message, Segment, read_message
from overread.imaging.wire_format import PatientIdentity
from tests.export import case_exports as cases
from tests.needs import require

require("hl7")


def read_back(make, home: Path) -> Message:  # type: ignore[no-untyped-def]
    return read_message(message_of(cases.export_of(make, home)))


def only(message: Message, name: str) -> Segment:
    (segment,) = (each for each in message.segments if each.name == name)
    return segment


def observed(message: Message) -> dict[str, list[Segment]]:
    found: dict[str, list[Segment]] = {}
    for segment in message.segments:
        if segment.name == "OBX":
            found.setdefault(segment.value(3), []).append(segment)
    return found


@pytest.mark.parametrize(
    ("make", "status", "said"),
    [
        (cases.draft, "P", "PRELIMINARY, UNVERIFIED: drafted by software"),
        (cases.preliminary, "P", "PRELIMINARY, UNVERIFIED: signed by Dr. Lehr"),
        (cases.signed, "F", f"FINAL, VERIFIED: signed by {cases.SIGNER}"),
        (cases.appended, "C", "WITH ADDENDUM, VERIFIED: signed by Prof. Østergård"),
        (cases.amended, "C", "AMENDED, VERIFIED: signed by Prof. Østergård"),
    ],
)
def test_a_report_says_how_far_it_is_in_every_observation(make, status: str, said: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    message = read_back(make, tmp_path)
    assert (message.header.kind, message.header.event, message.header.charset) == ("ORU", "R01", "UNICODE UTF-8")
    assert only(message, "OBR").value(25) == status
    seen = observed(message)
    assert {each.value(11) for group in seen.values() for each in group} == {status}
    assert seen["STATE"][0].value(5).startswith(said)
    assert only(message, "OBR").value(4) == "30745-4"
    assert len(message.header.control_id) == 20


def test_each_state_has_a_control_id_of_its_own_and_names_the_one_before(tmp_path: Path) -> None:
    draft, signed, appended = (read_back(make, tmp_path) for make in (cases.draft, cases.signed, cases.appended))
    assert "PREDECESSOR" not in observed(draft)
    assert len({each.header.control_id for each in (draft, signed, appended)}) == 3
    assert observed(signed)["PREDECESSOR"][0].value(5) != signed.header.control_id
    assert observed(appended)["55107-7"][0].value(5) == "The ward in Gießen was told by telephone."
    assert message_of(cases.export_of(cases.signed, tmp_path)) == message_of(cases.export_of(cases.signed, tmp_path))


def test_the_state_before_is_named_as_its_own_message_was(tmp_path: Path) -> None:
    from dataclasses import replace

    export = cases.export_of(cases.appended, tmp_path)
    before = replace(export, file=export.file.model_copy(update={"versions": export.file.versions[:1]}))
    named = observed(read_message(message_of(export)))["PREDECESSOR"][0].value(5)
    assert named == read_message(message_of(before)).header.control_id


def test_the_patient_is_written_as_hl7_has_names(tmp_path: Path) -> None:
    pid = only(read_back(cases.signed, tmp_path), "PID")
    assert [pid.value(5, part) for part in range(1, 6)] == ["Müller-Lüdenscheidt", "Jörg", "Ägidius", "", "Dr."]
    assert (pid.value(3), pid.value(3, 4), pid.value(3, 5)) == ("PID-4711", "Klinikum Süd", "MR")
    assert (pid.value(7), pid.value(8)) == ("", "M"), "the 30th of February is no date"
    born = cases.IDENTITY.model_copy(update={"birth_date": "19410228"})
    dated = read_message(message_of(cases.export_of(cases.signed, tmp_path, born)))
    assert only(dated, "PID").value(7) == "19410228"


def test_sentences_stand_by_section_and_findings_in_codes(tmp_path: Path) -> None:
    export = cases.export_of(cases.signed, tmp_path)
    seen = observed(read_message(message_of(export)))
    assert export.file.final is not None
    findings = [line.text for line in export.file.final.sections["findings"]]
    assert list(seen["59776-5"][0].values(5)) == findings
    impression = [line.text for line in export.file.final.sections["impression"]]
    assert list(seen["19005-8"][0].values(5)) == impression
    present = [item for item in export.file.final.findings if item.status == "present"]
    assert present
    for item in present:
        (segment,) = seen[item.code.value]
        assert (segment.value(2), segment.value(3, 3)) == ("CWE", item.code.scheme)
        assert segment.value(5) == PRESENCE["present"].value
        assert segment.value(4), "what is known of it has the same sub id"


def test_what_a_person_wrote_anew_is_not_coded(tmp_path: Path) -> None:
    amended = observed(read_back(cases.amended, tmp_path))
    coded = [each for group in amended.values() for each in group if each.value(2) == "CWE"]
    assert coded == []
    assert "There is a small pleural effusion on the left." in list(amended["59776-5"][0].values(5))


def test_delimiters_in_a_sentence_are_escaped(tmp_path: Path) -> None:
    added = observed(read_back(cases.marked_up, tmp_path))["55107-7"][0]
    assert list(added.values(5)) == ["a <font size=40>small</font> & odd sentence"]


def test_without_a_report_or_a_patient_there_is_none(tmp_path: Path) -> None:
    assert "nothing to send" in (build().why_not(cases.export_of(cases.rejected, tmp_path)) or "")
    nobody = cases.export_of(cases.signed, tmp_path, identity=PatientIdentity())
    assert "names no patient" in (build().why_not(nobody) or "")
    plain = cases.export_of(cases.plain_picture, tmp_path)
    assert "110180" not in observed(read_message(message_of(plain)))
    (path,) = build().write(cases.export_of(cases.draft, tmp_path), tmp_path)
    assert path.name == "report.hl7"
