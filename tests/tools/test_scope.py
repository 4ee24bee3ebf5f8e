"""Nothing is read from a blank picture, by any tool that asks a model."""

import numpy as np
import pytest

from overread import plugins
from overread.errors import ToolError
from overread.reasoning.questions import ask_about
from overread.testing.doubles import make_study, make_work
from overread.testing.doubles.parts import make_parts
from overread.tools._scope import not_frontal


@pytest.mark.parametrize("name", ["segmentation", "classification", "report", "vqa"])
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_model_is_not_asked_about_a_blank_picture(name: str, grey: int) -> None:
    work = make_work(np.full((64, 64), grey, np.uint8), questions=(ask_about("Edema"),))
    with pytest.raises(ToolError, match="one grey level"):
        plugins.builder("tools", name)(make_parts()).run(work)


def test_a_secondary_capture_may_be_a_radiograph_and_a_ct_is_none() -> None:
    assert not_frontal(make_study(modality="OT")) is None
    refusal = not_frontal(make_study(modality="CT"))
    assert refusal is not None
    assert refusal.reason == "wrong_modality"
