"""A chest CT in one multi-frame object gets the draft, and the exports, of the same slices one by one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from highdicom.legacy import LegacyConvertedEnhancedCTImage
from highdicom.seg import segread
from pydicom.dataset import Dataset

from overread.admission import AdmittedCase
from overread.composition import open_room
from overread.export import fhir, pdf, seg, sr
from overread.export._case import export_of
from overread.export._output import Export
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, Mask, Measurement
from overread.review.case_page import case_page
from overread.settings import Settings
from overread.testing.doubles.ct import SMALL
from overread.testing.phantoms.ct import render_ct
from overread.testing.phantoms.ct_dicom import ct_series
from overread.testing.phantoms.ct_enhanced import enhanced_ct
from tests.export.conftest import assert_valid

RECIPE = SMALL.model_copy(update={"number": 41, "pixel_mm": (6.0, 5.0), "columns": 76})


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReadingRoom]:
    with open_room(Settings(home=tmp_path_factory.mktemp("frames-home"))) as opened:
        yield opened


def read(room: ReadingRoom, folder: Path, *datasets: Dataset) -> CaseFile:
    folder.mkdir()
    for number, dataset in enumerate(datasets):
        dataset.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    admitted = room.take_in([folder])
    assert isinstance(admitted, AdmittedCase), admitted
    return room.read(admitted.case.case_id)


@pytest.fixture(scope="module")
def single(room: ReadingRoom, tmp_path_factory: pytest.TempPathFactory) -> CaseFile:
    slices = ct_series(render_ct(RECIPE), StudyInstanceUID="2.25.51")
    return read(room, tmp_path_factory.mktemp("single") / "ct", *slices)


@pytest.fixture(scope="module", params=["enhanced", "legacy"])
def case(request: pytest.FixtureRequest, room: ReadingRoom, tmp_path_factory: pytest.TempPathFactory) -> CaseFile:
    """Read frames that lie upside down: what was drawn on a frame must find its way back to that frame."""
    slices = ct_series(render_ct(RECIPE))[::-1]
    if request.param == "legacy":
        made: Dataset = LegacyConvertedEnhancedCTImage(slices, "2.25.61", 1, "2.25.62", 1)
        made.StudyInstanceUID = "2.25.52"
    else:
        made = enhanced_ct(slices)
        made.StudyInstanceUID = "2.25.53"
    return read(room, tmp_path_factory.mktemp("frames") / "ct", made)


def export_for(room: ReadingRoom, file: CaseFile) -> Export:
    return export_of(room.home, file.case_id, "always", lambda: datetime(2030, 1, 1, tzinfo=UTC))


def measured(file: CaseFile) -> dict[str, float]:
    return {item.payload.name: item.payload.value for item in file.evidence if isinstance(item.payload, Measurement)}


def said(file: CaseFile) -> list[str]:
    assert file.draft is not None
    return [item.text for name in ("technique", "findings") for item in file.draft.sections[name]]  # type: ignore[index]


def test_the_draft_is_that_of_single_slices_to_the_digit(case: CaseFile, single: CaseFile) -> None:
    assert case.manifest.protocol == "chest_ct@1"
    assert len(measured(case)) == 4
    assert measured(case) == measured(single)
    assert said(case) == said(single)


def test_evidence_names_its_frame_and_the_page_shows_it(room: ReadingRoom, case: CaseFile) -> None:
    masks = [item for item in case.evidence if isinstance(item.payload, Mask)]
    assert len({item.locator.frame for item in masks}) > 15
    assert case.plan is not None
    assert case.plan.image_frame == 16
    page = case_page(case, None, room.home.cases.headers(case.case_id), ())
    assert len(page.pictures) == 31
    here = [item for item in page.overlays if item.picture == page.first_picture and item.kind == "mask"]
    assert {item.structure for item in here} == {"right_lung", "left_lung"}


def test_the_segmentation_names_the_frames_that_its_masks_lie_on(
    room: ReadingRoom, case: CaseFile, tmp_path: Path
) -> None:
    export = export_for(room, case)
    (path,) = seg.build().write(export, tmp_path)
    assert_valid(path)
    made = segread(path)
    (image,) = {image.sop_instance_uid: image for image in case.case.study.images}.values()
    phantom = render_ct(RECIPE)
    voxels, origins = phantom.voxels[::-1], phantom.origins[::-1]
    for frame in made.PerFrameFunctionalGroupsSequence:
        (source,) = frame.DerivationImageSequence[0].SourceImageSequence
        assert source.ReferencedSOPInstanceUID == image.sop_instance_uid
        origin = origins[source.ReferencedFrameNumber - 1]
        assert frame.PlanePositionSequence[0].ImagePositionPatient == pytest.approx(list(origin), abs=1e-3)
    laid = made.get_pixels_by_source_frame(
        image.sop_instance_uid, list(range(1, 32)), assert_missing_frames_are_empty=True
    )
    values = measured(case)
    assert [item.SegmentLabel for item in made.SegmentSequence] == ["left lung", "right lung"]
    for place, side in enumerate(("left", "right")):
        assert laid[..., place].sum() * 6.0 * 5.0 * 10.0 / 1000 == pytest.approx(
            values[f"{side}_lung_volume"], abs=0.05
        )
        assert np.median(voxels[laid[..., place] > 0]) == pytest.approx(RECIPE.lung_hu, abs=15)
    before = path.read_bytes()
    assert seg.build().write(export, tmp_path)[0].read_bytes() == before


def test_other_exports_are_sound(room: ReadingRoom, case: CaseFile, tmp_path: Path) -> None:
    export = export_for(room, case)
    (document,) = sr.build().write(export, tmp_path)
    assert_valid(document)
    for writer in (fhir.build(), pdf.build()):
        assert writer.why_not(export) is None
        assert writer.write(export, tmp_path)


def test_frames_of_two_objects_are_read_and_their_segmentation_says_why_not(room: ReadingRoom, tmp_path: Path) -> None:
    slices = ct_series(render_ct(RECIPE), StudyInstanceUID="2.25.54")
    file = read(room, tmp_path / "ct", enhanced_ct(slices[:14]), enhanced_ct(slices[14:]))
    assert len(measured(file)) == 4
    assert "several multi-frame images" in (seg.build().why_not(export_for(room, file)) or "")
