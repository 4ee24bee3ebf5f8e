"""A command of the operator's: JSON on its standard input, its exit code is the answer."""

import sys
from pathlib import Path

import pytest

from overread.channels import Channel
from overread.escalation.command import run_command
from overread.escalation.outcome import NotSent, Unclear

BODY = '{"case": "c-1", "role": "Bereitschaft für Ärzte"}'.encode()


def python(code: str, *arguments: object, seconds: float = 30) -> Channel:
    return Channel(kind="command", command=(sys.executable, "-c", code, *map(str, arguments)), seconds=seconds)


def test_it_gets_the_notice_on_standard_input_and_no_shell_reads_its_arguments(tmp_path: Path) -> None:
    code = "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read()); open(sys.argv[2], 'w')"
    run_command(python(code, tmp_path / "in", tmp_path / "$(echo x); y"), BODY)
    assert (tmp_path / "in").read_bytes() == BODY
    assert (tmp_path / "$(echo x); y").is_file()


def test_one_that_reads_nothing_and_prints_much_is_as_good() -> None:
    run_command(python("print('x' * 10**6)"), BODY * 10_000)


def test_another_exit_code_is_a_refusal() -> None:
    with pytest.raises(NotSent, match="ended with 3"):
        run_command(python("raise SystemExit(3)"), BODY)


@pytest.mark.parametrize("command", [("/nowhere/pager",), ("/etc",), ("a\0b",)])
def test_one_that_cannot_be_started_is_known_not_to_have_told(command: tuple[str, ...]) -> None:
    with pytest.raises(NotSent, match="cannot be started"):
        run_command(Channel(kind="command", command=command), BODY)


def test_one_that_dies_may_have_told() -> None:
    with pytest.raises(Unclear, match="signal 9"):
        run_command(python("import os; os.kill(os.getpid(), 9)"), BODY)


def test_one_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    child = "import time, sys; time.sleep(60); open(sys.argv[1], 'w')"
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}, sys.argv[1]])\n"
    with pytest.raises(Unclear, match="did not end within 3 s"):
        run_command(python(code + "time.sleep(60)", tmp_path / "late", seconds=3), BODY)


def test_a_channel_without_a_command_is_refused_when_it_is_set() -> None:
    with pytest.raises(ValueError, match="needs 'command'"):
        Channel(kind="command")


def test_waits_double_up_to_the_longest() -> None:
    channel = Channel(kind="command", command=("x",), retry_seconds=5, retry_most_seconds=60)
    assert [channel.wait(attempts) for attempts in (1, 2, 3, 4, 5, 50)] == [5, 10, 20, 40, 60, 60]
