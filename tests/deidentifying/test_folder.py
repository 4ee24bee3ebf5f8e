"""Files, folders and zips in; a tree by new UIDs out."""

import zipfile
from pathlib import Path

import pytest

from overread.deidentifying.checking import check_files
from overread.deidentifying.folder import Deidentifier
from overread.deidentifying.options import Options
from overread.deidentifying.pseudonyms import Pseudonyms
from overread.deidentifying.records import Refused, Written
from overread.errors import UsageError
from overread.pixel_text.found import TextBox
from overread.ports import Picture
from overread.settings import Limits
from tests.deidentifying.conftest import KEY, SECRETS, bytes_of, named


class Corner:
    """Sees text in the first rows of every picture, as a finder does."""

    def find(self, picture: Picture) -> tuple[TextBox, ...]:
        return (TextBox(top=4, left=4, height=8, width=20, kind="text"),)


def run(inputs: list[Path], out: Path, finder: Corner | None = None) -> list[Written | Refused]:
    options = Options(pixels="keep" if finder is None else "clean")
    return list(Deidentifier(out, options, Pseudonyms(KEY), finder, Limits()).run(inputs))


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """A folder whose own names name the patient: a film, a zip with another, a text."""
    folder = tmp_path / "QUARTZMANN"
    folder.mkdir()
    (folder / "QUARTZMANN-19410703.dcm").write_bytes(bytes_of(named()))
    (folder / "note.txt").write_text("QUARTZMANN")
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("ZX-4711-77/second.dcm", bytes_of(named(SOPInstanceUID="1.2.999.77.9")))
    return folder


def test_names_of_files_are_the_new_uids(sent: Path, tmp_path: Path) -> None:
    done = run([sent], tmp_path / "out")
    written = [item for item in done if isinstance(item, Written)]
    refused = [item for item in done if isinstance(item, Refused)]
    files = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert sorted(str(path.relative_to(tmp_path / "out")) for path in files) == sorted(item.file for item in written)
    assert [item.because for item in refused] == ["not_dicom"]
    assert len(files) == 2
    assert len({path.parent for path in files}) == 1  # one series still
    tree = "\n".join(map(str, files)).replace(str(tmp_path), "") + "".join(
        p.read_bytes().decode("latin1") for p in files
    )
    assert [secret for secret in SECRETS if secret in tree] == []


def test_once_more_changes_nothing(sent: Path, tmp_path: Path) -> None:
    run([sent], tmp_path / "out")
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in (tmp_path / "out").rglob("*.dcm")}
    run([sent], tmp_path / "out")
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in (tmp_path / "out").rglob("*.dcm")} == before


def test_another_object_of_the_same_uids_is_refused_and_the_first_stays(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "1.dcm").write_bytes(bytes_of(named()))
    (folder / "2.dcm").write_bytes(bytes_of(named(InstanceNumber="77")))
    (folder / "3.dcm").write_bytes(bytes_of(named()))
    first, other, again = run([folder], tmp_path / "out")
    assert isinstance(first, Written)
    assert isinstance(other, Refused)
    assert (other.input, other.because) == ("2.dcm", "same_uids")
    assert again == first
    (file,) = (tmp_path / "out").rglob("*.dcm")
    run([folder / "1.dcm"], tmp_path / "alone")
    assert file.read_bytes() == (tmp_path / "alone" / first.file).read_bytes()


def test_the_output_may_not_lie_in_the_input(sent: Path) -> None:
    with pytest.raises(UsageError):
        run([sent], sent / "out")


def test_a_check_tells_before_from_after(sent: Path, tmp_path: Path) -> None:
    run([sent / "QUARTZMANN-19410703.dcm"], tmp_path / "out", Corner())
    before = check_files([sent / "QUARTZMANN-19410703.dcm"], Limits()).remains
    assert {item.why for item in before} == {
        "preamble", "private", "listed", "date", "uid", "pixels", "not_recorded", "meta",
    }  # fmt: skip
    assert {"PatientName", "RequestAttributesSequence.RequestedProcedureID"} <= {item.attribute for item in before}
    assert "QUARTZ" not in "".join(item.attribute + item.why for item in before)
    assert check_files([tmp_path / "out"], Limits()).remains == ()


def test_without_a_look_at_the_pixels_they_are_not_called_clean(sent: Path, tmp_path: Path) -> None:
    run([sent / "QUARTZMANN-19410703.dcm"], tmp_path / "out")
    assert [item.why for item in check_files([tmp_path / "out"], Limits()).remains] == ["pixels"]


def test_text_is_painted_over_in_the_stored_values(sent: Path, tmp_path: Path) -> None:
    from pydicom import dcmread

    (sent / "note.txt").unlink()
    run([sent / "QUARTZMANN-19410703.dcm"], tmp_path / "out", Corner())
    (path,) = (tmp_path / "out").rglob("*.dcm")
    after, before = dcmread(path), named()
    assert after.BurnedInAnnotation == "NO"
    assert "113101" in [item.CodeValue for item in after.DeidentificationMethodCodeSequence]
    changed = after.pixel_array != before.pixel_array
    assert changed[4:12, 4:24].mean() > 0.5
    assert not changed[20:].any()
    assert len(set(after.pixel_array[4:12, 4:24].ravel())) == 1
