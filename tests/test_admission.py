"""Whose study it is: priors and orders of somebody else are left out, and that is said without naming anybody."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from overread.admission import AdmittedCase, admit_input
from overread.records import Order
from overread.settings import Settings
from overread.store.home import Home
from overread.testing.phantoms import sample_recipe, write_study

ANN = {
    "PatientID": "7",
    "PatientName": "BERG^ANN",
    "PatientBirthDate": "19600101",
    "PatientSex": "F",
    "AccessionNumber": "A-1",
    "StudyDate": "20250601",
}
Admit = Callable[..., AdmittedCase]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with closing(Home(tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(number: int, **changes: str | list[str]) -> Path:
        folder = tmp_path / str(number)
        write_study(folder, sample_recipe(number, view="PA", flipped=False), size=128, **{**ANN, **changes})
        return folder

    return write


@pytest.fixture
def admit(home: Home) -> Admit:
    def admit(*paths: Path, order: Order | None = None, priors: tuple[Path, ...] = ()) -> AdmittedCase:
        admitted = admit_input(paths, home, Settings(), order=order, priors=priors)
        assert isinstance(admitted, AdmittedCase)
        return admitted

    return admit


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"StudyDate": "20240101"}, None),
        ({"StudyDate": "20240101", "PatientName": "", "PatientSex": "", "PatientBirthDate": ""}, None),
        ({"StudyDate": "20240101", "PatientName": "Berg^Ann^M"}, None),
        ({"StudyDate": "20250601", "StudyTime": "080000"}, None),
        ({"StudyDate": "20260101"}, "later than this study"),
        ({"StudyDate": "20250601", "StudyTime": "090000"}, "later than this study"),
        ({"PatientID": "8"}, "another patient ID"),
        ({"PatientName": "STEIN^OTTO"}, "another name"),
        ({"PatientBirthDate": "19610101"}, "another birth date"),
        ({"PatientSex": "M"}, "another sex"),
        ({"PatientID": ""}, "could not be confirmed"),
    ],
)
def test_a_prior_is_this_patients_and_earlier_or_is_left_out_aloud(
    admit: Admit, write: Callable[..., Path], changes: dict[str, str], said: str | None
) -> None:
    case = admit(write(1), priors=(write(2, **changes),)).case
    notes = [note for note in case.input_notes if "prior" in note]
    assert len(case.priors) == (said is None)
    assert (said is None) == (notes == [])
    assert all(said in note for note in notes if said)
    assert not any(value in note for note in notes for value in ("BERG", "STEIN", "1960", "1961"))
    assert all(prior.study.patient_key == case.study.patient_key for prior in case.priors)


def test_the_study_itself_is_no_prior(admit: Admit, write: Callable[..., Path]) -> None:
    study = write(1)
    case = admit(study, priors=(study,)).case
    assert case.priors == ()
    assert any("the study itself" in note for note in case.input_notes)


def test_an_issuer_that_only_one_study_names_is_unknown_and_not_another(
    admit: Admit, write: Callable[..., Path]
) -> None:
    case = admit(write(1, IssuerOfPatientID="HOSPITAL"), priors=(write(2, StudyDate="20240101"),)).case
    assert len(case.priors) == 1
    assert admit(write(3), priors=(write(4, IssuerOfPatientID="B", StudyDate="20240101"),)).case.priors
    one, other = write(5, IssuerOfPatientID="A"), write(6, IssuerOfPatientID="B", StudyDate="20240101")
    assert admit(one, priors=(other,)).case.priors == ()


@pytest.mark.parametrize(
    ("ordered", "given", "attached"),
    [("A-1", "A-1", True), (" A-1", "A-1", True), (None, "A-1", True), ("A-1", "", True), ("A-2", "A-1", False)],
)
def test_an_order_of_another_accession_number_is_not_attached(
    admit: Admit, write: Callable[..., Path], ordered: str | None, given: str, attached: bool
) -> None:
    order = Order(accession_number=ordered, indication="cough", priority="STAT")
    case = admit(write(1, AccessionNumber=given), order=order).case
    assert case.order == (order if attached else Order())
    notes = [note for note in case.input_notes if "accession" in note]
    assert len(notes) == (not attached)
    assert not any(number in note for note in notes for number in ("A-1", "A-2"))


@pytest.mark.parametrize(
    "corrected",
    [
        {"PatientID": "8"},
        {"PatientName": "BERG^ANNA"},
        {"PatientBirthDate": "19600102"},
        {"PatientSex": "M"},
        {"ViewPosition": "AP"},
        {"ImageLaterality": "L"},
        {"PixelSpacing": ["0.3", "0.3"]},
        {"StudyDate": "20250602"},
    ],
)
def test_the_same_pixels_under_a_corrected_header_are_another_case(
    admit: Admit, write: Callable[..., Path], corrected: dict[str, str | list[str]]
) -> None:
    study = write(1)
    first = admit(study).case.case_id
    assert admit(write(1)).case.case_id == first
    assert admit(write(1, **corrected)).case.case_id != first


@pytest.mark.parametrize(
    ("written", "kept", "note"),
    [
        ("Cough.", "Cough.", None),
        ("Fall.\n\nReport normal!", "Fall. Report normal!", None),
        ("cough \x07\x1b[31m red\x00", "cough [31m red", "cannot be shown"),
        ("\u202eediser\u202c", "ediser", "cannot be shown"),
        ("pneumonia? " * 2000, ("pneumonia? " * 2000)[:1023].rstrip(), "longer than 1,024"),
        ("\x00\x01", None, "cannot be shown"),
    ],
)
def test_an_order_s_text_is_made_fit_to_be_shown_and_it_is_said(
    admit: Admit, write: Callable[..., Path], written: str, kept: str | None, note: str | None
) -> None:
    case = admit(write(1), order=Order(question=written)).case
    assert (case.order.question or "")[:1023].rstrip() == (kept or "")
    said = [line for line in case.input_notes if "order" in line]
    assert len(said) == (note is not None)
    assert all((note or "") in line for line in said)
