"""The viewer driven in headless Chromium: stored values, windows, turns, measures."""

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from overread.admission import AdmittedCase
from overread.records import Case, CaseFile, Series, Spacing
from overread.review.pictures import images_of
from overread.store.greys import unpack
from tests.review.conftest import Visits
from tests.review.stage import SEEN, Stage

pytestmark = pytest.mark.browser

DIFFERING = """async ([values, picture]) => {
    const { fetchGreys } = await import('/review/greys.js');
    const { fetchBitmap } = await import('/review/outline.js');
    const greys = await fetchGreys(values);
    const preset = greys.presets[0];
    const table = greys.table({ preset, centre: preset.centre, width: preset.width }, false);
    const bitmap = await fetchBitmap(picture);
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let count = 0;
    for (let at = 0; at < greys.codes.length; at++) count += (table[greys.codes[at]] & 255) !== data[4 * at];
    return [count, greys.codes.length];
}"""
AT_SCREEN = """([x, y]) => {
    // The phantom is square and fits the pane.
    const box = document.querySelector('[data-pane=main] canvas').getBoundingClientRect();
    const scale = Math.min(box.width, box.height) / 256;
    return [box.x + (box.width - 256 * scale) / 2 + x * scale, box.y + (box.height - 256 * scale) / 2 + y * scale];
}"""
MEASURED = "async ([kind, points, spacing]) => (await import('/review/measures.js')).measured(kind, points, spacing)"


def value_of(stage: Stage, file: CaseFile, x: int, y: int) -> float:
    """Give what the case's first picture holds at a point, read past the page."""
    codes, greys = unpack(stage.room.home.pictures.greys(str(images_of(file.case)[0][1].greys_digest)))
    return (int(codes[y, x]) + greys.offset) * greys.slope + greys.intercept


def middle(page: Page) -> tuple[float, float]:
    box = page.locator("[data-pane=main]").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def sides(page: Page) -> dict[str, str]:
    edges = ("left", "right", "top", "bottom")
    return {edge: page.locator(f"[data-pane=main] .side.{edge}").inner_text() for edge in edges}


def drag(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + by[0], start[1] + by[1], steps=5)
    page.mouse.up()


def without_values(case: Case) -> Case:
    def older(series: Series) -> Series:
        return series.model_copy(
            update={"images": tuple(one.model_copy(update={"greys_digest": None}) for one in series.images)}
        )

    study = case.study.model_copy(update={"series": tuple(older(one) for one in case.study.series)})
    return case.model_copy(update={"study": study, "priors": ()})


def test_the_first_window_shows_exactly_what_the_models_saw(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    differing, total = page.evaluate(DIFFERING, [f"/values/{file.case_id}/0", f"/picture/{file.case_id}/0"])
    assert differing == 0
    assert total == 256 * 256


def test_the_value_under_the_pointer_is_the_stored_one(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    page.mouse.move(*middle(page))
    said = re.match(r"(\d+), (\d+): (-?[\d.]+)", page.locator("[data-readout]").inner_text())
    assert said is not None
    assert float(said[3]) == value_of(stage, file, int(said[1]), int(said[2]))
    assert float(said[3]) > 255


def test_presets_and_keys_set_window_and_level(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case().case_id)
    offered = page.locator("#preset option").all_inner_texts()
    assert offered[0] == "as read"
    assert {"header window 1 of 1", "full range", "lung", "bone"} <= set(offered)
    before = page.locator("[data-readout]").inner_text()
    page.select_option("#preset", label="lung")
    lung = page.locator("[data-readout]").inner_text()
    assert lung != before
    assert "not from its header" in str(page.locator("#preset option:checked").get_attribute("title"))
    page.keyboard.press("Escape")
    page.locator("[data-pane=main]").focus()
    page.keyboard.press("Shift+ArrowRight")
    assert page.locator("[data-readout]").inner_text() != lung
    page.keyboard.press("0")
    expect(page.locator("[data-readout]")).to_have_text(before)


def test_turned_and_mirrored_is_said_on_the_picture_and_the_side_marks_move(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case().case_id)
    hung = sides(page)
    assert (hung["left"], hung["right"]) == ("R", "L")
    expect(page.locator("[data-pane=main] .turned")).to_be_hidden()
    page.keyboard.press("x")
    assert (sides(page)["left"], sides(page)["right"]) == ("L", "R")
    expect(page.locator("[data-pane=main] .turned")).to_have_text("NOT AS HUNG: mirrored left to right")
    page.keyboard.press("q")
    turned = sides(page)
    assert (turned["top"], turned["bottom"], turned["right"]) == ("L", "R", hung["top"])
    page.click("[data-do=reset]")
    assert sides(page) == hung
    expect(page.locator("[data-pane=main] .turned")).to_be_hidden()


def test_what_is_turned_lies_where_its_value_is(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit(file.case_id)
    page.keyboard.press("q")
    page.keyboard.press("x")
    x, y = middle(page)
    page.mouse.move(x - 100, y + 60)
    said = re.match(r"(\d+), (\d+): (-?[\d.]+)", page.locator("[data-readout]").inner_text())
    assert said is not None
    assert float(said[3]) == value_of(stage, file, int(said[1]), int(said[2]))
    assert int(said[1]) > 128  # below the middle of a picture that was turned and mirrored lies its right
    assert int(said[2]) < 128


def test_a_ruler_is_drawn_by_the_mouse_and_by_the_keys(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case().case_id)
    page.keyboard.press("l")
    expect(page.locator("[data-hint]")).to_contain_text("2 points")
    x, y = middle(page)
    page.mouse.click(x, y)
    page.mouse.click(x + 80, y)
    expect(page.locator("[data-marks] li")).to_have_count(1)
    expect(page.locator("[data-marks] li")).to_contain_text("Ruler")
    page.keyboard.press("l")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    for _ in range(5):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("[data-marks] li")).to_have_count(2)
    page.locator("[data-unmark]").first.click()
    expect(page.locator("[data-marks] li")).to_have_count(1)


SPACING = Spacing(row_mm=0.2, column_mm=0.1, source="PixelSpacing", calibrated=True)
AT_IMAGER = SPACING.model_copy(update={"source": "ImagerPixelSpacing", "calibrated": False})


@pytest.mark.parametrize(
    ("kind", "points", "spacing", "value", "unit", "words"),
    [
        ("ruler", [[0, 0], [30, 20]], SPACING, 5.0, "mm", "5.0 mm"),
        ("ruler", [[0, 0], [30, 20]], AT_IMAGER, 5.0, "mm", "5.0 mm at the imager"),
        ("ruler", [[0, 0], [30, 40]], None, 50.0, "px", "50 px"),
        ("angle", [[10, 0], [0, 0], [0, 10]], None, 90.0, "deg", "90.0°"),
        ("angle", [[20, 0], [0, 0], [20, 10]], SPACING, 45.0, "deg", "45.0°"),
        ("ratio", [[30, 5], [70, 5], [10, 9], [90, 9]], None, 0.5, "1", "CTR 0.500"),
        ("region", [[0, 0], [100, 50]], SPACING, 100.0, "mm2", "10 × 10 mm"),
    ],
)
def test_measures(visit: Visits, kind: str, points: Any, spacing: Spacing | None, value: float, unit: str,
                  words: str) -> None:  # fmt: skip
    page = visit()
    got = page.evaluate(MEASURED, [kind, points, spacing.model_dump() if spacing else None])
    assert got["value"] == pytest.approx(value)
    assert (got["unit"], got["words"]) == (unit, words)


def test_cardiothoracic_lines_start_at_the_masks_and_measure_again_when_they_are_dragged(
    stage: Stage, visit: Visits
) -> None:
    page = visit(stage.case().case_id)
    page.keyboard.press("k")
    first = page.locator("[data-marks] li").inner_text()
    heart = np.asarray(SEEN.masks["heart"]).any(axis=0).nonzero()[0]
    lungs = (np.asarray(SEEN.masks["left_lung"]) | np.asarray(SEEN.masks["right_lung"])).any(axis=0).nonzero()[0]
    ratio = (np.ptp(heart) + 1) / (np.ptp(lungs) + 1)
    assert f"CTR {ratio:.3f}" in first
    low, high = (np.asarray(SEEN.masks["heart"]).any(axis=1).nonzero()[0][at] for at in (0, -1))
    end = page.evaluate(AT_SCREEN, [int(heart.max()) + 1, float(low + (high + 1 - low) * 0.62)])
    drag(page, end, (40, 0))
    wider = page.locator("[data-marks] li").inner_text()
    assert wider != first
    assert float(wider.split()[1]) > ratio


def test_the_picture_is_there_before_its_values_have_come(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page, held = visit(), []
    page.route("**/values/**", lambda route: held.append(route))  # a builtin is no handler
    page.goto(f"{stage.address}/?case={file.case_id}")
    page.wait_for_selector("[data-pane=main][data-ready=preview]")
    expect(page.locator("[data-pane=main] .caption")).to_contain_text("stored values are coming")
    brightest = """(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
        .reduce((most, value, at) => (at % 4 < 3 && value > most ? value : most), 0)"""
    assert page.locator("[data-pane=main] canvas").first.evaluate(brightest) > 100
    for route in held:
        route.continue_()
    page.wait_for_selector("[data-pane=main][data-ready=yes]")
    expect(page.locator("[data-pane=main] .caption")).not_to_contain_text("coming")


def test_a_case_that_kept_no_values_opens_with_256_greys_and_says_so(stage: Stage, visit: Visits) -> None:
    case = without_values(stage.case(read=False).case)
    again = case.model_copy(update={"case_id": f"c-{'f' * 15}e"})
    stage.room.admit(AdmittedCase(case=again, headers=stage.admitted.headers, identity=stage.admitted.identity))
    stage.room.read(again.case_id)
    page = visit(again.case_id)
    expect(page.locator("[data-source]")).to_contain_text("256 greys made when it was read")
    page.mouse.move(*middle(page))
    said = re.match(r"\d+, \d+: (\d+) ·", page.locator("[data-readout]").inner_text())
    assert said is not None
    assert int(said[1]) <= 255


def test_the_picture_beside_it_follows_zoom_and_window_by_its_own_values(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case().case_id)
    page.locator("select[data-do=beside]").select_option(index=1)
    page.wait_for_selector("[data-pane=prior][data-ready=yes]")
    shown = "() => document.querySelector('[data-pane=prior] canvas').toDataURL()"
    seen = [page.evaluate(shown)]
    expect(page.locator("[data-pane=prior] .caption")).to_contain_text("same patient by its header")
    page.select_option("#preset", label="lung")
    seen.append(page.evaluate(shown))
    page.mouse.move(*middle(page))
    page.mouse.wheel(0, -300)
    seen.append(page.evaluate(shown))
    assert len(set(seen)) == 3
    page.uncheck("[data-do=link]")
    page.mouse.wheel(0, -300)
    assert page.evaluate(shown) == seen[-1]


def test_a_picture_that_is_opened_beside_takes_the_window_of_the_one_that_is_read(stage: Stage, visit: Visits) -> None:
    page = visit(stage.case().case_id)
    page.select_option("#preset", label="lung")
    shown = page.locator("[data-readout]").inner_text()
    page.locator("select[data-do=beside]").select_option(index=1)
    page.wait_for_selector("[data-pane=prior][data-ready=yes]")
    window = re.compile(r"W \d+ L \d+")
    assert window.findall(page.locator("[data-readout]").inner_text()) == window.findall(shown)
    expect(page.locator("#preset option:checked")).to_have_text("lung")
    page.set_viewport_size({"width": 1280, "height": 800})
    # Fitted before, fitted after: the head is not cut off.
    page.mouse.move(*middle(page))
    said = re.match(r"(\d+), (\d+):", page.locator("[data-readout]").inner_text())
    assert said is not None
    assert abs(int(said[2]) - 128) < 4


def test_a_picture_that_cannot_be_had_is_told_in_its_place(stage: Stage, visit: Visits) -> None:
    file = stage.case()
    page = visit()
    page.route(re.compile("/(picture|values|preview)/"), lambda route: route.fulfill(status=404, body="gone"))
    page.goto(f"{page.url.partition('?')[0]}?case={file.case_id}")
    expect(page.locator("[data-pane=main] .turned")).to_have_text("the pixels cannot be loaded")
    page.set_viewport_size({"width": 1200, "height": 800})
    expect(page.locator("[data-pane=main] .turned")).to_be_visible()
