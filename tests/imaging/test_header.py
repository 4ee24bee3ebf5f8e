"""What a header is taken to say, and what it is not."""

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from overread.imaging.header import KEPT, age_of, kept_headers, spacing_of, synthetic_kind
from overread.imaging.projection import laterality_of, position_notes, view_of


def header(**elements: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def coded(value: str) -> Sequence:
    return Sequence([header(CodeValue=value, CodingSchemeDesignator="SCT", CodeMeaning="any")])


@pytest.mark.parametrize(
    ("elements", "view"),
    [
        ({"ViewPosition": "PA"}, "PA"),
        ({"ViewPosition": "ap"}, "AP"),
        ({"ViewPosition": "LL"}, "LATERAL"),
        ({"ViewPosition": "AP SUPINE"}, "AP"),
        ({"ViewPosition": "RAO", "SeriesDescription": "PA"}, None),
        ({"ViewCodeSequence": coded("399348003")}, "AP"),
        ({"ViewCodeSequence": coded("R-10236")}, "LATERAL"),
        ({"PatientOrientation": ["A", "F"]}, "LATERAL"),
        ({"PatientOrientation": ["H", "P"]}, "LATERAL"),
        ({"PatientOrientation": ["L", "P"]}, None),
        ({"PatientOrientation": ["L", "F"]}, None),
        ({"SeriesDescription": "Thorax p.a. PA"}, "PA"),
        ({"SeriesDescription": "Chest PA and LAT"}, None),
        ({"SeriesDescription": "Spatial", "StudyDescription": "CHEST, 2 VIEWS (PA, LAT)"}, None),
        ({}, None),
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR CS")
def test_the_view_is_found_where_it_is_and_nowhere_else(elements, view) -> None:
    assert view_of(header(**elements))[0] == view


def test_a_view_not_from_view_position_says_where_it_is_from() -> None:
    assert view_of(header(ViewPosition="PA"))[1] is None
    assert "SeriesDescription" in (view_of(header(SeriesDescription="CHEST LAT"))[1] or "")


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"PixelSpacing": [0.2, 0.3]}, (0.2, 0.3, "PixelSpacing", True)),
        ({"ImagerPixelSpacing": [0.14, 0.14]}, (0.14, 0.14, "ImagerPixelSpacing", False)),
        ({"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.14, 0.14]}, (0.1, 0.1, "PixelSpacing", True)),
        ({"PixelSpacing": [0.14, 0.14], "ImagerPixelSpacing": [0.14, 0.14]}, (0.14, 0.14, "ImagerPixelSpacing", False)),
        ({"PixelSpacing": [0, 0]}, None),
        ({"PixelSpacing": [-1, 1]}, None),
        ({"PixelSpacing": 0.2}, None),
        ({"PixelSpacing": [500, 500]}, None),
        ({}, None),
    ],
)
def test_spacing_has_a_source_and_is_never_invented(elements, expected) -> None:
    spacing, notes = spacing_of(header(**elements))
    found = (spacing.row_mm, spacing.column_mm, spacing.source, spacing.calibrated) if spacing else None
    assert found == expected
    assert bool(notes) == bool(elements and (spacing is None or not spacing.calibrated))


@pytest.mark.parametrize(
    ("stated", "factor"),
    [
        ({"EstimatedRadiographicMagnificationFactor": "1.25"}, 1.25),
        ({"DistanceSourceToDetector": "1500", "DistanceSourceToPatient": "1200"}, 1.25),
        (
            {
                "EstimatedRadiographicMagnificationFactor": "1.25",
                "DistanceSourceToDetector": "2000",
                "DistanceSourceToPatient": "1000",
            },
            1.25,
        ),
        ({"EstimatedRadiographicMagnificationFactor": "0"}, None),
        ({"EstimatedRadiographicMagnificationFactor": "1"}, None),
        ({"EstimatedRadiographicMagnificationFactor": "12"}, None),
        ({"DistanceSourceToDetector": "1500"}, None),
        ({"DistanceSourceToDetector": "1500", "DistanceSourceToPatient": "0"}, None),
        ({"DistanceSourceToDetector": "1200", "DistanceSourceToPatient": "1500"}, None),
    ],
)
def test_a_stated_magnification_is_divided_out_and_any_other_stays_unknown(stated, factor) -> None:
    spacing, notes = spacing_of(header(ImagerPixelSpacing=[0.2, 0.1], **stated))
    assert spacing is not None
    assert spacing.magnification == factor
    assert spacing.calibrated is (factor is not None)
    assert (spacing.row_mm, spacing.column_mm) == pytest.approx((0.2 / (factor or 1), 0.1 / (factor or 1)))
    assert ("1.25" if factor else "unknown factor") in notes[-1]


def test_a_calibrated_spacing_is_not_divided_again() -> None:
    spacing, _ = spacing_of(header(PixelSpacing=[0.2, 0.2], EstimatedRadiographicMagnificationFactor="1.25"))
    assert spacing is not None
    assert (spacing.row_mm, spacing.magnification) == (0.2, None)


@pytest.mark.parametrize(
    ("elements", "age"),
    [
        ({"PatientAge": "045Y"}, 45.0),
        ({"PatientAge": "006M"}, 0.5),
        ({"PatientAge": "81"}, 81.0),
        ({"PatientAge": "999Y"}, None),
        ({"PatientBirthDate": "20000601", "StudyDate": "20200531"}, 19.0),
        ({"PatientBirthDate": "20200601", "StudyDate": "20000531"}, None),
        ({"PatientBirthDate": "20201399", "StudyDate": "20200531"}, None),
        ({}, None),
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR")
def test_age_in_years(elements, age) -> None:
    assert age_of(header(**elements)) == age


def test_laterality_is_left_right_both_or_unknown() -> None:
    sides = {value: laterality_of(header(ImageLaterality=value)) for value in ("L", "R", "B", "U")}
    assert sides == {"L": "left", "R": "right", "B": "bilateral", "U": None}
    assert laterality_of(header(Laterality="L")) == "left"


def test_an_unusual_position_is_said() -> None:
    assert any("supine" in note for note in position_notes(header(SeriesDescription="AP SUPINE")))
    assert position_notes(header(PatientOrientation=["L", "F"])) == ()


def test_only_listed_keywords_leave_the_reader() -> None:
    kept = kept_headers(header(Modality="DX", PatientName="Canary", StudyDescription="Canary", KVP=120), "1.2")
    assert kept == {"Modality": "DX", "TransferSyntaxUID": "1.2"}
    identifying = {"PatientName", "PatientID", "PatientBirthDate", "AccessionNumber", "InstitutionName"}
    assert identifying.isdisjoint(KEPT)


def test_a_phantom_is_known_by_its_words() -> None:
    assert synthetic_kind(header(ImageComments="made up: SYNTHETIC PHANTOM, not a patient")) == "phantom"
    assert synthetic_kind(header(ImageComments="phantom limb pain")) is None


def test_what_else_is_synthetic_is_known_by_its_mark_and_not_by_what_real_films_may_say() -> None:
    assert synthetic_kind(header(SyntheticData="YES")) == "generated"
    assert synthetic_kind(header(SeriesDescription="SYNTHETIC IMAGE, NOT A PATIENT")) == "generated"
    assert synthetic_kind(header(ImageComments="SYNTHETIC PHANTOM", SyntheticData="YES")) == "phantom"
    reconstructed = header(SeriesDescription="Synthetic image 2D", ConversionType="SYN", SyntheticData="NO")
    assert synthetic_kind(reconstructed) is None
