"""`overread prognosis` refuses what it cannot measure before anybody waits, and measures films for real."""

from pathlib import Path

import pytest
from PIL import Image

from overread.errors import ModelRefused
from overread.prognosis.outcome import ARRAYS, CARD, PLOT, measure_outcome, write
from overread.prognosis.table import read
from overread.settings import ModelSpec, Profile, load_settings
from overread.testing.doubles import make_picture
from overread.tools._outlook_heads import Card

HEADING = "path,patient_id,age,sex,view,icu,1988-5 mg/dL"


def lay(folder: Path, count: int = 22, heading: str = HEADING, row: str | None = None) -> Path:
    """Write films, one a patient, every second with the outcome and a high value, and their table."""
    folder.mkdir(exist_ok=True)
    lines = [heading]
    for number in range(count):
        Image.fromarray(make_picture(number, rows=200, columns=200)).save(folder / f"{number}.png")
        ill = number % 2
        lines.append(
            f"{number}.png,p{number},{40 + number},{'MF'[number % 3 == 0]},PA,{ill},{1 + 9 * ill + number / 10}"
        )
    lines += [row] if row else []
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_films_with_a_table_are_measured_and_leave_a_card_a_head_and_a_plot(tmp_path: Path) -> None:
    spec = ModelSpec(backend="scripted", model="embedding")
    profile = Profile(name="one", describe="One model.", tools=(), roles={"classification": spec})
    home = tmp_path / "home"
    done = measure_outcome(
        read(lay(tmp_path / "films"), "icu"), "7 days", profile, load_settings(home=home), lambda *_: None, repeats=1
    )
    folder = write(done, home)
    card = Card.model_validate_json((folder / CARD).read_bytes())
    assert {path.name for path in folder.iterdir()} == {CARD, ARRAYS, PLOT}
    assert (card.patients, card.with_outcome, card.horizon) == (22, 11, "7 days")
    assert [field.name for field in card.fields] == ["age", "sex", "1988-5"]  # the view is of all films the same
    assert card.fields[2].low == pytest.approx(10)  # mg/L, given as 1 mg/dL
    record = next(one for one in card.measured if one.arm == "record")
    assert record.auroc.low > 0.8
    assert card.unmet == ("fewer than 30 patients with the outcome, or without it",)


@pytest.mark.parametrize(
    ("heading", "row", "why"),
    [
        (HEADING.replace("icu", "died"), None, "no column 'icu'"),
        (HEADING.replace("patient_id", "who"), None, "no column 'patient_id'"),
        (HEADING.replace("1988-5", "12345-6"), None, "not known here"),
        (HEADING.replace("mg/dL", "kPa"), None, "taken in mg/L"),
        (HEADING, "0.png,p0,4,M,PA,maybe,", "row 24, column 'icu'"),
        (HEADING, "0.png,,4,M,PA,1,", "row 24: without patient_id"),
        (HEADING, "0.png,p0,old,M,PA,1,", "row 24, column 'age'"),
        (HEADING, "../x.png,p0,4,M,PA,1,", "out of the data folder"),
    ],
)
def test_a_table_that_is_wrong_is_refused_by_its_row(tmp_path: Path, heading: str, row: str | None, why: str) -> None:
    with pytest.raises(ModelRefused, match=why):
        read(lay(tmp_path / "films", 22, heading, row), "icu")
