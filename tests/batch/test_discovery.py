"""What counts as a case in a folder."""

from pathlib import Path

import pytest

from overread.batch.discovery import discover
from overread.errors import UsageError
from overread.testing.phantoms import sample_recipe, write_study


def test_each_loose_picture_is_a_case_and_other_files_are_none(pictures: Path) -> None:
    assert [work.name for work in discover([pictures])] == ["pictures/1.png", "pictures/2.png", "pictures/3.png"]


def test_dicom_files_of_one_folder_are_grouped_by_study_and_folders_are_looked_into(studies: Path) -> None:
    groups = [sorted(path.name for path in work.paths) for work in discover([studies])]
    assert groups == [["11-0.dcm", "11-1.dcm"], ["12-0.dcm", "12-1.dcm"], ["01-pa.dcm"]]


def test_a_study_folder_is_named_by_its_folder(tmp_path: Path) -> None:
    write_study(tmp_path / "one", [sample_recipe(1, view="PA"), sample_recipe(1, view="LATERAL")], size=64)
    assert [work.name for work in discover([tmp_path / "one"])] == ["one"]


def test_a_dicom_file_that_cannot_be_read_is_a_case_of_its_own(studies: Path) -> None:
    (studies / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 50)
    assert [path.name for path in discover([studies])[-2].paths] == ["broken.dcm"]
    assert len(discover([studies])) == 4


def test_an_input_given_twice_is_one_case(pictures: Path) -> None:
    assert len(discover([pictures, pictures / "1.png"])) == 3


def test_orders_beside_the_images_put_the_urgent_first(tmp_path: Path) -> None:
    for name, number, priority in (("a", 1, "routine"), ("b", 2, "urgent"), ("c", 3, "STAT")):
        write_study(tmp_path / "all" / name, sample_recipe(number), size=64)
        (tmp_path / "all" / name / "order.yaml").write_text(f"priority: {priority}\n")
    works = discover([tmp_path / "all"])
    assert [work.name for work in works] == ["all/c", "all/b", "all/a"]
    assert [path.name for path in works[0].paths] != ["order.yaml"]


def test_nothing_to_read_is_bad_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no case"):
        discover([tmp_path])
    with pytest.raises(UsageError, match="no input 'missing'"):
        discover([tmp_path / "missing"])


def test_a_link_to_a_picture_is_that_picture_and_a_link_to_a_folder_is_left_out(pictures: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "one.png").symlink_to(pictures / "1.png")
    (linked / "round").symlink_to(linked)
    assert [work.name for work in discover([linked])] == ["linked/one.png"]
