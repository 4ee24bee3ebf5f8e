"""Exit codes, one clear line, no traceback, no patient's data."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from overread.cli.boundary import run
from overread.cli.ending import exit_code, stopped
from overread.errors import CaseBusy, PluginError, PromptError, SettingsError, Unavailable, Unreadable, UsageError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (Unreadable("corrupt_pixels", "x", "y"), 2),
        (SettingsError("x"), 2),
        (PromptError("x"), 2),
        (PluginError("x"), 2),
        (Unavailable("x"), 1),
        (CaseBusy("x"), 1),
    ],
)
def test_every_error_of_ours_has_its_exit_code(error: Exception, code: int) -> None:
    assert exit_code(error) == code


@pytest.fixture
def broken_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A profile whose tool raises an error that holds a name."""
    (tmp_path / "broken_tool_extension.py").write_text("def build(parts):\n    raise ValueError('DOE^JANE')\n")
    (tmp_path / "broken.yaml").write_text("describe: x\ntools: [tmp.broken_tool_extension]\n")
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / "broken_tool_extension.py").write_text("def build(parts):\n    raise ValueError('DOE^JANE')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return ["-c", f"profiles_dir={tmp_path}", "-c", "profile=broken"]


def test_a_foreign_error_shows_its_type_and_never_its_text(overread, broken_profile: list[str]) -> None:
    said = overread(*broken_profile, "tool", "header", "anything")
    assert said.code == 1
    assert "ValueError" in said.err
    assert "DOE" not in said.err
    assert "Traceback" not in said.err


def test_debug_lets_the_error_through(home: Path, broken_profile: list[str]) -> None:
    with pytest.raises(ValueError, match="DOE"):
        run(["--debug", *broken_profile, "tool", "header", "anything"])


def test_an_unknown_option_is_bad_usage(overread) -> None:
    assert overread("read", "--no-such-option").code == 2


def test_the_version_is_printed(overread) -> None:
    from overread import __version__

    assert overread("--version").out == f"overread {__version__}\n"
    as_module = subprocess.run(
        [sys.executable, "-m", "overread", "--version"], capture_output=True, text=True, check=True
    )
    assert as_module.stdout == f"overread {__version__}\n"


def test_help_and_worklist_load_no_model_library_and_no_graph() -> None:
    code = (
        "import sys, tempfile\n"
        "from overread.cli.boundary import run\n"
        "run(['--help'])\n"
        "run(['-c', 'home=' + tempfile.mkdtemp(), 'review', 'list'])\n"
        "heavy = {'torch', 'transformers', 'gradio', 'langgraph', 'skimage', 'scipy'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_is_told_with_what_to_do() -> None:
    with pytest.raises(OSError, match="No space") as full, Path("/dev/full").open("w") as stream:
        stream.write("DOE^JANE")
    assert stopped(full.value).startswith("stopped: no space left on device; make room on the disk")


def test_a_full_store_is_told_with_what_to_do() -> None:
    store = sqlite3.connect(":memory:")
    store.execute("PRAGMA max_page_count=2")
    store.execute("CREATE TABLE kept (name TEXT)")
    with pytest.raises(sqlite3.OperationalError) as full:
        store.execute("INSERT INTO kept VALUES (?)", ("DOE^JANE" * 10_000,))
    store.close()
    assert stopped(full.value).startswith("stopped: no room is left for the store; make room")


@pytest.mark.parametrize("damage", [b"no database at all" * 100, None])
def test_a_damaged_database_is_told_with_what_to_do(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("CREATE TABLE kept (name TEXT)")
        store.executemany("INSERT INTO kept VALUES (?)", [("DOE^JANE" * 100,)] * 100)
    content = path.read_bytes()
    path.write_bytes(damage or content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(sqlite3.DatabaseError) as broken, closing(sqlite3.connect(path)) as store:
        store.execute("SELECT count(*) FROM kept").fetchall()
    said = stopped(broken.value)
    assert said.startswith("stopped: a database in 'home' is damaged (SQLITE_")
    assert "restore the last backup" in said


def test_a_home_whose_file_is_no_database_says_which_and_what_to_do(overread, tmp_path: Path) -> None:
    (tmp_path / "cases.sqlite").write_bytes(b"no database at all" * 100)
    said = overread("-c", f"home={tmp_path}", "review", "list")
    assert said.code == 1
    assert f"{tmp_path / 'cases.sqlite'} cannot be used: file is not a database; is there room" in said.err
    assert "restore the last backup" in said.err


@pytest.mark.parametrize("inside", [(), ("deeper",)])
@pytest.mark.parametrize("command", ["read", "batch"])
def test_a_file_where_out_names_a_folder_is_refused_before_anything_is_read(
    overread, tmp_path: Path, command: str, inside: tuple[str, ...]
) -> None:
    (tmp_path / "film.png").write_bytes(b"")
    (tmp_path / "taken").write_text("mine")
    out = tmp_path.joinpath("taken", *inside)
    said = overread("-c", f"home={tmp_path / 'home'}", command, str(tmp_path / "film.png"), "--out", str(out))
    assert said.code == 2
    assert f"{tmp_path / 'taken'} is a file; --out needs a folder" in said.err
    assert (tmp_path / "taken").read_text() == "mine"
    assert not (tmp_path / "home").exists()


def test_what_the_system_says_is_told_without_the_path(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="DOE") as gone:
        (tmp_path / "DOE^JANE").read_bytes()
    assert stopped(gone.value) == (
        "stopped with FileNotFoundError: no such file or directory; 'overread --debug …' shows where"
    )


def test_a_home_that_cannot_be_made_is_named(overread, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = overread("-c", f"home={tmp_path / 'file' / 'home'}", "status")
    assert said.code == 2
    assert said.err == (
        f"overread: setting 'home': the folder {tmp_path / 'file' / 'home'} cannot be made: Not a directory\n"
    )
