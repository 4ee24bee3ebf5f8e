"""A CT series of the chest gets a draft of what was measured on its lungs, and of nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from highdicom.seg import segread
from pydicom import dcmread
from pydicom.data import get_testdata_file

from overread.admission import AdmittedCase
from overread.agents.verifier import verify
from overread.composition import open_room
from overread.export import fhir, hl7, markdown, pdf, seg, seg_viewer, sr, text
from overread.export._case import export_of
from overread.outputs.overlay import render_overlay
from overread.ports import EvidenceIndex
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, Mask, Measurement, Order, Trust
from overread.review.case_page import case_page
from overread.settings import Settings
from overread.testing.doubles.ct import SMALL
from overread.testing.phantoms.ct import truth
from overread.testing.phantoms.ct_dicom import write_ct
from tests.export.conftest import assert_valid
from tests.graphs.rooms import sign_all

PROFILE = """describe: A model that may state what it reads.
tools: [header, quality, segmentation, classification, report, vqa, prior]
roles:
  vqa:
    backend: scripted
    model: chat
    parameters: {{answer: '{{"answer": "No embolus."}}'}}
    reads: {reads}
"""


def settings(home: Path, reads: str = "[MR]") -> Settings:
    (home / "any.yaml").write_text(PROFILE.format(reads=reads), encoding="utf-8")
    return Settings(home=home / "home", profiles_dir=home, profile="any")


def read(room: ReadingRoom, folder: Path, order: Order | None = None) -> CaseFile:
    admitted = room.take_in([folder], order=order)
    assert isinstance(admitted, AdmittedCase)
    return room.read(admitted.case.case_id)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReadingRoom]:
    with open_room(settings(tmp_path_factory.mktemp("ct-home"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ct")
    write_ct(folder, SMALL, order=[(7 * index) % 31 for index in range(31)])
    return folder


@pytest.fixture(scope="module")
def case(room: ReadingRoom, series: Path) -> CaseFile:
    return read(room, series)


def said(file: CaseFile, section: str) -> list[str]:
    assert file.draft is not None
    return [item.text for item in file.draft.sections[section]]  # type: ignore[index]


def reason(file: CaseFile) -> str | None:
    return file.gate.refusal.reason if file.gate and file.gate.refusal else None


def test_each_lung_has_a_sentence_that_cites_what_was_measured(case: CaseFile) -> None:
    assert (case.status, case.manifest.protocol) == ("awaiting_review", "chest_ct@1")
    assert case.draft is not None
    known = {item.id: item.payload for item in case.evidence}
    right, left = case.draft.sections["findings"]
    for statement, side, volume in (
        (right, "right_lung", truth(SMALL).right_lung_ml),
        (left, "left_lung", truth(SMALL).left_lung_ml),
    ):
        cited = {item.name: item.value for item in map(known.get, statement.citations) if isinstance(item, Measurement)}
        assert set(cited) == {f"{side}_volume", f"{side}_mean_density"}
        assert f"aerated volume {cited[f'{side}_volume']:.0f} mL (by threshold" in statement.text
        assert f"mean attenuation {cited[f'{side}_mean_density']:.0f} HU" in statement.text
        assert cited[f"{side}_volume"] == pytest.approx(volume, rel=0.03)
        assert statement.needs_decision


def test_nothing_is_called_normal_and_what_was_not_looked_for_is_named(case: CaseFile) -> None:
    assert (case.findings, case.alerts, case.failures) == ((), (), ())
    assert said(case, "impression") == []
    assert case.draft is not None
    assert case.draft.withheld == ()
    assert said(case, "technique") == [
        "CT of the chest: 31 axial slices 10.00 mm apart, 10.00 mm thick, pixels of 6.00 x 6.00 mm."
    ]
    limits = " ".join(said(case, "limitations"))
    assert "Not assessed: nodules, embolism" in limits
    assert "No model for chest radiographs ran." in limits
    assert {run.tool for run in case.manifest.tool_runs} == {"lung_volumes"}


@pytest.mark.parametrize(
    ("section", "old", "new"),
    [
        ("findings", " mL", "0 mL"),
        ("findings", "attenuation -", "attenuation -1"),
        ("findings", "attenuation -", "attenuation "),
        ("technique", "10.00 mm apart", "5.00 mm apart"),
    ],
)
def test_a_number_that_was_not_measured_does_not_stand(case: CaseFile, section: str, old: str, new: str) -> None:
    assert case.draft is not None
    first, *rest = case.draft.sections[section]  # type: ignore[index]
    wrong = first.model_copy(update={"text": first.text.replace(old, new)})
    draft = case.draft.model_copy(update={"sections": {**case.draft.sections, section: (wrong, *rest)}})
    objected = {item.statement_id for item in verify(draft, case.case, (), EvidenceIndex(case.evidence), Trust())}
    assert objected == {first.id}


def test_the_page_opens_at_the_middle_slice_with_its_outlines(room: ReadingRoom, case: CaseFile) -> None:
    assert case.plan is not None
    page = case_page(case, None, room.home.cases.headers(case.case_id), ())
    assert len(page.pictures) == 31
    here = [item for item in page.overlays if item.picture == page.first_picture and item.kind == "mask"]
    assert {item.structure for item in here} == {"right_lung", "left_lung"}
    image = case.case.study.image(case.plan.image_sop_instance_uid)
    assert image is not None
    assert image.slice is not None
    assert abs(image.slice.position[2]) <= 10
    drawn = render_overlay(case, room.home.pictures, room.home.artifacts)
    assert drawn is not None
    assert len(np.unique(np.asarray(drawn).reshape(-1, 3), axis=0)) > 50
    assert sum(isinstance(item.payload, Mask) for item in case.evidence) > 40


def test_it_is_exported_with_sites_and_units_and_without_wrong_geometry(
    room: ReadingRoom, case: CaseFile, tmp_path: Path
) -> None:
    export = export_of(room.home, case.case_id, "always", lambda: datetime(2030, 1, 1, tzinfo=UTC))
    assert "in their place already" in (seg_viewer.build().why_not(export) or "")
    for kind in (text, markdown, pdf, fhir, hl7, sr, seg):
        assert kind.build().why_not(export) is None, kind.__name__
        assert kind.build().write(export, tmp_path), kind.__name__
    report = dcmread(tmp_path / "sr.dcm")
    assert_valid(tmp_path / "sr.dcm")
    content = str(report)
    for meaning in (
        "CT of chest",
        "Volume",
        "Attenuation Coefficient",
        "milliliter",
        "Hounsfield unit",
        "Lung",
        "Right",
        "Left",
    ):
        assert f"'{meaning}'" in content, meaning


def turned(folder: Path) -> None:
    """Store each slice from the patient's left to the right, from the back to the front, without changing the body."""
    for path in folder.iterdir():
        dataset = dcmread(path)
        across = (dataset.Columns - 1) * dataset.PixelSpacing[1]
        down = (dataset.Rows - 1) * dataset.PixelSpacing[0]
        x, y, z = map(float, dataset.ImagePositionPatient)
        dataset.ImagePositionPatient = [f"{x + across:.4f}", f"{y + down:.4f}", f"{z:.4f}"]
        dataset.ImageOrientationPatient = ["-1", "0", "0", "0", "-1", "0"]
        dataset.PixelData = np.ascontiguousarray(dataset.pixel_array[::-1, ::-1]).tobytes()
        dataset.save_as(path, enforce_file_format=True)


@pytest.mark.parametrize(("number", "other_way"), [(31, False), (32, True)])
def test_the_segmentation_lies_on_the_stored_slices_and_has_the_measured_volumes(
    room: ReadingRoom, tmp_path: Path, number: int, other_way: bool
) -> None:
    recipe = SMALL.model_copy(update={"number": number, "pixel_mm": (6.0, 5.0), "columns": 76})
    write_ct(tmp_path / "ct", recipe)
    if other_way:
        turned(tmp_path / "ct")
    stored = {str(one.SOPInstanceUID): one for one in map(dcmread, (tmp_path / "ct").iterdir())}
    file = read(room, tmp_path / "ct")
    export = export_of(room.home, file.case_id, "always", lambda: datetime(2030, 1, 1, tzinfo=UTC))
    (path,) = seg.build().write(export, tmp_path)
    assert_valid(path)
    made = segread(path)
    assert made.segmentation_type.value == "BINARY"
    assert made.FrameOfReferenceUID == next(iter(stored.values())).FrameOfReferenceUID
    referenced = [uid for _, _, uid in made.get_source_image_uids()]
    for frame in made.PerFrameFunctionalGroupsSequence:
        (source,) = frame.DerivationImageSequence[0].SourceImageSequence
        place = frame.PlanePositionSequence[0].ImagePositionPatient
        assert place == pytest.approx(stored[source.ReferencedSOPInstanceUID].ImagePositionPatient, abs=1e-3)
    (shared,) = made.SharedFunctionalGroupsSequence
    first = stored[referenced[0]]
    turn = shared.PlaneOrientationSequence[0].ImageOrientationPatient
    assert turn == pytest.approx(first.ImageOrientationPatient, abs=1e-6)
    assert shared.PixelMeasuresSequence[0].PixelSpacing == pytest.approx([6.0, 5.0])
    voxels = made.get_pixels_by_source_instance(referenced, assert_missing_frames_are_empty=True)
    measured = {
        item.payload.name: item.payload.value for item in file.evidence if isinstance(item.payload, Measurement)
    }
    for place, segment in enumerate(made.SegmentSequence):
        kind = segment.SegmentedPropertyTypeCodeSequence[0]
        side = kind.SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning
        volume = voxels[..., place].sum() * 6.0 * 5.0 * recipe.distance_mm / 1000
        assert kind.CodeMeaning == "Lung"
        assert volume == pytest.approx(measured[f"{side.lower()}_lung_volume"], abs=0.05)
        # Lung is dark: the masks lie on it in the pixels as they are stored.
        inside = [stored[uid].pixel_array[voxels[row, ..., place] > 0] for row, uid in enumerate(referenced)]
        assert np.median(np.concatenate(inside)) - 1024 == pytest.approx(recipe.lung_hu, abs=15)
    assert len(made.SegmentSequence) == 2
    before = path.read_bytes()
    assert seg.build().write(export, tmp_path)[0].read_bytes() == before


def test_slices_without_a_frame_of_reference_have_no_segmentation(room: ReadingRoom, tmp_path: Path) -> None:
    write_ct(tmp_path / "ct", SMALL.model_copy(update={"number": 33}), FrameOfReferenceUID=None)
    file = read(room, tmp_path / "ct")
    export = export_of(room.home, file.case_id, "always", lambda: datetime(2030, 1, 1, tzinfo=UTC))
    assert "frame of reference" in (seg.build().why_not(export) or "")


def test_a_signed_case_keeps_its_sentences(room: ReadingRoom, tmp_path: Path) -> None:
    write_ct(tmp_path / "ct", SMALL.model_copy(update={"number": 21, "low_mm": -80.0}))
    file = read(room, tmp_path / "ct")
    assert file.draft is not None
    assert said(file, "findings") == [
        "Right lung: outlined and not measured, since it reaches the end of the series.",
        "Left lung: outlined and not measured, since it reaches the end of the series.",
    ]
    done = room.decide(file.case_id, sign_all(file))
    assert done.status == "signed"
    assert "outlined and not measured" in (room.home.delivery(file.case_id) / "report.txt").read_text()


def test_a_body_without_lungs_is_a_draft_that_says_so(room: ReadingRoom, tmp_path: Path) -> None:
    write_ct(tmp_path / "ct", SMALL.model_copy(update={"number": 22, "lung_hu": 30.0}))
    file = read(room, tmp_path / "ct")
    assert said(file, "findings") == []
    assert any("lung_volumes tool failed" in text for text in said(file, "limitations"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"BodyPartExamined": None}, "wrong_body_part"),
        ({"BodyPartExamined": "HEAD"}, "wrong_body_part"),
        ({"BodyPartExamined": "THORACIC SPINE"}, "wrong_body_part"),
        ({"RescaleSlope": None}, "not_hounsfield"),
        ({"ImagePositionPatient": None}, "missing_geometry"),
        ({"QualityControlImage": "YES"}, "quality_control"),
    ],
)
def test_what_is_no_stack_of_the_chest_is_refused_with_its_reason(
    room: ReadingRoom, tmp_path: Path, changes: dict[str, object], why: str
) -> None:
    small = SMALL.model_copy(update={"number": 23})
    write_ct(tmp_path / "ct", small, order=range(10, 24), **changes)
    assert reason(read(room, tmp_path / "ct")) == why


def test_a_gap_between_slices_is_refused(room: ReadingRoom, tmp_path: Path) -> None:
    write_ct(tmp_path, SMALL.model_copy(update={"number": 25}), order=[*range(8), *range(10, 31)])
    assert reason(read(room, tmp_path)) == "uneven_slices"


def test_a_single_slice_of_no_stated_part_is_refused(room: ReadingRoom) -> None:
    assert reason(read(room, Path(str(get_testdata_file("CT_small.dcm"))))) in {"wrong_body_part", "too_few_slices"}


def test_of_two_series_that_of_the_chest_is_read(room: ReadingRoom, tmp_path: Path) -> None:
    write_ct(tmp_path, SMALL.model_copy(update={"number": 24}), prefix="chest")
    longer = SMALL.model_copy(update={"number": 24, "low_mm": -200.0, "high_mm": 200.0})
    write_ct(tmp_path, longer, prefix="other", BodyPartExamined="ABDOMEN")
    file = read(room, tmp_path)
    assert said(file, "technique")[0].startswith("CT of the chest: 31 axial slices")
    assert "further images of the study were not read" in said(file, "technique")[0]
    assert any("one is read" in text for text in said(file, "limitations"))


def test_a_question_is_put_to_a_model_that_states_ct_alone(room: ReadingRoom, tmp_path: Path, series: Path) -> None:
    order = Order(question="Is there an embolus?")
    unasked = read(room, series, order)
    assert any("put to no model" in item for item in said(unasked, "limitations"))
    assert not unasked.questions_asked
    with open_room(settings(tmp_path, "[CT]")) as other:
        answered = read(other, series, order)
        assert "“No embolus.”" in said(answered, "findings")[-1]
        assert "a claim of one model" in said(answered, "findings")[-1]
        assert answered.findings == ()
