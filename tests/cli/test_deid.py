"""`overread deid` from the command line."""

from pathlib import Path

from tests.cli.conftest import Overread


def test_objects_are_written_and_checked(overread: Overread, phantom: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = overread("deid", phantom, "--to", out, "--pixels", "keep", "--json")
    assert said.code == 0, said.err
    (written,) = said.json["written"]
    assert (out / written["file"]).is_file()
    assert "PHANTOM" not in said.out
    again = overread("deid", phantom, "--to", out, "--pixels", "keep")
    assert (again.code, "1 objects written, 0 files refused" in again.out) == (0, True)

    before, after = overread("deid", "--check", phantom), overread("deid", "--check", out, "--json")
    assert (before.code, "PatientName" in before.out) == (1, True)
    assert [item["why"] for item in after.json["remains"]] == ["pixels"]


def test_what_is_wrong_is_said_and_costs_only_itself(overread: Overread, phantom: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("no film")
    said = overread("deid", folder, phantom, "--to", tmp_path / "out", "--pixels", "keep")
    assert said.code == 3
    assert "a.txt: refused (not_dicom)" in said.err
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == 1
    for asked, words in (
        ([phantom], "give a folder"),
        ([phantom, "--to", tmp_path / "x", "--dates", "never"], "--dates"),
    ):
        wrong = overread("deid", *asked)
        assert (wrong.code, words in wrong.err) == (2, True)
    assert not (tmp_path / "x").exists()
