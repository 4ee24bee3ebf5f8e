"""A slice of the fuzz run (`scripts/fuzz_inputs.py`): what is wrong on purpose ends in a study or a typed reason."""

import os
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from overread.errors import SeveralStudies, Unreadable
from overread.imaging.sandbox import sandbox_of
from overread.records import RefusalReason
from overread.testing.hostile import KINDS, hostile_input, originals

SEED, COUNT = 7, 150


def test_a_number_gives_the_same_bytes_and_every_kind_comes() -> None:
    first = [hostile_input(SEED, number) for number in range(2 * len(KINDS))]
    assert first == [hostile_input(SEED, number) for number in range(2 * len(KINDS))]
    assert {each.kind for each in first} == set(KINDS)
    assert all(each.content != originals()[each.name] for each in first)
    assert hostile_input(SEED + 1, 0) != first[0]


@pytest.mark.parametrize(("seed", "number"), [(20261201, 753), (20261202, 273)])
def test_what_the_writer_refuses_is_drawn_again(seed: int, number: int) -> None:
    """Values that pydicom cannot write ended the run."""
    assert hostile_input(seed, number).kind == "elements"


def test_the_originals_are_read(reader, tmp_path: Path) -> None:
    for name, content in originals().items():
        (tmp_path / name).write_bytes(content)
        assert reader.read(tmp_path / name).refusal is None, name


@pytest.mark.slow
def test_hostile_inputs_end_in_a_study_or_a_typed_reason(reader, tmp_path: Path) -> None:
    typed = {"read", "several_studies", *get_args(RefusalReason)}
    process = sandbox_of(os.getpid()).process_id
    outcomes: Counter[str] = Counter()
    for number in range(COUNT):
        made = hostile_input(SEED, number)
        path = tmp_path / made.name
        path.write_bytes(made.content)
        try:
            found = reader.read(path)
        except (Unreadable, SeveralStudies) as error:
            outcomes[error.reason if isinstance(error, Unreadable) else "several_studies"] += 1
        else:
            outcomes[found.refusal.reason if found.refusal else "read"] += 1
    assert outcomes.total() == COUNT
    assert set(outcomes) <= typed
    assert {"read", "unreadable", "corrupt_pixels"} <= set(outcomes)
    assert sandbox_of(os.getpid()).process_id == process, "the reader process was lost"
