"""TorchXRayVision's networks: random weights in the files' published form, and what is said where they are missing.

Those that load a network need the extra `xrv`, which is no part of the development group (see test_open_clip.py).
"""

import subprocess
import sys
from math import log, nan
from pathlib import Path

import numpy as np
import pytest
import yaml

from overread.backends._xrv_densenet import NAMES, SIZE, prepared
from overread.backends.torchxrayvision import build
from overread.errors import AnswerInvalid, Unavailable
from overread.ports import SelfDescribedLabels
from overread.reasoning.vocabulary import LABELS
from overread.serving.catalogue import entry
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture
from tests.needs import require


@pytest.fixture
def library() -> None:
    require("torchxrayvision")


DENSENET = "nih-pc-chex-mimic_ch-google-openi-kaggle-densenet121-d121-tw-lr001-rot45-tr15-sc15-seed0-best.pt"


def spec(model: str, **parameters: str) -> ModelSpec:
    return ModelSpec(backend="torchxrayvision", model=model, parameters={"device": "cpu", **parameters})


def pinning(folder: Path, name: str, revision: str | None) -> Settings:
    """Give settings with a catalogue in which a shipped entry pins another file."""
    content = entry(name, Settings()).model_dump(mode="json", exclude={"name"})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(yaml.safe_dump({**content, "revision": revision}))
    return Settings(catalogue_dir=folder, home=folder / "home", torch_threads=1)


def test_every_label_is_one_of_the_vocabulary() -> None:
    assert set(NAMES.values()) <= set(LABELS)
    assert len(set(NAMES.values())) == len(NAMES)


def test_the_input_is_the_central_square_from_dark_to_bright() -> None:
    picture = np.zeros((400, 600), np.uint8)
    picture[:, 100:500] = 255
    values = prepared(picture)
    assert (values.shape, values.dtype) == ((SIZE, SIZE), np.float32)
    assert values.min() == values.max() == 1024
    assert prepared(np.zeros((50, 40), np.uint8)).max() == -1024


@pytest.mark.parametrize("name", ["txrv-densenet", "txrv-pspnet"])
def test_a_missing_file_says_where_to_put_which(name: str, tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as missing:
        build(spec(name, folder=str(tmp_path)), Settings(home=tmp_path))
    said = str(missing.value)
    assert "https://github.com/mlmed/torchxrayvision/releases/download/v1/" in said
    assert f"curl -L --create-dirs -o {tmp_path / 'models' / name}" in said


def test_a_pickle_that_is_not_the_pinned_one_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / DENSENET).write_bytes(b"a pickle of somebody else")
    with pytest.raises(Unavailable, match="is not the file that the catalogue pins"):
        build(spec("txrv-densenet", folder=str(tmp_path)), Settings())


def test_a_pickle_that_nobody_pinned_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / DENSENET).write_bytes(b"a pickle of somebody else")
    settings = pinning(tmp_path / "catalogue", "txrv-densenet", None)
    with pytest.raises(Unavailable, match="pins none: give its SHA-256"):
        build(spec("txrv-densenet", folder=str(tmp_path)), settings)


def test_without_the_library_the_extra_is_named(tmp_path: Path) -> None:
    (tmp_path / "pspnet_chestxray_best_model_4.pth").write_bytes(b"weights")
    script = (
        "import sys\n"
        "sys.modules['torchxrayvision'] = sys.modules['torchvision'] = None\n"
        "import numpy\n"
        "from overread import plugins\n"
        "from overread.errors import Unavailable\n"
        "from overread.settings import ModelSpec, Settings\n"
        "spec = ModelSpec(backend='t', model='txrv-pspnet', parameters={'folder': sys.argv[1]})\n"
        "built = plugins.builder('backends', 'torchxrayvision')(spec, Settings())\n"
        "try:\n    built.segment(numpy.zeros((9, 9), numpy.uint8))\nexcept Unavailable as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "pip install 'overread[xrv]'" in done.stdout


@pytest.mark.usefixtures("library")
def test_a_densenet_scores_the_labels_that_it_was_trained_on(tmp_path: Path) -> None:
    from overread.testing.tiny_foreign import write_densenet

    digest = write_densenet(tmp_path / "home" / "models" / "txrv-densenet")
    backend = build(spec("txrv-densenet"), pinning(tmp_path, "txrv-densenet", digest))
    assert isinstance(backend, SelfDescribedLabels)
    scores = backend.score_labels(make_picture(1, 96, 160))
    assert tuple(scores) == backend.labels == tuple(sorted(NAMES.values()))
    assert all(0 <= score <= 1 for score in scores.values())
    assert backend.card.weights_digest == digest


@pytest.mark.usefixtures("library")
def test_the_operating_threshold_of_each_label_lies_at_a_half(tmp_path: Path) -> None:
    """A network whose every logit is that of the label's threshold scores 0.5."""
    from overread.testing.tiny_foreign import operating_thresholds, write_densenet

    logits = [log(point / (1 - point)) for point in operating_thresholds()]
    digest = write_densenet(tmp_path / "home" / "models" / "txrv-densenet", bias=logits)
    backend = build(spec("txrv-densenet"), pinning(tmp_path, "txrv-densenet", digest))
    assert list(backend.score_labels(make_picture()).values()) == pytest.approx([0.5] * len(NAMES), abs=1e-3)


@pytest.mark.usefixtures("library")
def test_a_network_that_gives_no_number_is_an_invalid_answer(tmp_path: Path) -> None:
    from overread.testing.tiny_foreign import write_densenet

    digest = write_densenet(tmp_path / "home" / "models" / "txrv-densenet", bias=[nan] * 18)
    backend = build(spec("txrv-densenet"), pinning(tmp_path, "txrv-densenet", digest))
    with pytest.raises(AnswerInvalid, match="gave no number"):
        backend.score_labels(make_picture())


@pytest.mark.usefixtures("library")
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*upsample. is deprecated:UserWarning")
def test_a_pspnet_gives_lungs_and_heart_at_the_size_of_the_picture(tmp_path: Path) -> None:
    from overread.testing.tiny_foreign import write_pspnet

    write_pspnet(tmp_path / "models" / "txrv-pspnet")
    backend = build(spec("txrv-pspnet"), Settings(home=tmp_path))
    maps = backend.segment(make_picture(1, 96, 160))
    assert set(maps) == {"right_lung", "left_lung", "heart"}
    assert all(plane.shape == (96, 160) and 0 <= plane.min() <= plane.max() <= 1 for plane in maps.values())


@pytest.mark.usefixtures("library")
def test_a_damaged_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "pspnet_chestxray_best_model_4.pth").write_bytes(b"\0" * 64)
    backend = build(spec("txrv-pspnet", folder=str(tmp_path)), Settings())
    with pytest.raises(Unavailable, match="does not load"):
        backend.segment(make_picture())
