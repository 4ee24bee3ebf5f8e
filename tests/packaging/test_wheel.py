"""The wheel: everything the program needs is in it, and nothing but the package."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the files in a wheel that is built without an isolated environment."""
    out = tmp_path_factory.mktemp("wheel")
    code = "from setuptools import build_meta; import sys; print(build_meta.build_wheel(sys.argv[1]))"
    copy = out / "tree"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(copy)], check=True)
    done = subprocess.run([sys.executable, "-c", code, str(out)], cwd=copy, check=True, capture_output=True, text=True)
    with zipfile.ZipFile(out / done.stdout.splitlines()[-1]) as wheel:
        return set(wheel.namelist())


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "overread/py.typed",
        "overread/prompts/LOCK",
        "overread/prompts/report/v1.md",
        "overread/models/profiles/embedded.yaml",
        "overread/outputs/templates/report.html.jinja",
        "overread/labeler/phrases.yaml",
        "overread/evals/suites/scenarios/17_blank_pixels.yaml",
        "overread/models/segmenter/model.safetensors",
        "overread/models/clip/model.safetensors",
        "overread/models/vlm/model.safetensors",
        "overread/models/vlm/chat_template.jinja",
    ],
)
def test_the_wheel_holds_what_the_program_reads(names: set[str], name: str) -> None:
    assert name in names


@pytest.mark.slow
def test_the_wheel_installs_nothing_but_overread(names: set[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in names} == {"overread"}
