"""Exported models: read with no torch in the process, refused when they are damaged, missing or of other weights."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from overread import plugins
from overread.errors import Unavailable
from overread.ports import SegmentationBackend
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture
from overread.testing.phantoms import sample_recipe, write_study
from tests.needs import require

CASE = """
import json, sys
from pathlib import Path
for name in ("torch", "transformers"):
    sys.modules[name] = None  # whoever imports it fails
from overread.cli import main
sys.argv = ["overread", "read", sys.argv[1], "--profile", "tiny", "--out", sys.argv[2], "--json"]
try:
    main()
except SystemExit as stopped:
    code = stopped.code
heavy = ("torch", "transformers")
print("loaded:", [name for name in sys.modules if sys.modules[name] and name.split(".")[0] in heavy])
"""
PROFILE = """
describe: One exported model.
tools: [header, segmentation]
roles:
  segmentation: {backend: onnx, model: %s}
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require("onnx")
    from overread.cataloguing.exporting import export
    from overread.testing.tiny_models import write_segmenter

    folder = tmp_path_factory.mktemp("exported")
    return Path(export(str(write_segmenter(folder / "tiny")), Settings(home=folder / "home"))["path"])


def test_an_export_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    require("onnx")
    from overread.cataloguing.exporting import export
    from overread.testing.tiny_models import write_segmenter

    source, settings = str(write_segmenter(tmp_path / "tiny")), Settings(home=tmp_path / "home")
    first = Path(export(source, settings)["path"])
    (first / "left_over.txt").write_text("of before")
    assert Path(export(source, settings)["path"]) == first
    assert not (first / "left_over.txt").exists()
    assert [path.name for path in first.parent.iterdir()] == [first.name]


def built(model: str, home: Path) -> SegmentationBackend:
    backend: SegmentationBackend = plugins.builder("backends", "onnx")(
        ModelSpec(backend="onnx", model=model), Settings(home=home)
    )
    return backend


def test_a_whole_case_is_read_without_torch(exported: Path, tmp_path: Path) -> None:
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    (profiles / "tiny.yaml").write_text(PROFILE % exported)
    write_study(tmp_path / "study", sample_recipe(7, view="PA"))
    environment = {"OVERREAD_HOME": str(tmp_path / "home"), "OVERREAD_PROFILES_DIR": str(profiles), "PATH": "/usr/bin"}
    command = [sys.executable, "-c", CASE, str(tmp_path / "study"), str(tmp_path / "out")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert "loaded: []" in done.stdout, done.stderr
    case = json.loads(next((tmp_path / "out").rglob("case.json")).read_text())
    assert case["status"] == "awaiting_review"
    run = [item["payload"] for item in case["evidence"] if item["tool"] == "segmentation"]
    assert run, done.stderr


def test_it_answers_for_the_weights_that_it_was_made_of(exported: Path, tmp_path: Path) -> None:
    told = json.loads((exported / "export.json").read_text())
    assert built(str(exported), tmp_path).card.weights_digest == told["weights_digest"]
    assert told["compared"]["largest"] <= told["compared"]["tolerance"]


def test_a_changed_file_is_refused(exported: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in exported.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    (copy / "config.json").write_text((copy / "config.json").read_text() + " ")
    with pytest.raises(Unavailable, match=r"config\.json .* not what was exported"):
        built(str(copy), tmp_path)


def test_without_an_export_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="'overread models export'"):
        built("segmenter", tmp_path).segment(make_picture())


def test_an_export_of_other_weights_than_those_here_is_refused(exported: Path, tmp_path: Path) -> None:
    stale = tmp_path / "models" / "onnx" / "segmenter"
    stale.mkdir(parents=True)
    for path in exported.iterdir():
        (stale / path.name).write_bytes(path.read_bytes())
    with pytest.raises(Unavailable, match="other weights"):
        built("segmenter", tmp_path)
