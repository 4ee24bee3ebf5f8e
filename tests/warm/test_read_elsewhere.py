"""`overread read` where a process of the same home has its models loaded: read there, with the very same result."""

import itertools
import json
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from overread.batch.worker import Worker
from overread.cli.loading import load_models
from overread.errors import SettingsError
from overread.settings import load_settings
from overread.testing.phantoms import negative_to_dicom, sample_recipe, write_study
from overread.warm.asking import Given, request_of
from overread.warm.fingerprint import fingerprint
from overread.warm.seats import Seats
from overread.warm.sockets import found
from overread.warm.wire import Place
from tests.batch.watching import put, states
from tests.cli.conftest import Overread
from tests.graphs.rooms import scripted_room, scripted_tools
from tests.warm.conftest import reading

THERE, HERE = "read by a worker or page of this home", "read in this process: "
TIMES = {"started", "ended", "raised_at", "at"}


def timeless(told: Any) -> Any:
    """Leave times out, and what is a digest of them."""
    if isinstance(told, dict):
        return {key: timeless(value) for key, value in told.items() if key not in TIMES}
    return [timeless(item) for item in told] if isinstance(told, list) else told


def test_what_is_read_there_is_what_is_read_here_but_for_times(
    overread: Overread, home: Path, phantom: Path, tmp_path: Path
) -> None:
    with reading():
        there = overread("read", phantom, "-v")
    assert there.err.split("\n")[:1] == [THERE]
    folder = next((tmp_path / "out").iterdir())
    kept = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    shutil.rmtree(tmp_path / "out")
    key = (home / "patient.key").read_bytes()
    shutil.rmtree(home)
    home.mkdir()
    (home / "patient.key").write_bytes(key)
    here = overread("read", phantom)
    assert (there.code, there.out) == (here.code, here.out)
    now = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert set(now) == set(kept)
    name = Path("case.json")
    assert timeless(json.loads(kept.pop(name))) == timeless(json.loads(now.pop(name)))
    assert {path for path in now if now[path] != kept[path]} == set()
    assert (folder / "case.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("reader")
def test_json_is_case_json(overread: Overread, phantom: Path, tmp_path: Path) -> None:
    said = overread("read", phantom, "--json", "-v", "--out", tmp_path / "elsewhere" / "deep")
    assert THERE in said.err
    folder = tmp_path / "elsewhere" / "deep" / said.json["case_id"]
    assert said.json == json.loads((folder / "case.json").read_text())


def test_refusals_errors_and_what_is_told_at_once_are_the_same(
    overread: Overread, home: Path, phantom: Path, tmp_path: Path
) -> None:
    negative_to_dicom("hand", 1, body_part="HAND").save_as(tmp_path / "hand.dcm", enforce_file_format=True)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    (tmp_path / "order.yaml").write_text("priority: yesterday\n")
    write_study(tmp_path / "other", sample_recipe(2, view="PA", flipped=False), size=128)
    calls = (
        ("read", tmp_path / "hand.dcm"),
        ("read", tmp_path / "hand.dcm", "--json"),
        ("read", tmp_path / "broken.png"),
        ("read", tmp_path / "missing.dcm"),
        ("read", phantom, "--order", tmp_path / "order.yaml"),
        ("read", phantom, "--prior", tmp_path / "other"),
    )
    with reading():
        there = [overread(*call) for call in calls]
    assert there == [overread(*call) for call in calls]
    assert [said.code for said in there] == [3, 3, 2, 2, 2, 0]
    assert "Identity alert" in there[-1].err


@pytest.mark.usefixtures("reader")
def test_it_is_read_here_where_asked_for_and_where_anything_differs(
    overread: Overread, phantom: Path, home: Path
) -> None:
    for before, after, why in (
        ((), ("--no-worker",), "as asked for"),
        (("-c", "reading.warm=off"), (), "as asked for"),
        (("--debug",), (), "as asked for"),
        (("-c", "tool_seconds=77"), (), "what runs has other settings, models or another version"),
    ):
        said = overread(*before, "read", phantom, "-v", *after)
        assert said.code == 0
        assert HERE + why in said.err
    assert overread("-c", "reading.lease_seconds=9", "-c", "app_port=9", "read", phantom, "-v").err == f"{THERE}\n"
    assert overread("read", phantom).err == ""


def test_another_version_of_the_program_or_of_its_files_is_another_fingerprint(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint(load_settings())
    assert fingerprint(load_settings(log_format="json")) == before
    card = home / "catalogue" / "mine" / "card.json"
    card.parent.mkdir(parents=True)
    card.write_text("{}")
    measured = fingerprint(load_settings())
    assert measured != before
    card.write_text("{ }")
    assert fingerprint(load_settings()) not in (before, measured)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert fingerprint(load_settings()) != fingerprint(load_settings(profile="embedded"))
    with pytest.raises(SettingsError):
        fingerprint(load_settings(profile="nobody"))


def test_a_socket_or_folder_that_others_could_have_made_is_not_used(
    overread: Overread, phantom: Path, home: Path, reader: Seats
) -> None:
    (path,) = found(home)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    for place, mode in ((path, 0o660), (path.parent, 0o770)):
        before = place.stat().st_mode
        place.chmod(mode)
        assert found(home) == []
        assert HERE in overread("read", phantom, "-v").err
        place.chmod(before)
    assert THERE in overread("read", phantom, "-v").err
    assert not reader.taken


def test_what_only_the_asking_process_can_open_stays_with_it(tmp_path: Path, phantom: Path) -> None:
    assert request_of(Given((Path("/dev/stdin"),)), "f") is None
    assert request_of(Given((tmp_path / "none",)), "f") is None
    asked = request_of(Given((phantom,), out=tmp_path / "a" / "b"), "f")
    assert asked is not None
    assert (asked.out_is_under.path, all(place.is_here() for place in asked.places)) == (tmp_path, True)
    seen = Place.of(phantom)
    assert not seen.model_copy(update={"inode": seen.inode + 1}).is_here()
    assert not seen.model_copy(update={"path": tmp_path / "gone"}).is_here()


def test_one_that_is_busy_or_ends_reads_nothing_more(overread: Overread, phantom: Path, home: Path) -> None:
    with reading(Seats(0)):
        assert "what runs is busy" in overread("read", phantom, "-v").err
    seats = Seats(2)
    with reading(seats):
        seats.close()
        assert "what runs is about to end" in overread("read", phantom, "-v").err
    assert list((home / "readers").iterdir()) == []
    assert "no worker or page of this home runs" in overread("read", phantom, "-v").err


def test_two_are_read_at_once(overread: Overread, tmp_path: Path, home: Path) -> None:
    from overread.cli.boundary import run

    for number in (1, 2):
        write_study(tmp_path / str(number), sample_recipe(number, view="PA", flipped=False), size=64)
    with reading(), ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, (["read", str(tmp_path / "1")], ["read", str(tmp_path / "2")]))) == [0, 0]
    assert len(overread("review", "list", "--json").json) == 2


def test_a_long_home_has_a_socket_too(monkeypatch: pytest.MonkeyPatch, overread: Overread, phantom: Path) -> None:
    monkeypatch.setenv("OVERREAD_HOME", str(phantom.parent / ("long" * 30) / "home"))
    with reading():
        assert THERE in overread("read", phantom, "-v").err


@pytest.mark.usefixtures("reader")
def test_the_asking_process_loads_nothing_that_reads(phantom: Path, tmp_path: Path) -> None:
    heavy = ("torch", "transformers", "langgraph", "langchain_core", "sqlalchemy", "numpy", "pydicom", "PIL", "gradio")
    code = (
        "import sys; from overread.cli.boundary import run; code = run(sys.argv[1:]); "
        f"print(code, sorted(set({heavy}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "read", str(phantom), "-v"], capture_output=True, text=True, check=True
    )
    assert THERE in done.stderr
    assert done.stdout.splitlines()[-1] == "0 []"
    with Image.open(next((tmp_path / "out").glob("*/overlay.png"))) as overlay:
        assert overlay.size[0] > 100


def test_a_case_that_a_person_waits_for_has_a_place_of_those_of_the_queue(
    home: Path, phantom: Path, tmp_path: Path
) -> None:
    shutil.copytree(phantom, tmp_path / "in" / "study")  # others write beside the phantom
    with scripted_room(home) as room:
        put(room.home, tmp_path / "in")
        seats, stop = Seats(1), threading.Event()
        worker = Worker(room, slots=1, seats=seats)
        with seats.one() as free:
            ticks = itertools.count()
            worker.run(stop, lambda: next(ticks) > 2)
            assert free
            assert states(room.home) == {("waiting", 0): 1}
        worker.run(stop, lambda: not worker.left())
        assert states(room.home) == {("done", 0): 1}


def test_to_load_models_each_tool_is_shown_a_phantom_that_becomes_no_case(home: Path) -> None:
    tools = scripted_tools()
    with scripted_room(home, tools) as room:
        load_models(room)
        load_models(room, lambda: True)
        assert room.store.rows() == []
    assert {name: tool.runs for name, tool in tools.items()} == dict.fromkeys(tools, 1)
