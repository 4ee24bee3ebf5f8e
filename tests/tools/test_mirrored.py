"""The embedded segmenter tells a mirrored chest from one that is not."""

import numpy as np
import pytest

from overread import weights
from overread.backends.scripted import ScriptedSegmentation
from overread.backends.transformers import build
from overread.ports import SegmentationBackend
from overread.records import Measurement
from overread.rules.orientation import MIRRORED
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture, make_work
from overread.testing.doubles.parts import make_parts
from overread.testing.phantoms import render, sample_recipe, to_display
from overread.tools._mask_quality import MaskQuality, quality_beside
from overread.tools._mirrored import mirrored_fit, seen
from overread.tools.segmentation import build as build_tool
from tests.needs import require

PHANTOM = to_display(render(sample_recipe(700_100, flipped=False, age_years=50)))


def segmenter() -> SegmentationBackend:
    require("torch")
    built = build(ModelSpec(backend="transformers", model=str(weights.folder("segmenter"))), Settings())
    assert isinstance(built, SegmentationBackend)
    return built


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_mirrored_phantom_is_told_and_no_other(mirrored: bool) -> None:
    model = segmenter()
    shown = np.ascontiguousarray(PHANTOM[:, ::-1]) if mirrored else PHANTOM
    quality = quality_beside(model.card)
    fit = mirrored_fit(model, shown, seen(model.segment(shown), quality, 0.5), quality, 0.5)
    assert fit is not None
    assert (fit.value >= MIRRORED) == mirrored


def test_a_model_whose_quality_nobody_knows_measures_none() -> None:
    model = ScriptedSegmentation(None)
    picture = make_picture()
    here = seen(model.segment(picture), MaskQuality(), 0.5)
    assert mirrored_fit(model, picture, here, MaskQuality(), 0.5) is None
    items = build_tool(make_parts()).run(make_work())
    assert not any(isinstance(item.payload, Measurement) and item.payload.name == "mirrored_fit" for item in items)
