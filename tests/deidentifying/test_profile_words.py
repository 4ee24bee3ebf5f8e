"""What may stay of a description, and of an age."""

import pytest
from pydicom.dataelem import DataElement

from overread.deidentifying.characteristics import kept_value
from overread.deidentifying.descriptors import cleaned


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("CHEST PA/LAT Dr. Quartzmann 3 views", "CHEST PA LAT 3 views"),
        ("Quartzmann, room 12", ""),
        ("Thorax ap im Bett", "Thorax ap"),
        ("1941-07-03", ""),
    ],
)
def test_only_words_about_the_taking_stay(text: str, left: str) -> None:
    assert cleaned(text) == left


@pytest.mark.parametrize(
    ("keyword", "vr", "value", "kept"),
    [
        ("PatientAge", "AS", "095Y", "090Y"),
        ("PatientAge", "AS", "011M", "011M"),
        ("PatientAge", "AS", "Quar", None),
        ("PatientSex", "CS", "F", "F"),
        ("PatientSex", "CS", "QUARTZ", None),
        ("PatientWeight", "DS", "70", "70"),
    ],
)
def test_characteristics_are_of_their_kind(keyword: str, vr: str, value: str, kept: str | None) -> None:
    found = kept_value(DataElement(keyword, vr, value, validation_mode=0))
    assert (None if found is None else str(found)) == kept
