"""`overread prognosis` says what it cannot measure in a line, before anybody waits."""

from pathlib import Path

from tests.prognosis.test_command import lay


def test_the_command_says_what_is_wrong_in_a_line(overread, tmp_path: Path) -> None:
    folder = lay(tmp_path / "films", 6)
    few = overread("prognosis", folder, "--outcome", "icu")
    assert few.code == 2
    assert "3 patients with the outcome and 3 without" in few.err
    assert overread("prognosis", folder, "--outcome", "x" * 61).code == 2
    assert overread("prognosis", tmp_path / "none", "--outcome", "icu").code == 2
