"""A pipeline of the operator's own: the marks are the same, and its truth is unknown."""

import json
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from overread.cli.boundary import run
from overread.errors import UsageError
from overread.imagining.pipeline import Pipeline
from overread.imagining.written_unknown import write_unknown
from overread.records import Trust
from tests import needs
from tests.imagining.conftest import Reads


def test_a_folder_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["imagine", "left effusion", "--pipeline", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "model_index.json" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_what_a_pipeline_draws_is_marked_and_nobody_has_a_vote_on_it(tmp_path: Path, studied: Reads) -> None:
    needs.require("diffusion")
    from overread.testing.tiny_pipeline import write

    made = Pipeline.of_folder(write(tmp_path), steps=2)
    picture = made.image("large left effusion", 4)
    assert np.array_equal(picture, made.image("large left effusion", 4))
    assert not np.array_equal(picture, made.image("large left effusion", 5))

    written = write_unknown(picture, "large left effusion", 4, tmp_path / "out", made)
    truth = json.loads(written.truth.read_text())
    assert truth["truth"] == "unknown: what was asked for is no truth"
    assert truth["labels"] is None
    image = dcmread(written.image)
    assert (image.SyntheticData, image.ConversionType) == ("YES", "SYN")
    assert image.Columns >= 512
    assert (image.pixel_array[-30:] > 200).any()
    for path in (written.image, tmp_path / "out" / "preview.png"):
        study = studied(path)
        assert (study.synthetic, study.generated) == (True, True)
        table = {"vqa": {"Edema": 0.9}}
        assert not Trust.of_figures(table).on(study).table

    with pytest.raises(UsageError, match="1 to"):
        made.image(" ", 1)
    (tmp_path / "pipeline" / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(UsageError, match="cannot be loaded"):
        Pipeline.of_folder(tmp_path / "pipeline")
