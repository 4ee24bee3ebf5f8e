"""Models of OpenCLIP, such as BiomedCLIP: a tiny random one of its architecture, and what is said where one is missing.

Those that load a model need the extra `open-clip`, which is no part of the development group: torchvision beside
transformers would change how the embedded models are prepared.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from overread.backends.open_clip import build
from overread.errors import SettingsError, Unavailable
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture
from tests.needs import require


def spec(model: object, **parameters: str) -> ModelSpec:
    return ModelSpec(backend="open_clip", model=str(model), parameters={"device": "cpu", **parameters})


def configured(folder: Path, **text: str) -> Path:
    """Write a folder that has a configuration and nothing else."""
    folder.mkdir(parents=True)
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": {"text_cfg": text}}))
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require("open_clip")
    from overread.testing.tiny_foreign import write_open_clip

    return write_open_clip(tmp_path_factory.mktemp("models") / "tiny")


def test_a_catalogued_model_that_is_not_there_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as missing:
        build(spec("biomedclip"), Settings(home=tmp_path))
    source, said = "microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224", str(missing.value)
    assert f"hf download {source} --revision 9f341de24bfb00180f1b847274256e9b65a3a32e" in said
    assert f"--local-dir {tmp_path / 'models' / 'biomedclip'}" in said


def test_an_unknown_model_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="biomedclip"):
        build(spec("nobody"), Settings(home=tmp_path))


def test_a_text_tower_without_configuration_is_not_fetched_from_the_hub(tmp_path: Path) -> None:
    folder = configured(tmp_path / "model", hf_model_name="owner/text")
    with pytest.raises(Unavailable, match=r"hf download owner/text config\.json --local-dir"):
        build(spec(folder), Settings())


def test_a_damaged_configuration_is_said_so(tmp_path: Path) -> None:
    (configured(tmp_path / "model") / "open_clip_config.json").write_text("[")
    with pytest.raises(Unavailable, match=r"open_clip_config\.json of model 'model' is damaged"):
        build(spec(tmp_path / "model"), Settings())


def test_without_the_library_the_extra_is_named(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "sys.modules['open_clip'] = sys.modules['torchvision'] = None\n"
        "from overread import plugins\n"
        "from overread.errors import Unavailable\n"
        "from overread.settings import ModelSpec, Settings\n"
        "built = plugins.builder('backends', 'open_clip')(ModelSpec(backend='o', model=sys.argv[1]), Settings())\n"
        "try:\n    built.embed_texts(['a'])\nexcept Unavailable as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", script, str(configured(tmp_path / "model"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "pip install 'overread[open-clip]'" in done.stdout


def test_a_model_of_the_home_is_found_by_its_catalogued_name_and_embeds(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny, tmp_path / "models" / "biomedclip")
    backend = build(spec("biomedclip"), Settings(home=tmp_path, torch_threads=1))
    pictures = backend.embed_pictures([make_picture(1), make_picture(9, 100, 140)])
    texts = backend.embed_texts(["no pleural effusion", "normal chest radiograph " * 40])
    assert pictures.shape == texts.shape == (2, 16)
    assert np.linalg.norm(pictures, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert backend.embed_pictures([]).shape == backend.embed_texts([]).shape == (0, 16)
    assert backend.logit_scale == pytest.approx(1 / 0.07, rel=1e-4)


@pytest.mark.slow
def test_loading_asks_no_hub(tiny: Path) -> None:
    """Also where the environment does not forbid it: no connection is so much as tried."""
    script = (
        "import socket, sys\n"
        "tried = []\n"
        "def refuse(self, address):\n    tried.append(address)\n    raise OSError('no network')\n"
        "socket.socket.connect = refuse\n"
        "from overread import plugins\n"
        "from overread.settings import ModelSpec, Settings\n"
        "built = plugins.builder('backends', 'open_clip')(ModelSpec(backend='o', model=sys.argv[1]), Settings())\n"
        "print(built.embed_texts(['normal chest']).shape, tried)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    command = [sys.executable, "-c", script, str(tiny)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False, env=environment)
    assert (done.returncode, done.stdout.strip()) == (0, "(1, 16) []"), done.stderr


def test_damaged_weights_are_unavailable(tiny: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    (folder / "open_clip_model.safetensors").write_bytes(b"\0" * 64)
    with pytest.raises(Unavailable, match="'model' does not load in OpenCLIP"):
        build(spec(folder), Settings(torch_threads=1)).embed_pictures([make_picture()])
