"""The table of films: what is taken, what is left out and counted, and what is refused without a name."""

from pathlib import Path

import pytest

from overread.errors import ModelRefused
from overread.measuring.film import Films, Wanted
from overread.measuring.films import read_films

NAME = "Doe^Jane-19700101.png"
HEAD = "id,path,patient_id,view,split,source,Edema,Fracture"


def table(folder: Path, *rows: str, head: str = HEAD, name: str = "manifest.csv") -> Path:
    for picture in ("a.png", "b.png", "c.png", NAME):
        (folder / picture).write_bytes(picture.encode())
    (folder / name).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return folder


def read(folder: Path, **wanted: object) -> Films:
    return read_films(folder, Wanted(**wanted))  # type: ignore[arg-type]


def test_labels_are_yes_no_or_not_known(tmp_path: Path) -> None:
    films = read(table(tmp_path, "1,a.png,p1,PA,dev,x,1,", "2,b.png,p2,,dev,x,0,-1", "3,c.png,p2,AP supine,dev,x,,1.0"))
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
    for n in range(60):
        (tmp_path / f"{n}.png").write_bytes(bytes([n]))
    rows = [f"{n},{n}.png,p{n // 3},PA,dev,x,1," for n in range(60)]
    first = read(table(tmp_path, *rows), limit=15)
    again = read(table(tmp_path, *reversed(rows)), limit=15)
    assert (len(first.films), first.patients) == (15, 15)
    assert {film.patient for film in first.films} == {film.patient for film in again.films}
    assert read(tmp_path, limit=25).patients == 20


def test_a_patient_is_not_shown_with_a_film(tmp_path: Path) -> None:
    assert "p1" not in repr(read(table(tmp_path, "1,a.png,p1,PA,dev,x,1,")).films)


def test_a_film_that_is_there_twice_counts_once_and_not_at_all_where_its_rows_contradict(tmp_path: Path) -> None:
    (tmp_path / "copy.png").write_bytes(b"b.png")
    rows = ["1,a.png,p,,dev,x,1,", "2,a.png,p,,dev,x,1,", "3,b.png,p,,dev,x,1,", "4,copy.png,q,,dev,x,0,"]
    films = read(table(tmp_path, *rows, "5,c.png,p,,dev,x,0,"))
    assert [film.row for film in films.films] == [2, 6]
    assert films.rows_left_out == {"the same film again": (3,), "the same film with other labels": (4, 5)}


def test_a_column_of_ones_and_zeros_that_is_no_label_is_told_with_what_it_may_mean(tmp_path: Path) -> None:
    films = read(table(tmp_path, "a.png,1,0,67,F", "b.png,0,1,,M", head="path,Edema,effusion,age,note"))
    (told,) = films.notes
    assert "'effusion' is no label" in told
    assert "'Pleural Effusion'" in told


def test_signed_reports_in_a_column_are_read_and_a_label_that_is_given_comes_first(tmp_path: Path) -> None:
    rows = ['a.png,"Large left pleural effusion. No pneumothorax.",', "b.png,Normal chest radiograph.,1", "c.png,,0"]
    films = read(table(tmp_path, *rows, head="path,report,Edema"))
    first, second, third = (dict(film.labels) for film in films.films)
    assert (first["Pleural Effusion"], first["Pneumothorax"], "Edema" in first) == (True, False, False)
    assert (second["Edema"], second["Fracture"], second["No Finding"], "Support Devices" in second) == (
        True,
        False,
        True,
        False,
    )
    assert third == {"Edema": False}


def test_a_report_beside_each_film_will_do(tmp_path: Path) -> None:
    for name, text in {"a": "Pulmonary edema.", "b": "\ufeffNo edema.", "d": "Erect."}.items():
        (tmp_path / f"{name}.png").write_bytes(name.encode())
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    (tmp_path / "c.png").write_bytes(b"c")
    (tmp_path / "e.png").write_bytes(b"e")
    (tmp_path / "e.txt").write_bytes(b"\xff\xfe")
    films = read(tmp_path)
    assert [film.labels.get("Edema") for film in films.films][:2] == [True, False]
    assert (films.patients_known, films.patients) == (False, len(films.films))
    assert films.left_out["no report beside it"] == films.left_out["report is not UTF-8 text"] == 1


def test_the_only_other_table_is_taken_and_of_several_one_is_to_be_named(tmp_path: Path) -> None:
    table(tmp_path, "a.png,1", head="path,Edema", name="ward.csv")
    assert len(read(tmp_path).films) == 1
    (tmp_path / "more.csv").write_text("path,Edema\n")
    with pytest.raises(ModelRefused, match="--labels"):
        read(tmp_path)
    assert len(read_films(tmp_path, Wanted(), tmp_path / "ward.csv").films) == 1
    with pytest.raises(ModelRefused, match="cannot be read"):
        read_films(tmp_path, Wanted(), tmp_path / "gone.csv")
    with pytest.raises(ModelRefused, match="no such data folder"):
        read(tmp_path / "gone")
