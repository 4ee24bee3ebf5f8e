"""The PDF read back with a reader of another make: identity and page number on every page, drafts marked as such."""

import io
from pathlib import Path

import pytest
from pypdf import PdfReader

from overread.export._report_state import report_time
from overread.export.pdf import build, pdf_of
from overread.imaging.wire_format import PatientIdentity
from tests.export import case_exports as cases

HEAD = ("MÜLLER-LÜDENSCHEIDT, Jörg Ägidius", "ID PID-4711 (Klinikum Süd)", "born 1941-02-30", "male")


def pages(data: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


def flat(data: bytes) -> str:
    return " ".join(" ".join(pages(data)).split())


def test_every_page_of_a_draft_says_whose_it_is_and_that_nobody_signed_it(tmp_path: Path) -> None:
    export = cases.export_of(cases.draft, tmp_path)
    found = pages(pdf_of(export))
    assert len(found) > 1
    for number, page in enumerate(found, 1):
        assert all(part in page for part in HEAD)
        assert f"Page {number} of {len(found)}" in page
        assert page.count("NOT SIGNED") >= 2
        assert f"Overread {export.file.manifest.overread_version}" in page


def test_the_draft_cites_its_evidence_by_number(tmp_path: Path) -> None:
    text = flat(pdf_of(cases.export_of(cases.draft, tmp_path)))
    assert "There is a pleural effusion. [4]" in text
    assert "4. Pleural Effusion: probability 0.90" in text
    assert "Signed by" not in text


def test_a_signed_report_has_no_watermark_and_names_its_signer_and_text(tmp_path: Path) -> None:
    export = cases.export_of(cases.signed, tmp_path)
    text = flat(pdf_of(export))
    assert export.file.newest is not None
    assert "NOT SIGNED" not in text
    assert f"Signed by {cases.SIGNER} on" in text
    assert "this is my report" in text
    assert export.file.newest.text_digest in text


def test_a_preliminary_report_is_not_called_unsigned_nor_final(tmp_path: Path) -> None:
    found = pages(pdf_of(cases.export_of(cases.preliminary, tmp_path)))
    assert all("PRELIMINARY" in page for page in found)
    assert "Dr. Lehr" in found[0]
    assert "Preliminary report" in found[0]


def test_a_draft_is_not_called_a_preliminary_report(tmp_path: Path) -> None:
    found = pages(pdf_of(cases.export_of(cases.draft, tmp_path)))
    assert all("Draft report" in page and "Preliminary" not in page for page in found)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (cases.appended, ("Addenda", "The ward in Gießen was told by telephone.", "report with an addendum")),
        (cases.amended, ("There is a small pleural effusion on the left.", "reason: the side was left out")),
    ],
)
def test_what_came_after_the_signature_is_in_it(tmp_path: Path, make, says: tuple[str, ...]) -> None:
    text = flat(pdf_of(cases.export_of(make, tmp_path)))
    assert all(part in text for part in (*says, "Prof. Østergård", cases.SIGNER, "Versions of this report"))


def test_the_same_case_gives_the_same_bytes_dated_by_the_case(tmp_path: Path) -> None:
    export = cases.export_of(cases.draft, tmp_path)
    data = pdf_of(export)
    assert pdf_of(export) == data
    made = PdfReader(io.BytesIO(data)).metadata
    assert made is not None
    assert made.creation_date == report_time(export).replace(microsecond=0)


def test_without_an_identity_it_says_so_and_writes_under_a_plain_name(tmp_path: Path) -> None:
    (path,) = build().write(cases.export_of(cases.plain_picture, tmp_path / "home", None), tmp_path)
    assert path.name == "report.pdf"
    assert all("Patient not stated in the input" in page for page in pages(path.read_bytes()))


def test_markup_in_names_and_sentences_stands_for_itself(tmp_path: Path) -> None:
    who = PatientIdentity(name="O'<b>Neil^A&B", patient_id="<1>")
    text = flat(pdf_of(cases.export_of(cases.marked_up, tmp_path, who)))
    assert "O'<B>NEIL, A&B" in text
    assert "ID <1>" in text
    assert "a <font size=40>small</font> & odd sentence" in text


def test_a_long_identity_is_set_smaller_and_never_cut(tmp_path: Path) -> None:
    who = PatientIdentity(name="-".join(["Wolfeschlegel"] * 4) + "^Hubert", patient_id="1" * 60, issuer="K" * 40)
    for page in pages(pdf_of(cases.export_of(cases.draft, tmp_path, who))):
        assert f"{who.name.partition('^')[0].upper()}, Hubert" in page
        assert who.patient_id in page
        assert who.issuer in page
