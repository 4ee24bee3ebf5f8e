"""Whose films teach the CLIP and the VLM, choose, or test."""

from collections import Counter
from pathlib import Path

import pytest

from tests.needs import require

require("training")

from training.data import Row, manifest
from training.folds import HELD_SHARE, LEFT_OUT, TEST_FOLD, fold_of, parts_of, taught_before, teaching


def film(patient: str, *, source: str = "nih-cxr14-128px", nc: str = "0") -> Row:
    return Row({"patient_id": patient, "source": source, "licence_nc": nc, "licence_sa": "0", "extra": ""})


def test_a_new_patient_tests_by_the_fold_and_is_held_by_a_share_of_the_others() -> None:
    rows = [film(f"nih:{number}") for number in range(3000)]
    parts = parts_of(rows)
    assert [part == "test" for part in parts] == [fold_of(row.fields["patient_id"]) == TEST_FOLD for row in rows]
    counts = Counter(parts)
    assert counts["val"] / (counts["val"] + counts["train"]) == pytest.approx(HELD_SHARE, abs=0.03)
    assert counts[LEFT_OUT] == 0


def test_a_patient_who_taught_before_neither_tests_nor_is_held_whatever_the_film() -> None:
    patients = [f"nih:{number}" for number in range(400)]
    first = [film(name, source="kermany") for name in patients]
    taught = {row.fields["patient_id"] for row in first if taught_before(row)}
    assert 200 < len(taught) < 350
    later = [film(name) for name in patients]
    parts = parts_of([*first, *later])[len(first) :]
    for row, part in zip(later, parts, strict=True):
        if row.fields["patient_id"] in taught:
            assert part in ("train", LEFT_OUT)


def test_a_film_of_a_barred_licence_never_teaches() -> None:
    rows = [film(f"nih:{number}", nc=str(number % 2)) for number in range(200)]
    assert teaching(rows)
    assert all(rows[i].trainable for part in ("train", "val", "test") for i in teaching(rows, part))  # type: ignore[arg-type]


@pytest.mark.data
def test_no_patient_both_teaches_and_tests(data: Path) -> None:
    rows = manifest()
    patients = [{rows[i].fields["patient_id"] for i in teaching(rows, part)} for part in ("train", "val", "test")]
    before = {row.fields["patient_id"] for row in rows if taught_before(row)}
    assert not patients[0] & patients[1]
    assert not (patients[0] | patients[1] | before) & patients[2]
    assert not before & patients[1]
