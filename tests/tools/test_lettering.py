"""What is written becomes evidence by place and kind; a letter that lies face down names its side too."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from overread.composition import build_tools, open_room
from overread.pixel_text.finder import open_finder
from overread.pixel_text.hidden import TextHidden
from overread.ports import Picture, ToolInput
from overread.records import Lettering
from overread.settings import Settings, load_profile
from overread.testing.doubles import MemoryPixels, make_study, make_work
from overread.testing.doubles.parts import make_parts
from overread.testing.phantoms import render, sample_recipe, to_display
from overread.tools import lettering
from tests.needs import require

require("ocr")

NAME = "QUARTZMANN 1941"


@pytest.fixture(scope="module")
def film() -> Picture:
    return to_display(render(sample_recipe(5, view="PA", flipped=False, marker=None), 512))


def write(film: Picture, words: str, place: tuple[int, int], height: int, *, face_down: bool = False) -> Picture:
    """Draw words at (column, row); face down they are mirrored where they stand."""
    font = ImageFont.truetype(f"{get_data_path()}/fonts/ttf/DejaVuSans-Bold.ttf", height)
    ink = Image.new("L", (int(font.getlength(words)) + 8, 2 * height))
    ImageDraw.Draw(ink).text((4, height // 3), words, font=font, fill=255)
    drawn = np.asarray(ink)[:, ::-1] if face_down else np.asarray(ink)
    picture = film.copy()
    window = picture[place[1] : place[1] + drawn.shape[0], place[0] : place[0] + drawn.shape[1]]
    window[drawn > 127] = 255
    return picture


def work(picture: Picture) -> ToolInput:
    study = make_study(pictures=(picture,))
    return replace(make_work(picture), study=study, image=study.images[0])


def seen(given: ToolInput) -> list[tuple[str, str | None, int]]:
    """Give kind, side and column of each."""
    told = [(item.payload, item.locator.region) for item in lettering.build(make_parts()).run(given)]
    return [(said.what, said.side, place.x) for said, place in told if isinstance(said, Lettering) and place]


def test_text_is_told_by_its_place_and_no_word_of_it_is_kept(film: Picture) -> None:
    evidence = lettering.build(make_parts()).run(work(write(film, NAME, (60, 460), 18)))
    (item,) = evidence
    assert item.payload == Lettering(what="text")
    assert item.locator.region is not None
    assert abs(item.locator.region.x - 60) < 12
    assert abs(item.locator.region.y - 466) < 12
    assert not [word for word in NAME.split() if word in item.model_dump_json()]


@pytest.mark.parametrize("face_down", [False, True])
@pytest.mark.parametrize(("letter", "side", "column"), [("L", "left", 450), ("R", "right", 24), ("L", "left", 24)])
def test_a_letter_of_a_side_is_read_where_it_stands(
    film: Picture, letter: str, side: str, column: int, face_down: bool
) -> None:
    ((what, named, x),) = seen(work(write(film, letter, (column, 40), 34, face_down=face_down)))
    assert (what, named) == ("side_marker", side)
    assert abs(x - column) < 12


def test_a_film_without_lettering_has_none(film: Picture) -> None:
    assert seen(work(film)) == []


def test_where_tools_are_shown_no_text_what_was_painted_over_is_told(film: Picture) -> None:
    picture = write(film, NAME, (60, 460), 18)
    given = work(picture)
    hidden = TextHidden(MemoryPixels([picture]), open_finder())
    assert [what for what, _, _ in seen(replace(given, pixels=hidden))] == ["text"]
    assert (hidden.shown(given.image) != picture).any()


def test_the_setting_adds_the_tool_and_without_it_there_is_none(tmp_path: Path) -> None:
    profile = load_profile("scripted", Settings())
    assert "lettering" not in build_tools(profile, Settings())
    assert list(build_tools(profile, Settings(lettering="on")))[-1] == "lettering"
    with open_room(Settings(home=tmp_path, profile="scripted", lettering="on")) as room:
        assert "lettering" in room.services.tools
