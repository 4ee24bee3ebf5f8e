"""The command line as a user has it: in process, on a store of its own, with the scripted models."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from overread.cli.boundary import run
from overread.testing.phantoms import sample_recipe, write_study


@dataclass(frozen=True)
class Said:
    """What a command gave: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Overread = Callable[..., Said]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OVERREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OVERREAD_PROFILE", "scripted")
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "home"


@pytest.fixture
def overread(home: Path, capfd: pytest.CaptureFixture[str]) -> Overread:
    def call(*arguments: object) -> Said:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Said(code, out, err)

    return call


@pytest.fixture(scope="session")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A phantom study as a folder of one DICOM file."""
    folder = tmp_path_factory.mktemp("phantom") / "study"
    write_study(folder, sample_recipe(3, view="PA", flipped=False), size=256)
    return folder
