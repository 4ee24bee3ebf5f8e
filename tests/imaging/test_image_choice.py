"""Of several images of a study the one that is meant to be read is read, in whatever order they come."""

from itertools import permutations

import numpy as np
import pytest

from overread.imaging.image_choice import aside_notes, set_aside

PIXELS = np.arange(4096, dtype=np.uint16).reshape(64, 64)
RAW_DX = "1.2.840.10008.5.1.4.1.1.1.1.1"
KINDS = {
    "read": {"ImageType": ["ORIGINAL", "PRIMARY"], "PresentationIntentType": "FOR PRESENTATION"},
    "raw": {"PresentationIntentType": "FOR PROCESSING"},
    "bone": {"ImageType": ["DERIVED", "PRIMARY", "", "BONE"]},
    "lateral": {"ViewPosition": "LL"},
}


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, None),
        ({"PresentationIntentType": "FOR PRESENTATION", "ImageType": "ORIGINAL\\PRIMARY"}, None),
        ({"ImageType": "DERIVED\\PRIMARY\\POST_PROCESSED"}, None),
        ({"PresentationIntentType": "for processing"}, "for processing"),
        ({"SOPClassUID": RAW_DX}, "for processing"),
        ({"ImageType": "DERIVED\\PRIMARY\\\\BONE"}, "dual-energy"),
        ({"SeriesDescription": "Chest PA soft"}, "dual-energy"),
        ({"SeriesDescription": "Bones of the hand"}, None),
        ({"ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER"}, "localizer"),
        ({"ImageType": "DERIVED\\SECONDARY\\OVERLAY"}, "derived"),
    ],
)
def test_an_image_that_is_not_meant_to_be_read_says_why(headers: dict[str, str], why: str | None) -> None:
    found = set_aside(headers)
    assert (found is None) == (why is None)
    assert why is None or why in (found or "")


@pytest.mark.parametrize("order", list(permutations(KINDS)))
def test_the_one_for_presentation_is_read_whatever_comes_first(reader, write, order: tuple[str, ...]) -> None:
    paths = []
    for kind in order:
        uids = {"SOPInstanceUID": f"2.25.9{list(KINDS).index(kind)}", "SeriesInstanceUID": f"2.25.8{order.index(kind)}"}
        paths.append(write(PIXELS, f"{kind}.dcm", **{"ViewPosition": "PA", **uids, **KINDS[kind]}))
    read = reader.read(*paths)
    assert read.study.frontal is not None
    assert read.study.frontal.sop_instance_uid == "2.25.90"
    assert sum("set aside" in note for note in read.notes) == 2


def test_a_study_of_raw_images_alone_sets_nothing_aside(reader, write) -> None:
    read = reader.read(write(PIXELS, "a.dcm", PresentationIntentType="FOR PROCESSING"))
    assert len(read.study.images) == 1
    assert not any("set aside" in note for note in read.notes)
    assert aside_notes([None, "a", "a"]) == ("2 images set aside: a.",)
