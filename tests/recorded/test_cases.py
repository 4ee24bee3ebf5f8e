"""Cases that earlier versions read are drafted again on what their tools said; what differs was looked at and accepted.

After a change that is meant: `ACCEPT=1 python -m pytest tests/recorded/test_cases.py`, and read what it wrote.
"""

import os
from pathlib import Path

import pytest

from overread.replaying import Difference, read_record, replayed_record
from overread.settings import load_settings
from tests.recorded.record_cases import CASES

RECORDS = sorted(CASES.glob("*/*.json.gz"))


def accepted(path: Path) -> Path:
    """Give the file beside a record that holds what may be otherwise since; none: nothing."""
    return path.with_name(path.name.removesuffix(".json.gz") + ".differs.txt")


def told(found: tuple[Difference, ...]) -> str:
    return "".join(f"{item.part}: {item.what}\n- {item.before}\n+ {item.after}\n" for item in found)


def test_there_are_recorded_cases() -> None:
    assert len(RECORDS) >= 6


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_a_recorded_case_is_drafted_as_it_was(tmp_path: Path, path: Path) -> None:
    with replayed_record(load_settings(home=tmp_path), read_record(path)) as done:
        now = told(done.differences)
    known = accepted(path)
    if os.environ.get("ACCEPT") and now:
        known.write_text(now, encoding="utf-8")
    assert now == (known.read_text(encoding="utf-8") if known.is_file() else "")
    assert done.same_draft == (not now)
