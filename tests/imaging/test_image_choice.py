"""Of several images of a study the one that is meant to be read is read, in whatever order they come."""

from itertools import permutations

import numpy as np
import pytest

from overread.imaging.gate import header_refusal
from overread.imaging.image_choice import set_aside

PIXELS = np.arange(4096, dtype=np.uint16).reshape(64, 64)
RAW_DX = "1.2.840.10008.5.1.4.1.1.1.1.1"
KINDS = {
    "read": {"ImageType": ["ORIGINAL", "PRIMARY"], "PresentationIntentType": "FOR PRESENTATION"},
    "raw": {"PresentationIntentType": "FOR PROCESSING"},
    "bone": {"ImageType": ["DERIVED", "PRIMARY", "", "BONE"]},
    "pelvis": {"BodyPartExamined": "PELVIS"},
    "lateral": {"ViewPosition": "LL"},
}


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, None),
        ({"PresentationIntentType": "FOR PRESENTATION", "ImageType": "ORIGINAL\\PRIMARY"}, None),
        ({"ImageType": "DERIVED\\PRIMARY\\POST_PROCESSED"}, None),
        ({"BodyPartExamined": "PORT CHEST", "SeriesDescription": "Chest and abdomen"}, None),
        ({"SeriesDescription": "Bones of the hand", "BodyPartExamined": "CHEST"}, "other_part"),
        ({"BodyPartExamined": "PELVIS"}, "other_part"),
        ({"SeriesDescription": "PELVIS AP"}, "other_part"),
        ({"PresentationIntentType": "for processing"}, "processing"),
        ({"SOPClassUID": RAW_DX}, "processing"),
        ({"SOPClassUID": RAW_DX, "ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER"}, "localizer"),
        ({"ImageType": "DERIVED\\PRIMARY\\\\BONE"}, "split"),
        ({"ImageType": "DERIVED\\PRIMARY\\DUAL_ENERGY"}, "split"),
        ({"SeriesDescription": "Chest PA soft"}, "split"),
        ({"SeriesDescription": "CHEST_PA-BONE"}, "split"),
        ({"SeriesDescription": "CHEST PA DUAL ENERGY"}, None),
        ({"ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER"}, "localizer"),
        ({"ImageType": "DERIVED\\SECONDARY\\OVERLAY"}, "derived"),
        ({"ImageType": "DERIVED\\PRIMARY\\CAD"}, "derived"),
        ({"Modality": "CT"}, "other_modality"),
    ],
)
def test_an_image_that_is_not_meant_to_be_read_says_why(headers: dict[str, str], why: str | None) -> None:
    assert set_aside(headers) == why


@pytest.mark.parametrize("order", list(permutations(KINDS))[::5])
def test_the_one_for_presentation_is_read_whatever_comes_first(reader, write, order: tuple[str, ...]) -> None:
    paths = []
    for kind in order:
        uids = {"SOPInstanceUID": f"2.25.9{list(KINDS).index(kind)}", "SeriesInstanceUID": f"2.25.8{order.index(kind)}"}
        paths.append(write(PIXELS, f"{kind}.dcm", **{"ViewPosition": "PA", **uids, **KINDS[kind]}))
    read = reader.read(*paths)
    assert read.study.frontal is not None
    assert [image.sop_instance_uid for image in read.study.frontals] == ["2.25.90", "2.25.91", "2.25.92", "2.25.93"]
    assert header_refusal(read.study, read.headers) is None


def test_a_study_of_raw_images_alone_is_read_all_the_same(reader, write) -> None:
    read = reader.read(write(PIXELS, "a.dcm", ViewPosition="PA", PresentationIntentType="FOR PROCESSING"))
    assert [image.aside for image in read.study.frontals] == ["processing"]
    assert header_refusal(read.study, read.headers) is None


def test_an_image_of_another_part_beside_the_chest_is_no_reason_to_refuse(reader, write) -> None:
    hand = write(PIXELS, "a.dcm", SOPInstanceUID="2.25.91", ViewPosition="PA", BodyPartExamined="HAND")
    chest = write(PIXELS, "b.dcm", SOPInstanceUID="2.25.92", ViewPosition="AP", BodyPartExamined="CHEST")
    read = reader.read(hand, chest)
    assert read.study.frontal is not None
    assert read.study.frontal.sop_instance_uid == "2.25.92"
    assert header_refusal(read.study, read.headers) is None
    refusal = header_refusal((alone := reader.read(hand)).study, alone.headers)
    assert refusal is not None
    assert refusal.reason == "wrong_body_part"
