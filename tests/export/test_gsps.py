"""The presentation state: boxes over the image as stored, words that say what and how final, greys as the header's."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread

from overread.export import gsps, sr
from overread.export._output import Export
from overread.reading_room import ReadingRoom
from overread.records import AddedFinding, Box, CaseFile, Evidence, Finding, Locator, Provenance, Region
from tests.export import case_exports as cases
from tests.export.conftest import SIZE, Exported, Read, assert_valid
from tests.graphs.rooms import sign_all
from tests.needs import require

REGION = Region(x=10, y=20, width=30, height=12)
TURNS = {
    ("L", "F"): (10, 20, 40, 32),
    ("R", "F"): (88, 20, 118, 32),
    ("L", "H"): (10, 96, 40, 108),
    ("F", "L"): (20, 10, 32, 40),
    ("H", "R"): (96, 88, 108, 118),
}
"""The box as it lies over the stored pixels: left, top, right, bottom."""


def placed(export: Export, status: str = "present") -> Export:
    """Give the effusion of a draft a box, as a tool that places would."""
    file = export.file
    seen = next(item for item in file.evidence if item.tool == "classification")
    where = Locator(sop_instance_uid=seen.locator.sop_instance_uid, region=REGION)
    made: Provenance = seen.provenance
    box = Evidence.of(Box(label="Pleural Effusion", probability=0.9), where, made)
    findings = tuple(_resting_on(item, box, status) for item in file.findings)
    return replace(export, file=file.model_copy(update={"evidence": (*file.evidence, box), "findings": findings}))


def _resting_on(item: Finding, box: Evidence, status: str) -> Finding:
    if item.label != "Pleural Effusion":
        return item
    more = {"evidence_ids": (*item.evidence_ids, box.id), "laterality": "left", "status": status}
    return item.model_copy(update=more)


def written(export: Export, folder: Path) -> tuple[Path, Dataset]:
    assert gsps.build().why_not(export) is None
    (path,) = gsps.build().write(export, folder)
    return path, dcmread(path)


def signed_with_a_place(room: ReadingRoom, file: CaseFile) -> CaseFile:
    (image,) = file.case.study.images
    where = Locator(sop_instance_uid=image.sop_instance_uid, region=REGION)
    added = AddedFinding(label="Fracture", laterality="right", place=where)
    return room.decide(file.case_id, sign_all(file, "Dr A").model_copy(update={"added": (added,)}))


@pytest.mark.parametrize("orientation", TURNS, ids="".join)
def test_a_box_lies_over_the_stored_image(
    read: Read, exported: Exported, tmp_path: Path, orientation: tuple[str, str]
) -> None:
    file = read(620 + list(TURNS).index(orientation), PatientOrientation=list(orientation))
    path, made = written(placed(exported(file.case_id)), tmp_path)
    (annotation,) = made.GraphicAnnotationSequence
    (drawn,) = annotation.GraphicObjectSequence
    xs, ys = drawn.GraphicData[0::2], drawn.GraphicData[1::2]
    assert (min(xs), min(ys), max(xs), max(ys)) == TURNS[orientation]
    assert (drawn.GraphicType, drawn.GraphicAnnotationUnits, len(xs)) == ("POLYLINE", "PIXEL", 5)
    (image,) = file.case.study.images
    assert annotation.ReferencedImageSequence[0].ReferencedSOPInstanceUID == image.sop_instance_uid
    assert made.StudyInstanceUID == file.case.study.uid
    assert_valid(path)


def test_a_draft_says_on_the_picture_and_in_its_label_that_nobody_signed_it(
    read: Read, exported: Exported, tmp_path: Path
) -> None:
    file = read(630)
    export = placed(exported(file.case_id), "uncertain")
    path, made = written(export, tmp_path)
    (annotation,) = made.GraphicAnnotationSequence
    assert [item.UnformattedTextValue for item in annotation.TextObjectSequence] == [
        "Possible: Pleural Effusion, left",
        "DRAFT - NOT SIGNED",
    ]
    assert (made.ContentLabel, "NOT SIGNED" in made.ContentDescription) == ("OVERREAD_DRAFT", True)
    document = dcmread(sr.build().write(export, tmp_path)[0])
    assert annotation.GraphicObjectSequence[0].TrackingUID in str(document)
    before = path.read_bytes()
    assert gsps.build().write(export, tmp_path)[0].read_bytes() == before


def test_a_place_that_the_reviewer_drew_is_in_the_signed_one(
    room: ReadingRoom, read: Read, exported: Exported, tmp_path: Path
) -> None:
    file = signed_with_a_place(room, read(631, PatientName="BERG^ANN"))
    path, made = written(exported(file.case_id), tmp_path)
    assert (made.ContentLabel, str(made.ContentCreatorName)) == ("OVERREAD_SIGNED", "Dr A^")
    (annotation,) = made.GraphicAnnotationSequence
    assert [item.UnformattedTextValue for item in annotation.TextObjectSequence] == ["Fracture, right"]
    assert str(made.PatientName) == "BERG^ANN"
    assert_valid(path)


def test_the_greys_are_those_of_the_header(read: Read, exported: Exported, tmp_path: Path) -> None:
    file = read(
        632,
        WindowCenter=["1000", "5"],
        WindowWidth=["2000", "9"],
        RescaleSlope="2",
        RescaleIntercept="-10",
        RescaleType="US",
    )
    path, made = written(placed(exported(file.case_id)), tmp_path)
    (window,) = made.SoftcopyVOILUTSequence
    assert (window.WindowCenter, window.WindowWidth) == (1000, 2000)
    assert (made.RescaleSlope, made.RescaleIntercept) == (2, -10)
    assert made.PresentationLUTShape == "IDENTITY"
    assert_valid(path)


def test_dark_high_values_are_said_by_the_state_itself(read: Read, exported: Exported, tmp_path: Path) -> None:
    file = read(633, PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE")
    path, made = written(placed(exported(file.case_id)), tmp_path)
    assert made.PresentationLUTShape == "INVERSE"
    assert_valid(path)


def test_dcmtk_reads_it(read: Read, exported: Exported, tmp_path: Path) -> None:
    require("dcmtk")
    file = read(634)
    path, _ = written(placed(exported(file.case_id)), tmp_path)
    (image,) = tmp_path.glob("study-*/*.dcm")
    command = ["dcmp2pgm", "-p", path, image, tmp_path / "shown.pgm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "shown.pgm").read_bytes().startswith(b"P5")


def test_it_does_not_apply_without_a_study_a_place_or_greys_that_are_known(
    read: Read, exported: Exported, tmp_path: Path
) -> None:
    export = exported(read(635).case_id)
    why = gsps.build().why_not
    assert "has a place" in (why(export) or "")
    assert "plain picture" in (why(cases.export_of(cases.plain_picture, tmp_path, None)) or "")
    good = placed(export)
    uid = good.file.case.study.images[0].sop_instance_uid
    for keyword, value, said in (("NumberOfFrames", "2", "frames"), ("Rows", str(SIZE + 1), "another size")):
        headers = {uid: {**good.headers[uid], keyword: value}}
        assert said in (why(replace(good, headers=headers)) or "")
    for field, value, said in (("window", "VOI LUT 1 of 1", "lookup table"), ("photometric", "RGB", "no grey")):
        assert said in (why(with_image(good, **{field: value})) or "")


def with_image(export: Export, **values: str) -> Export:
    case = export.file.case
    (series,) = case.study.series
    image = series.images[0].model_copy(update=values)
    study = case.study.model_copy(update={"series": (series.model_copy(update={"images": (image,)}),)})
    return replace(export, file=export.file.model_copy(update={"case": case.model_copy(update={"study": study})}))
