"""CLIPSeg and SAM outline as their own processors and transformers do, and look at their own prompt alone."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.needs import require

require("torch")

import torch
import transformers

from overread.backends.transformers import build
from overread.errors import AnswerInvalid
from overread.imaging.letterbox import stretch
from overread.ports import OutliningBackend
from overread.records import Region
from overread.settings import ModelSpec, Settings
from overread.testing.conformance import check_backend
from overread.testing.doubles import make_picture
from overread.testing.tiny_families import clipseg, sam

BOX = Region(x=8, y=12, width=20, height=30)
WRITE = {"clipseg": clipseg.write, "sam": sam.write}


@pytest.fixture(scope="module", params=["clipseg", "sam"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return WRITE[request.param](tmp_path_factory.mktemp("outlining") / request.param)


def built(folder: Path) -> OutliningBackend:
    model = build(ModelSpec(backend="transformers", model=str(folder)), Settings(torch_threads=1))
    assert isinstance(model, OutliningBackend)
    return model


def test_the_laws_are_kept(folder: Path) -> None:
    assert check_backend(built(folder)).failed == ()


def test_a_map_is_that_of_the_models_own_processor(folder: Path) -> None:
    picture = make_picture(1, 64, 64)
    processor = transformers.AutoProcessor.from_pretrained(folder)
    image = Image.fromarray(stretch(picture)).convert("RGB")
    mine = built(folder).outline(picture, "the heart", BOX)
    with torch.no_grad():
        if folder.name == "sam":
            corners = [[[BOX.x, BOX.y, BOX.x + BOX.width, BOX.y + BOX.height]]]
            inputs = processor(image, input_boxes=corners, return_tensors="pt")
            told = transformers.SamModel.from_pretrained(folder).eval()(
                pixel_values=inputs["pixel_values"], input_boxes=inputs["input_boxes"].float(), multimask_output=False
            )
            (logits,) = processor.post_process_masks(
                told.pred_masks, inputs["original_sizes"], inputs["reshaped_input_sizes"], binarize=False
            )
            theirs = torch.sigmoid(logits)[0, 0].numpy()
        else:
            inputs = processor(text=["the heart"], images=[image], return_tensors="pt")
            logits = transformers.CLIPSegForImageSegmentation.from_pretrained(folder).eval()(**inputs).logits
            plane = torch.sigmoid(logits).reshape(logits.shape[-2:]).numpy()
            theirs = np.asarray(Image.fromarray(plane).resize((64, 64), Image.Resampling.BILINEAR))
    assert np.corrcoef(mine.ravel(), theirs.ravel())[0, 1] > 0.98
    assert np.abs(mine - theirs).max() < 0.1 * (theirs.max() - theirs.min()) + 0.01


def test_a_map_goes_by_the_prompt_that_the_model_takes(folder: Path) -> None:
    model, picture = built(folder), make_picture(1, 96, 80)
    here = model.outline(picture, "the heart", BOX)
    words = model.outline(picture, "a large effusion on the left", BOX)
    box = model.outline(picture, "the heart", Region(x=40, y=50, width=30, height=30))
    assert np.allclose(here, words) == (model.takes == "box")
    assert np.allclose(here, box) == (model.takes == "words")


def test_a_model_of_boxes_says_that_it_was_given_none(tmp_path: Path) -> None:
    with pytest.raises(AnswerInvalid, match="given none"):
        built(sam.write(tmp_path / "sam")).outline(make_picture(), "the heart", None)
