"""What may be read, what is refused, and what the draft must say of the rest."""

from datetime import UTC, datetime
from typing import Any

import pytest

from overread.imaging.gate import header_refusal, image_refusal, notes, pixel_refusal
from overread.imaging.quality import POLARITY_SUSPICIOUS
from overread.records import Evidence, ImageRef, Locator, Measurement, Provenance, Series, Spacing, Study

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def image(**changes: Any) -> ImageRef:
    return ImageRef(
        **{
            "sop_instance_uid": "2.25.1",
            "rows": 1024,
            "columns": 1024,
            "view": "PA",
            "photometric": "MONOCHROME2",
            "window": "values as stored",
            "pixels_digest": "d",
        }
        | changes
    )


def study(*images: ImageRef, modality: str = "DX", body_part: str | None = "CHEST", **changes: Any) -> Study:
    series = Series(uid="2.25.2", modality=modality, body_part=body_part, images=images or (image(),))
    return Study(**{"uid": "2.25.3", "source": "dicom", "series": (series,)} | changes)


def measured(name: str, value: float, **parameters: float | str) -> Evidence:
    provenance = Provenance(
        tool="quality", tool_version="1", model="arithmetic", parameters=parameters, started=NOW, ended=NOW
    )
    payload = Measurement(name=name, value=value, unit="1", method="test")
    return Evidence.of(payload, Locator(sop_instance_uid="2.25.1"), provenance)


@pytest.mark.parametrize("part", ["CHEST", "THORAX", "PORT CHEST", None, "UNKNOWN"])
@pytest.mark.parametrize("modality", ["CR", "DX", "RG", "OT"])
def test_a_chest_radiograph_passes(modality, part) -> None:
    assert header_refusal(study(modality=modality, body_part=part), {}) is None


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (study(modality="CT"), "wrong_modality"),
        (study(modality="MG"), "wrong_modality"),
        (study(body_part="KNEE"), "wrong_body_part"),
        (study(body_part="ABDOMEN"), "wrong_body_part"),
        (study(image(view="LATERAL")), "no_frontal_view"),
        (study(image(rows=20)), "resolution_too_low"),
    ],
)
def test_what_is_no_chest_radiograph_is_refused_with_its_reason(refused, reason) -> None:
    refusal = header_refusal(refused, {})
    assert refusal is not None
    assert refusal.reason == reason
    assert refusal.next_step


@pytest.mark.parametrize("keyword", ["QualityControlImage", "QualityControlSubject"])
def test_a_quality_film_is_set_aside_by_its_attribute(keyword) -> None:
    refusal = header_refusal(study(), {"2.25.1": {keyword: "YES"}})
    assert refusal is not None
    assert refusal.reason == "quality_control"
    for other in ({keyword: "NO"}, {keyword: "BOTH"}, {"PatientName": "QC^TEST"}):
        assert header_refusal(study(), {"2.25.1": other}) is None


def test_a_quality_film_beside_a_patient_s_leaves_that_to_be_read() -> None:
    both = study(image(sop_instance_uid="2.25.8"), image())
    assert header_refusal(both, {"2.25.8": {"QualityControlImage": "YES"}}) is None
    assert image_refusal(both, both.images[0], {"2.25.8": {"QualityControlImage": "YES"}}) is not None
    alone = header_refusal(study(series=()), {"2.25.8": {"QualityControlImage": "YES", "Modality": "DX"}})
    assert alone is not None
    assert alone.reason == "quality_control"


@pytest.mark.parametrize(("status", "told"), [("0001", False), ("2", True), ("0003", True), ("4", False), ("", False)])
def test_a_pregnancy_is_told_where_the_header_states_one(status: str, told: bool) -> None:
    said = notes(study(), [], headers={"2.25.1": {"PregnancyStatus": status}})
    assert any("pregnant" in note for note in said) == told


def test_a_picture_that_is_read_for_want_of_a_better_one_is_told() -> None:
    raw = study(image(aside="processing"))
    assert any("for processing" in note for note in notes(raw, []))


def test_a_header_alone_can_refuse() -> None:
    nothing = Study(uid="2.25.3", source="dicom", series=())
    refusal = header_refusal(nothing, {"2.25.1": {"Modality": "CR", "BodyPartExamined": "HAND"}})
    assert refusal is not None
    assert refusal.reason == "wrong_body_part"
    assert header_refusal(nothing, {"2.25.1": {"Modality": "CR"}}) is None


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (measured("blank_fraction", 0.99), "blank"),
        (measured("blank_fraction", 0.6), None),
        (measured("dynamic_range", 0.01), "blank"),
        (measured("out_of_distribution", 0.9, threshold=0.5), "not_a_chest"),
        (measured("out_of_distribution", 0.4, threshold=0.5), None),
        (measured("out_of_distribution", 0.9), None),
    ],
)
def test_pixels_are_refused_by_what_was_measured(evidence, reason) -> None:
    refusal = pixel_refusal([measured("sharpness", 30.0), evidence])
    assert (refusal.reason if refusal else None) == reason


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (measured("body_part_chest", 0.02, most_likely="HEAD"), "looks like a head"),
        (measured("body_part_chest", 0.1, most_likely="ABDOMEN"), "looks like an abdomen"),
        (measured("body_part_chest", 0.9, most_likely="CHEST"), None),
        (measured("body_part_chest", 0.4, most_likely="HEAD"), None),
    ],
)
def test_a_refusal_names_the_body_part_only_where_it_is_clear(part, words) -> None:
    refusal = pixel_refusal([part, measured("out_of_distribution", 0.9, threshold=0.5)])
    assert refusal is not None
    assert words in refusal.detail if words else "looks like" not in refusal.detail
    assert pixel_refusal([part]) is None


@pytest.mark.parametrize(("degrees", "words"), [(90.0, "anticlockwise"), (180.0, "upside down"), (270.0, "clockwise")])
def test_a_picture_that_stands_upright_once_turned_is_refused_as_turned(degrees, words) -> None:
    far = measured("out_of_distribution", 0.9, threshold=0.5)
    refusal = pixel_refusal([far, measured("upright_after", degrees)])
    assert refusal is not None
    assert refusal.reason == "turned"
    assert words in refusal.detail
    assert pixel_refusal([measured("upright_after", degrees)]) is None
    lateral = pixel_refusal([measured("view_lateral", 0.9, threshold=0.6), far, measured("upright_after", degrees)])
    assert lateral is not None
    assert lateral.reason == "turned"


def test_two_films_on_one_picture_are_refused_and_a_wide_border_is_told() -> None:
    refusal = pixel_refusal([measured("dividing_band", 0.02)])
    assert refusal is not None
    assert refusal.reason == "several_pictures"
    assert pixel_refusal([measured("dividing_band", 0.0)]) is None
    edge_to_edge = pixel_refusal([measured("farther_half", 0.0004)])
    assert edge_to_edge is not None
    assert edge_to_edge.reason == "several_pictures"
    assert pixel_refusal([measured("farther_half", 0.0018)]) is None, "a child's chest is wide, too"
    assert pixel_refusal([measured("dividing_band", 0.02), measured("saturated_fraction", 0.4)]) is None
    assert any("empty border" in note for note in notes(study(), [measured("border_fraction", 0.7)]))
    assert not any("empty border" in note for note in notes(study(), [measured("border_fraction", 0.2)]))


CALIBRATED = Spacing(row_mm=0.2, column_mm=0.2, source="PixelSpacing", calibrated=True)
AT_IMAGER = Spacing(row_mm=0.2, column_mm=0.2, source="ImagerPixelSpacing", calibrated=False)


def test_an_unremarkable_study_has_nothing_to_note() -> None:
    plain = study(image(spacing=CALIBRATED), image(view="LATERAL"), age_years=40.0)
    assert notes(plain, [measured("polarity", -0.5), measured("out_of_distribution", 0.1)]) == ()


@pytest.mark.parametrize(
    ("limited", "words"),
    [
        (study(image(view="AP")), "AP projection"),
        (study(image(view=None)), "not known"),
        (study(), "No lateral"),
        (study(age_years=3.0), "is a child"),
        (study(), "Pixel spacing is not known"),
        (study(image(spacing=AT_IMAGER)), "overestimated"),
        (study(synthetic=True), "Synthetic phantom"),
        (study(image(rows=200, columns=200)), "few pixels"),
        (study(image(rows=500, columns=1000)), "one film alone"),
        (study(), "No model checked"),
    ],
)
def test_each_limit_is_named(limited, words) -> None:
    assert any(words in note for note in notes(limited, []))


def test_a_suspicious_polarity_is_named() -> None:
    assert any("inverted" in note for note in notes(study(), [measured("polarity", POLARITY_SUSPICIOUS + 0.1)]))


@pytest.mark.parametrize(("share", "told"), [(0.45, True), (0.2, False)])
def test_a_picture_that_is_burnt_out_is_named(share: float, told: bool) -> None:
    said = notes(study(), [measured("saturated_fraction", share)])
    assert any("pure black or white" in note and "repeat" in note for note in said) == told
