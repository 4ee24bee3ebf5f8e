import pytest

from overread.errors import UsageError
from overread.reasoning.vocabulary import LABELS, PRIVATE_SCHEME, TERMS, term

CHEXPERT_14 = (
    "No Finding",
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
)


def test_labels_are_the_chexpert_fourteen_in_order_then_our_three() -> None:
    assert list(LABELS) == [*CHEXPERT_14, "COVID-19", "Tuberculosis", "Pneumoperitoneum"]


def test_no_two_labels_share_a_code() -> None:
    codes = [(item.code.scheme, item.code.value) for item in TERMS.values()]
    assert len(set(codes)) == len(codes)


def test_codes_fit_the_dicom_code_value_and_a_snomed_check_digit() -> None:
    for item in TERMS.values():
        assert len(item.code.value) <= 16
        if item.code.scheme == "SCT":
            assert _verhoeff_holds(item.code.value), item.label
        else:
            assert item.code.scheme == PRIVATE_SCHEME


def test_air_where_it_must_not_be_is_told_within_minutes() -> None:
    assert [label for label, item in TERMS.items() if item.critical == 1] == ["Pneumothorax", "Pneumoperitoneum"]


def test_an_unknown_label_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="Effusion"):
        term("Effusion")


def _verhoeff_holds(digits: str) -> bool:
    """Check the last digit of a SNOMED CT identifier (Verhoeff's dihedral check)."""
    permutation = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    while len(permutation) < 8:
        permutation.append([permutation[-1][digit] for digit in permutation[1]])
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _dihedral(check, permutation[place % 8][int(digit)])
    return check == 0


def _dihedral(a: int, b: int) -> int:
    if a < 5 and b < 5:
        return (a + b) % 5
    if a < 5:
        return 5 + (a + b - 5) % 5
    if b < 5:
        return 5 + (a - 5 - b) % 5
    return (a - b) % 5
