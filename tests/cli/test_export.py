"""`overread export` from the command line."""

from pathlib import Path

from pydicom import dcmread

from tests.cli.conftest import Overread


def test_a_case_is_written_into_a_folder_of_its_own(overread: Overread, phantom: Path, tmp_path: Path) -> None:
    case_id = overread("read", phantom, "--json").json["case_id"]
    said = overread("export", case_id, "--to", tmp_path / "out", "--as", "sr,seg", "--json")
    path = tmp_path / "out" / case_id / "seg.dcm"
    assert said.code == 0, said.err
    assert said.json["files"] == {"sr": [], "seg": [str(path)]}
    assert "neither a finding nor a measurement" in said.json["why_not"]["sr"]
    assert dcmread(path).SegmentationType == "BINARY"


def test_what_is_wrong_is_said_in_one_line(overread: Overread, tmp_path: Path) -> None:
    assert "sr" in [item["kind"] for item in overread("export", "--list", "--json").json]
    for asked, code, words in (
        (["c-ffffffffffff", "--to", tmp_path / "out"], 1, "no case c-ffffffffffff here"),
        (["c-ffffffffffff", "--to", tmp_path / "out", "--as", "fax"], 2, "no kind of output named 'fax'"),
        (["c-ffffffffffff"], 2, "give a case and a folder"),
    ):
        said = overread("export", *asked)
        assert (said.code, said.out) == (code, "")
        assert words in said.err
        assert said.err.count("\n") == 1
    assert not (tmp_path / "out").exists()
