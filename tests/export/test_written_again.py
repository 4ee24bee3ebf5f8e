"""A case that is written again is the same files, of every kind: nothing in them is of the moment of writing."""

from pathlib import Path

import pytest

from overread.export._case import kinds, write_kinds, writers
from tests.export.conftest import Exported, Read
from tests.graphs.rooms import sign_all


@pytest.mark.parametrize("signed", [False, True])
def test_every_kind_has_the_same_bytes_again(
    room, read: Read, exported: Exported, tmp_path: Path, signed: bool
) -> None:
    file = read(70 + signed)
    if signed:
        room.decide(file.case_id, sign_all(file, "Dr A"))
    first, again = (
        {
            path.name: path.read_bytes()
            for one in write_kinds(exported(file.case_id), writers(kinds()), folder)
            for path in one.files
        }
        for folder in (tmp_path / "first", tmp_path / "again")
    )
    assert {"capture.dcm", "sr.dcm", "fhir.json", "report.pdf"} <= set(first)
    assert [name for name in first if again[name] != first[name]] == []
