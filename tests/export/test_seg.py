"""The segmentation object lies over the pixels as they are stored, however the picture was hung."""

from pathlib import Path

import numpy as np
import pytest
from highdicom.seg import segread
from pydicom import dcmread

from overread.export import seg, seg_viewer
from tests.export.conftest import Exported, Read, assert_valid, right_lung

TURNS = {
    ("L", "F"): right_lung(),
    ("R", "F"): right_lung()[:, ::-1],
    ("L", "H"): right_lung()[::-1],
    ("F", "L"): right_lung().T,
    ("H", "R"): right_lung()[::-1, ::-1].T,
}


@pytest.mark.parametrize("orientation", TURNS, ids="".join)
def test_a_mask_lies_over_the_stored_image(
    read: Read, exported: Exported, tmp_path: Path, orientation: tuple[str, str]
) -> None:
    file = read(20 + list(TURNS).index(orientation), PatientOrientation=list(orientation))
    export = exported(file.case_id)
    assert seg.build().why_not(export) is None
    (path,) = seg.build().write(export, tmp_path)
    (image,) = file.case.study.images
    made = segread(path)
    found = made.get_pixels_by_source_instance([image.sop_instance_uid])[0, ..., 0]
    assert np.array_equal(found, TURNS[orientation] > 0)
    (segment,) = made.SegmentSequence
    kind = segment.SegmentedPropertyTypeCodeSequence[0]
    assert (kind.CodeMeaning, kind.SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning) == ("Lung", "Right")
    assert made.StudyInstanceUID == file.case.study.uid
    assert_valid(path)
    before = path.read_bytes()
    assert seg.build().write(export, tmp_path)[0].read_bytes() == before


def test_for_viewers_the_same_masks_lie_in_a_plane(read: Read, exported: Exported, tmp_path: Path) -> None:
    file = read(31, PatientOrientation=["L", "F"], ImagerPixelSpacing=["0.2", "0.3"])
    export = exported(file.case_id)
    (plain,), (path,) = seg.build().write(export, tmp_path), seg_viewer.build().write(export, tmp_path)
    (image,) = file.case.study.images
    masks = [segread(one).get_pixels_by_source_instance([image.sop_instance_uid]) for one in (plain, path)]
    assert np.array_equal(*masks)
    made = dcmread(path)
    (shared,) = made.SharedFunctionalGroupsSequence
    assert shared.PixelMeasuresSequence[0].PixelSpacing == [0.2, 0.3]
    assert all(frame.PlanePositionSequence for frame in made.PerFrameFunctionalGroupsSequence)
    assert made.FrameOfReferenceUID != made.SOPInstanceUID != dcmread(plain).SOPInstanceUID
    assert_valid(path)
    before = path.read_bytes()
    assert seg_viewer.build().write(export, tmp_path)[0].read_bytes() == before
