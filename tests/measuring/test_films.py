"""The table of films: what is taken, what is left out and counted, and what is refused without a name."""

from pathlib import Path

import pytest

from overread.errors import ModelRefused
from overread.measuring.films import Films, Wanted, read_films

NAME = "Doe^Jane-19700101.png"
HEAD = "id,path,patient_id,view,split,source,Edema,Fracture"


def table(folder: Path, *rows: str, head: str = HEAD, name: str = "manifest.csv") -> Path:
    (folder / "a.png").write_bytes(b"a picture")
    (folder / NAME).write_bytes(b"a picture")
    (folder / name).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return folder


def read(folder: Path, **wanted: object) -> Films:
    return read_films(folder, Wanted(**wanted))  # type: ignore[arg-type]


def test_labels_are_yes_no_or_not_known(tmp_path: Path) -> None:
    films = read(table(tmp_path, "1,a.png,p1,PA,dev,x,1,", "2,a.png,p2,,dev,x,0,-1", "3,a.png,p2,AP supine,dev,x,,1.0"))
    assert [dict(film.labels) for film in films.films] == [{"Edema": True}, {"Edema": False}, {"Fracture": True}]
    assert (films.patients, films.labels, films.counts("Edema")) == (2, ("Edema", "Fracture"), (1, 1))


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    rows = ["1,a.png,p,L,dev,x,1,", "2,gone.png,p,PA,dev,x,1,", "3,a.png,p,PA,test,x,1,", "4,a.png,p,PA,dev,y,1,"]
    films = read(table(tmp_path, *rows, "5,a.png,p,PA,dev,x,1,"), split="dev", source="x")
    assert [film.row for film in films.films] == [6]
    assert films.left_out == {"not frontal": 1, "image not there": 1, "another split": 1, "another source": 1}


def test_a_plain_list_of_paths_and_labels_will_do(tmp_path: Path) -> None:
    films = read(table(tmp_path, "a.png,1", f"{NAME},0", head="path,Edema", name="labels.csv"))
    assert (len(films.films), films.patients, films.patients_known) == (2, 2, False)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"1,{NAME},p1,PA,dev,x,maybe,", "row 2, column 'Edema'"),
        ("1,../../etc/passwd,p1,PA,dev,x,1,", "row 2: a path leads out"),
        ("1,/etc/passwd,p1,PA,dev,x,1,", "row 2: a path leads out"),
    ],
)
def test_a_wrong_row_is_told_by_its_number_and_nothing_of_it(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(ModelRefused, match=said) as refused:
        read(table(tmp_path, row))
    assert not any(secret in str(refused.value) for secret in ("Doe", "p1", "passwd", "maybe"))


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "outside.png").write_bytes(b"")
    (folder / "in.png").symlink_to(tmp_path / "outside.png")
    with pytest.raises(ModelRefused, match="leads out"):
        read(table(folder, "1,in.png,p,PA,dev,x,1,"))


@pytest.mark.parametrize(("head", "said"), [("id,Edema", "no column 'path'"), ("path,Gout", "no column of a label")])
def test_a_table_without_its_columns_is_refused(tmp_path: Path, head: str, said: str) -> None:
    with pytest.raises(ModelRefused, match=said):
        read(table(tmp_path, head=head))


def test_no_table_and_no_film_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=r"neither manifest\.csv nor labels\.csv"):
        read(tmp_path)
    with pytest.raises(ModelRefused, match="1 not frontal"):
        read(table(tmp_path, "1,a.png,p,L,dev,x,1,"))
    (tmp_path / "manifest.csv").write_bytes(HEAD.encode() + b"\n\xff\xfe")
    with pytest.raises(ModelRefused, match="damaged after row"):
        read(tmp_path)


def test_a_limit_takes_one_film_of_each_patient_first_and_the_same_patients_each_time(tmp_path: Path) -> None:
    rows = [f"{n},a.png,p{n // 3},PA,dev,x,1," for n in range(60)]
    first = read(table(tmp_path, *rows), limit=15)
    again = read(table(tmp_path, *reversed(rows)), limit=15)
    assert (len(first.films), first.patients) == (15, 15)
    assert {film.patient for film in first.films} == {film.patient for film in again.films}
    assert read(tmp_path, limit=25).patients == 20


def test_a_patient_is_not_shown_with_a_film(tmp_path: Path) -> None:
    assert "p1" not in repr(read(table(tmp_path, "1,a.png,p1,PA,dev,x,1,")).films)
