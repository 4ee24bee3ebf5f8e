"""Where a network looked is laid over the image for the finding in focus, when it is asked for and never before."""

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from overread.ports import ToolInput
from overread.records import Activation, CaseFile, Payload
from overread.testing.doubles import ScriptedTool
from overread.testing.doubles.payloads import make_score
from tests.review.conftest import Visits
from tests.review.stage import Stage, open_stage

pytestmark = pytest.mark.browser

COLOURED = """() => {
    // Shares of the picture (x, y) where what lies over it is not grey, and how opaque it is in the mean.
    const over = document.querySelectorAll('[data-pane=main] canvas')[1];
    const { data, width, height } = over.getContext('2d').getImageData(0, 0, over.width, over.height);
    let [count, xs, ys, depth] = [0, 0, 0, 0];
    for (let at = 0; at < data.length; at += 4) {
        // What is drawn in lines is opaque.
        if (data[at] - data[at + 2] < 60 || !data[at + 3] || data[at + 3] > 200) continue;
        const pixel = at / 4;
        [count, xs, ys] = [count + 1, xs + pixel % width, ys + Math.floor(pixel / width)];
        depth += data[at + 3];
    }
    const scale = Math.min(width, height);
    const [x, y] = [xs / count - (width - scale) / 2, ys / count - (height - scale) / 2];
    return [count, x / scale, y / scale, depth / count];
}"""


def _saw(work: ToolInput) -> list[Payload]:
    seen = np.zeros((48, 48), np.uint8)
    seen[6:16, 30:42] = np.linspace(100, 255, 12).astype(np.uint8)
    png = work.artifacts.put_png(seen)
    scores = [make_score("Pneumothorax", 0.93), make_score("Pleural Effusion", 0.81), make_score("Edema", 0.03)]
    return [*scores, Activation(label="Pneumothorax", png=png.path, digest=png.digest)]


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    tool = ScriptedTool("classification", _saw)
    with open_stage(tmp_path_factory.mktemp("heat"), classification=tool) as stage:
        yield stage


@pytest.fixture
def opened(looked: Stage, chromium: Browser) -> Iterator[tuple[Page, CaseFile, Visits]]:
    visits, file = Visits(chromium, looked), looked.case()
    yield visits(file.case_id), file, visits
    visits.close()
    assert not visits.errors


def legend(page: Page) -> str:
    return page.locator("p[data-heat] [data-words]").inner_text()


def row(page: Page, label: str) -> None:
    page.locator(f"tr.finding[data-label='{label}'] button.row").click()


def shown(page: Page, label: str) -> None:
    expect(page.locator("[data-pane=main]")).to_have_attribute("data-map", label)


def test_the_map_of_the_finding_in_focus_lies_where_the_network_looked(
    opened: tuple[Page, CaseFile, Visits],
) -> None:
    page, file, visits = opened
    (item,) = [item for item in file.evidence if isinstance(item.payload, Activation)]
    address = f"/mask/{file.case_id}/{item.id}"
    row(page, "Pneumothorax")
    assert not [url for url in visits.requests if url.endswith(address)]
    page.keyboard.press("j")
    shown(page, "Pneumothorax")
    assert [url for url in visits.requests if url.endswith(address)]
    assert "Pneumothorax: where " in legend(page)
    assert "no proof" in legend(page)
    assert "were not measured" in legend(page)
    _, x, y, depth = page.evaluate(COLOURED)
    assert (x, y) == (pytest.approx(36 / 48, abs=0.08), pytest.approx(11 / 48, abs=0.08))
    page.keyboard.press("q")
    _, x, y, _ = page.evaluate(COLOURED)
    assert (x, y) == (pytest.approx(37 / 48, abs=0.08), pytest.approx(36 / 48, abs=0.08))
    page.locator("[data-do=opacity]").fill("20")
    assert page.evaluate(COLOURED)[3] < depth
    page.keyboard.down("h")
    assert page.evaluate(COLOURED)[0] == 0
    page.keyboard.up("h")
    assert page.evaluate(COLOURED)[0] > 0


def test_a_finding_without_a_map_says_so_and_off_is_off(opened: tuple[Page, CaseFile, Visits]) -> None:
    page, _, _ = opened
    page.locator("input[data-do=heat]").check()
    assert "Choose a finding" in legend(page)
    row(page, "Pneumothorax")
    shown(page, "Pneumothorax")
    row(page, "Pleural Effusion")
    shown(page, "")
    assert legend(page).startswith("No heat map of Pleural Effusion.")
    page.locator("li.sentence", has_text="pneumothorax").first.locator(".say").click()
    shown(page, "Pneumothorax")
    page.keyboard.press("Escape")
    page.locator("input[data-do=heat]").uncheck()
    expect(page.locator("p[data-heat]")).to_be_hidden()
    shown(page, "")


def test_a_map_that_is_gone_is_told(looked: Stage, opened: tuple[Page, CaseFile, Visits]) -> None:
    page, file, _ = opened
    (item,) = [item for item in file.evidence if isinstance(item.payload, Activation)]
    assert isinstance(item.payload, Activation)
    kept = looked.room.home.artifacts.absolute(item.payload.png)
    content = kept.read_bytes()
    kept.unlink()
    try:
        row(page, "Pneumothorax")
        page.keyboard.press("j")
        expect(page.locator("p[data-heat] [data-words]")).to_contain_text("not kept any more")
    finally:
        kept.write_bytes(content)
